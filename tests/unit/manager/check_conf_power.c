/* SPDX-License-Identifier: MIT
 *
 * Tests of conf_power: what of a configuration is in vain for somebody who is not root. Root
 * becomes nobody for a while; somebody else is that already.
 */
#include "manager/conf_power.h"

#include <check.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "manager/conf_load.h"

static bool was_root;
static struct conf *conf;
static struct buf out;

static void setup(void)
{
	was_root = geteuid() == 0;
	out = BUF_INIT;
}

static void be_nobody(void)
{
	if (was_root)
		ck_assert_int_eq(setegid(65534) | seteuid(65534), 0);
}

/* Root and dumpable again, or LeakSanitizer could not look at us in the end. */
static void teardown(void)
{
	if (was_root)
		ck_assert_int_eq(seteuid(0) | setegid(0) | prctl(PR_SET_DUMPABLE, 1), 0);
	conf_free(conf);
	buf_free(&out);
}

static const char *vain(const char *text)
{
	struct complaints c = COMPLAINTS_INIT;

	conf_free(conf);
	conf = conf_load_text("t", text, &c);
	ck_assert_msg(conf != NULL, "%s", c.n ? c.at[0].text : "");
	complaints_free(&c);
	buf_clear(&out);
	conf_power_put_vain(conf, &out);
	buf_put(&out, "", 1);
	return buf_head(&out);
}

#define POOL(name, rest) "[" name "]\ncommand = sh\nroute = /" name "/\n" rest

START_TEST(root_has_all)
{
	if (was_root)
		ck_assert_str_eq(vain(POOL("a", "user = nobody\nchroot = /usr\n")), "");
	if (was_root)
		ck_assert_str_eq(conf_power_chroot(conf->pools[0]), "/usr");
}
END_TEST

START_TEST(what_can_be_had_is_not_in_vain)
{
	char text[300];

	be_nobody();
	snprintf(text, sizeof text, POOL("a", "user = %u\ngroup = %u\nprocess.priority = 19\n"),
		(unsigned)geteuid(), (unsigned)getegid());
	ck_assert_str_eq(vain(text), "");
	ck_assert_str_eq(vain(POOL("a", "umask = 0077\nrlimit_core = 0\nno_new_privs = no\n")), "");
}
END_TEST

START_TEST(the_rest_is_named_with_who_asked)
{
	struct rlimit lim;
	char wanted[200];
	int now = getpriority(PRIO_PROCESS, 0);

	be_nobody();
	if (getrlimit(RLIMIT_NICE, &lim) == 0 && lim.rlim_cur > 0)
		return; /* this user may be nicer to itself */
	ck_assert_str_eq(vain("[gateway]\nuser = root\n" POOL("a", "user = root\n")
					 POOL("b", "group = root\nuser = root\n")),
		"user ([gateway], a, b), group (b)");
	ck_assert_str_eq(vain(POOL("a", "chroot = /usr\n")), "chroot (a)");
	ck_assert_ptr_null(conf_power_chroot(conf->pools[0]));
	snprintf(wanted, sizeof wanted, "process.priority below %d ([global], b)", now);
	ck_assert_str_eq(vain("[global]\nprocess.priority = -20\n" POOL("a", "")
					 POOL("b", "process.priority = -20\n")),
		now == -20 ? "" : wanted);
}
END_TEST

START_TEST(a_long_list_is_cut)
{
	struct buf text = BUF_INIT;

	be_nobody();
	for (int i = 0; i < 1000; i++)
		buf_putf(&text, "[p%d]\ncommand = sh\nroute = /%d/\nchroot = /usr\n", i, i);
	buf_put(&text, "", 1);
	ck_assert_str_eq(
		vain(buf_head(&text)), "chroot (p0, p1, p2, p3, p4, p5, p6, p7 and 992 more)");
	buf_free(&text);
}
END_TEST

START_TEST(asking_for_a_nice_value_changes_none)
{
	int now = getpriority(PRIO_PROCESS, 0), nice = 99;

	conf_power_may_nice(-20);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), now);
	ck_assert(conf_power_may_nice(now));
	ck_assert(conf_power_may_nice(19));
	ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), now);
	ck_assert(conf_power_nice("19", &nice) && nice == 19);
	ck_assert(!conf_power_nice(NULL, &nice));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_power");
	TCase *t = tcase_create("conf_power");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, root_has_all);
	tcase_add_test(t, what_can_be_had_is_not_in_vain);
	tcase_add_test(t, the_rest_is_named_with_who_asked);
	tcase_add_test(t, a_long_list_is_cut);
	tcase_add_test(t, asking_for_a_nice_value_changes_none);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
