/* SPDX-License-Identifier: MIT
 *
 * check_drop: the order of the steps, that each failure is noticed, and the real thing.
 *
 * drop.c's system calls are replaced by a pretended kernel that notes them and can be told to lie
 * about one of them. The last tests use the real kernel, in a child.
 */
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum call {
	SETGROUPS,
	SETRESGID,
	SETRESUID,
	CAPSET,
	GETRESUID,
	GETRESGID,
	SETUID,
	NO_NEW,
	NO_DUMP,
	CALLS
};

static struct {
	bool real, is_root;
	uid_t uid;
	gid_t gid;
	enum call done[32];
	int n;
	int fails;   /* this call returns -1; -1: none does */
	bool lies;   /* uid and gid do not change although the call says so */
	bool porous; /* root can be regained */
} kernel;

static int note(enum call c)
{
	kernel.done[kernel.n++] = c;
	if (kernel.fails != (int)c)
		return 0;
	errno = EAGAIN;
	return -1;
}

static uid_t fake_geteuid(void)
{
	return kernel.real ? geteuid() : kernel.is_root && kernel.uid == 0 ? 0 : kernel.uid;
}

static int fake_setgroups(size_t n, const gid_t *groups)
{
	return kernel.real ? setgroups(n, groups) : note(SETGROUPS);
}

static int fake_setresgid(gid_t r, gid_t e, gid_t s)
{
	if (kernel.real)
		return setresgid(r, e, s);
	if (e == 0)
		return kernel.porous ? 0 : -1;
	if (note(SETRESGID) < 0)
		return -1;
	kernel.gid = kernel.lies ? kernel.gid : e;
	return 0;
}

static int fake_setresuid(uid_t r, uid_t e, uid_t s)
{
	if (kernel.real)
		return setresuid(r, e, s);
	if (e == 0)
		return kernel.porous ? 0 : -1;
	if (note(SETRESUID) < 0)
		return -1;
	kernel.uid = kernel.lies ? kernel.uid : e;
	return 0;
}

static int fake_getresuid(uid_t *r, uid_t *e, uid_t *s)
{
	if (kernel.real)
		return getresuid(r, e, s);
	*r = *e = *s = kernel.uid;
	return note(GETRESUID);
}

static int fake_getresgid(gid_t *r, gid_t *e, gid_t *s)
{
	if (kernel.real)
		return getresgid(r, e, s);
	*r = *e = *s = kernel.gid;
	return note(GETRESGID);
}

static int fake_setuid(uid_t uid)
{
	if (kernel.real)
		return setuid(uid);
	note(SETUID);
	return kernel.porous ? 0 : -1;
}

static int fake_prctl(int what, unsigned long a)
{
	if (kernel.real)
		return prctl(what, a, 0, 0, 0);
	if (what == PR_GET_NO_NEW_PRIVS)
		return 1;
	return note(what == PR_SET_NO_NEW_PRIVS ? NO_NEW : NO_DUMP);
}

static long fake_capset(struct __user_cap_header_struct *head, struct __user_cap_data_struct *data)
{
	return kernel.real ? syscall(SYS_capset, head, data) : note(CAPSET);
}

#define geteuid                 fake_geteuid
#define setgroups               fake_setgroups
#define setresgid               fake_setresgid
#define setresuid               fake_setresuid
#define getresuid               fake_getresuid
#define getresgid               fake_getresgid
#define setuid                  fake_setuid
#define prctl(what, a, b, c, d) fake_prctl(what, a)
#define syscall(nr, head, data) fake_capset(head, data)
#include "../../../manager/drop.c"
#undef geteuid
#undef setuid
#undef syscall

static gid_t groups[] = {33, 44};
static const struct identity app = {.uid = 1000, .gid = 33, .groups = groups, .ngroups = 2};

static void setup(void)
{
	memset(&kernel, 0, sizeof kernel);
	kernel.is_root = true;
	kernel.fails = -1;
}

START_TEST(groups_then_group_then_user_then_proofs)
{
	static const enum call order[] = {SETGROUPS, SETRESGID, SETRESUID, CAPSET, GETRESUID,
		GETRESGID, SETUID, NO_NEW, NO_DUMP};

	ck_assert_ptr_null(drop_to(&app));
	ck_assert_int_eq(kernel.n, (int)(sizeof order / sizeof order[0]));
	ck_assert_int_eq(memcmp(kernel.done, order, sizeof order), 0);
}
END_TEST

static const struct {
	enum call fails;
	const char *step;
} failures[] = {
	{SETGROUPS, "setgroups"},
	{SETRESGID, "setresgid"},
	{SETRESUID, "setresuid"},
	{CAPSET, "capset"},
	{GETRESUID, "the user is not what was asked for"},
	{GETRESGID, "the group is not what was asked for"},
	{NO_NEW, "no_new_privs"},
	{NO_DUMP, "dumpable"},
};

START_TEST(each_failure_ends_it_there)
{
	kernel.fails = (int)failures[_i].fails;
	ck_assert_str_eq(drop_to(&app), failures[_i].step);
	ck_assert_int_eq(kernel.done[kernel.n - 1], failures[_i].fails);
	ck_assert_int_ne(errno, 0);
}
END_TEST

START_TEST(a_kernel_that_lies_is_found_out)
{
	kernel.lies = true;
	ck_assert_str_eq(drop_to(&app), "the user is not what was asked for");
	ck_assert_int_eq(errno, EPERM);
}
END_TEST

START_TEST(root_that_can_be_regained_is_found_out)
{
	kernel.porous = true;
	ck_assert_str_eq(drop_to(&app), "root could be regained");
}
END_TEST

START_TEST(without_privilege_to_oneself_only_capabilities_go)
{
	kernel.is_root = false;
	kernel.uid = 1000;
	kernel.gid = 33;
	ck_assert_ptr_null(drop_to(&app));
	ck_assert_int_eq(kernel.done[0], CAPSET);
	ck_assert_int_eq(kernel.done[1], GETRESUID);
}
END_TEST

START_TEST(without_privilege_to_another_is_refused)
{
	kernel.is_root = false;
	kernel.uid = 1001;
	kernel.gid = 33;
	ck_assert_str_eq(drop_to(&app), "the user is not what was asked for");
}
END_TEST

/* ---- finding ---- */

START_TEST(a_user_is_found_with_all_of_his_groups)
{
	struct identity id;
	char why[200];

	ck_assert_msg(identity_find(&id, "nobody", NULL, why, sizeof why), "%s", why);
	ck_assert_uint_eq(id.uid, getpwnam("nobody")->pw_uid);
	ck_assert_uint_eq(id.gid, getpwnam("nobody")->pw_gid);
	ck_assert_str_eq(id.user, "nobody");
	ck_assert_uint_ge(id.ngroups, 1);
	ck_assert_uint_eq(id.groups[0], id.gid);
	identity_free(&id);
	identity_free(&id);
}
END_TEST

START_TEST(numbers_will_do)
{
	struct identity id;
	char why[200];

	ck_assert(identity_find(&id, "54321", "12345", why, sizeof why));
	ck_assert_uint_eq(id.uid, 54321);
	ck_assert_uint_eq(id.gid, 12345);
	identity_free(&id);
}
END_TEST

START_TEST(strangers_are_named)
{
	struct identity id;
	char why[200];

	ck_assert(!identity_find(&id, "no-such-user", NULL, why, sizeof why));
	ck_assert_str_eq(why, "there is no user \"no-such-user\"");
	ck_assert(!identity_find(&id, "nobody", "no-such-group", why, sizeof why));
	ck_assert_str_eq(why, "there is no group \"no-such-group\"");
	ck_assert(!identity_find(&id, NULL, NULL, why, sizeof why));
	ck_assert_ptr_nonnull(strstr(why, "a user is needed"));
}
END_TEST

START_TEST(without_privilege_we_are_who_we_are)
{
	struct identity id;
	char why[200];

	kernel.is_root = false;
	kernel.uid = 54321;
	ck_assert(identity_find(&id, "root", "root", why, sizeof why));
	ck_assert_uint_eq(id.uid, 54321);
	ck_assert_str_eq(id.user, "54321");
	identity_free(&id);
}
END_TEST

/* ---- the real kernel ---- */

/* 0: dropped and cannot return; else a step failed. */
static int drop_for_real(void)
{
	struct identity id;
	char why[200];
	uid_t r, e, s;

	kernel.real = true;
	if (!identity_find(&id, "nobody", NULL, why, sizeof why) || drop_to(&id))
		return 1;
	(getresuid)(&r, &e, &s);
	if (r != id.uid || e != id.uid || s != id.uid)
		return 2;
	if (setuid(0) == 0 || (setresuid)((uid_t)-1, 0, (uid_t)-1) == 0)
		return 3;
	return (prctl)(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4;
}

START_TEST(the_real_kernel_lets_nobody_back)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(drop_for_real());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("drop");
	TCase *tc = tcase_create("drop");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, groups_then_group_then_user_then_proofs);
	tcase_add_loop_test(
		tc, each_failure_ends_it_there, 0, (int)(sizeof failures / sizeof failures[0]));
	tcase_add_test(tc, a_kernel_that_lies_is_found_out);
	tcase_add_test(tc, root_that_can_be_regained_is_found_out);
	tcase_add_test(tc, without_privilege_to_oneself_only_capabilities_go);
	tcase_add_test(tc, without_privilege_to_another_is_refused);
	tcase_add_test(tc, a_user_is_found_with_all_of_his_groups);
	tcase_add_test(tc, numbers_will_do);
	tcase_add_test(tc, strangers_are_named);
	tcase_add_test(tc, without_privilege_we_are_who_we_are);
	tcase_add_test(tc, the_real_kernel_lets_nobody_back);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
