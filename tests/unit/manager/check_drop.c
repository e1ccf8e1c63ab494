/* SPDX-License-Identifier: MIT
 *
 * check_drop: the order of the steps, that each failure is noticed, and the real thing.
 *
 * drop.c's system calls are replaced by a pretended kernel that notes them, and can be told to
 * refuse one of them or to say that it is done and not to do it. The last tests use the real
 * kernel, in a child.
 */
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
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
	BOUND_DROP,
	BITS_SET,
	SETGROUPS,
	SETRESGID,
	SETRESUID,
	CAPSET,
	GETRESUID,
	GETRESGID,
	GETGROUPS,
	CAPGET,
	SETUID,
	NO_NEW,
	NO_NEW_GET,
	NO_DUMP,
	NO_DUMP_GET,
	CALLS
};

#define NOTHING (-1)

static struct {
	bool real, is_root;
	uid_t uid;
	gid_t gid;
	gid_t groups[8];
	size_t ngroups;
	bool bounded[2]; /* it knows two capabilities */
	bool no_new, dumpable;
	int bits;
	__u32 caps;
	enum call done[64];
	int n;
	int fails;   /* this call returns -1 */
	int error;   /* with this */
	int lies;    /* this one says that it has done it, and has not */
	bool porous; /* root can be regained */
} kernel;

static int note(enum call c)
{
	kernel.done[kernel.n++] = c;
	if (kernel.fails != (int)c)
		return 0;
	errno = kernel.error;
	return -1;
}

/* Whether the call is to change something. */
static bool does(enum call c)
{
	return note(c) == 0 && kernel.lies != (int)c;
}

static uid_t fake_geteuid(void)
{
	return kernel.real ? geteuid() : kernel.is_root && kernel.uid == 0 ? 0 : kernel.uid;
}

static int fake_setgroups(size_t n, const gid_t *groups)
{
	if (kernel.real)
		return setgroups(n, groups);
	if (does(SETGROUPS)) {
		memcpy(kernel.groups, groups, n * sizeof *groups);
		kernel.ngroups = n;
	}
	return kernel.fails == SETGROUPS ? -1 : 0;
}

static int fake_getgroups(int size, gid_t *to)
{
	if (kernel.real)
		return getgroups(size, to);
	memcpy(to, kernel.groups, kernel.ngroups * sizeof *to);
	return note(GETGROUPS) < 0 ? -1 : (int)kernel.ngroups;
}

static int fake_setresgid(gid_t r, gid_t e, gid_t s)
{
	if (kernel.real)
		return setresgid(r, e, s);
	if (e == 0)
		return kernel.porous ? 0 : -1;
	if (does(SETRESGID))
		kernel.gid = e;
	return kernel.fails == SETRESGID ? -1 : 0;
}

static int fake_setresuid(uid_t r, uid_t e, uid_t s)
{
	if (kernel.real)
		return setresuid(r, e, s);
	if (e == 0)
		return kernel.porous ? 0 : -1;
	if (does(SETRESUID))
		kernel.uid = e;
	return kernel.fails == SETRESUID ? -1 : 0;
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
	switch (what) {
	case PR_CAPBSET_READ:
		return a < 2 ? kernel.bounded[a] : -1;
	case PR_CAPBSET_DROP:
		if (does(BOUND_DROP))
			kernel.bounded[a] = false;
		return kernel.fails == BOUND_DROP ? -1 : 0;
	case PR_SET_SECUREBITS:
		if (does(BITS_SET))
			kernel.bits = (int)a;
		return kernel.fails == BITS_SET ? -1 : 0;
	case PR_GET_SECUREBITS:
		return kernel.bits;
	case PR_SET_NO_NEW_PRIVS:
		kernel.no_new |= does(NO_NEW);
		return kernel.fails == NO_NEW ? -1 : 0;
	case PR_GET_NO_NEW_PRIVS:
		return note(NO_NEW_GET) < 0 ? -1 : kernel.no_new;
	case PR_SET_DUMPABLE:
		kernel.dumpable &= !does(NO_DUMP);
		return kernel.fails == NO_DUMP ? -1 : 0;
	default:
		ck_assert_int_eq(what, PR_GET_DUMPABLE);
		return note(NO_DUMP_GET) < 0 ? -1 : kernel.dumpable;
	}
}

static long fake_syscall(
	long nr, struct __user_cap_header_struct *head, struct __user_cap_data_struct *data)
{
	if (kernel.real)
		return syscall(nr, head, data);
	if (nr == SYS_capget) {
		data[0].permitted = kernel.caps;
		return note(CAPGET);
	}
	if (does(CAPSET))
		kernel.caps = data[0].permitted;
	return kernel.fails == CAPSET ? -1 : 0;
}

#define geteuid                 fake_geteuid
#define setgroups               fake_setgroups
#define getgroups               fake_getgroups
#define setresgid               fake_setresgid
#define setresuid               fake_setresuid
#define getresuid               fake_getresuid
#define getresgid               fake_getresgid
#define setuid                  fake_setuid
#define prctl(what, a, b, c, d) fake_prctl(what, a)
#define syscall(nr, head, data) fake_syscall(nr, head, data)
#include "../../../manager/drop.c"
#undef geteuid
#undef setuid
#undef syscall

static gid_t groups[] = {33, 44};
static const struct identity app = {.uid = 1000, .gid = 33, .groups = groups, .ngroups = 2};

static void setup(void)
{
	memset(&kernel, 0, sizeof kernel);
	kernel.is_root = kernel.dumpable = kernel.bounded[0] = kernel.bounded[1] = true;
	kernel.caps = 7;
	kernel.groups[0] = 0;
	kernel.ngroups = 1;
	kernel.fails = kernel.lies = NOTHING;
	kernel.error = EAGAIN;
}

static void ck_done(const enum call *order, size_t n)
{
	ck_assert_int_eq(kernel.n, (int)n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(kernel.done[i], order[i]);
}

START_TEST(what_takes_privilege_then_the_user_then_proofs)
{
	static const enum call order[] = {BOUND_DROP, BOUND_DROP, BITS_SET, SETGROUPS, SETRESGID,
		SETRESUID, CAPSET, GETRESUID, GETRESGID, GETGROUPS, CAPGET, SETUID, NO_NEW,
		NO_NEW_GET, NO_DUMP, NO_DUMP_GET};

	ck_assert_ptr_null(drop_to(&app, false));
	ck_done(order, nitems(order));
	ck_assert_int_eq(kernel.bits, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
					      SECBIT_NO_CAP_AMBIENT_RAISE |
					      SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
	ck_assert(kernel.no_new && !kernel.dumpable && !kernel.caps);
	ck_assert(!kernel.bounded[0] && !kernel.bounded[1]);
}
END_TEST

START_TEST(who_may_gain_keeps_what_that_takes)
{
	static const enum call order[] = {SETGROUPS, SETRESGID, SETRESUID, CAPSET, GETRESUID,
		GETRESGID, GETGROUPS, CAPGET, SETUID, NO_DUMP, NO_DUMP_GET};

	ck_assert_ptr_null(drop_to(&app, true));
	ck_done(order, nitems(order));
	ck_assert(kernel.bounded[0] && !kernel.no_new && !kernel.caps);
}
END_TEST

static const struct {
	enum call fails;
	const char *step;
} failures[] = {
	{BOUND_DROP, "bounding set"},
	{BITS_SET, "securebits"},
	{SETGROUPS, "setgroups"},
	{SETRESGID, "setresgid"},
	{SETRESUID, "setresuid"},
	{CAPSET, "capset"},
	{GETRESUID, "the user is not what was asked for"},
	{GETRESGID, "the group is not what was asked for"},
	{GETGROUPS, "the supplementary groups are not what was asked for"},
	{CAPGET, "capabilities are left"},
	{NO_NEW, "no_new_privs"},
	{NO_NEW_GET, "no_new_privs"},
	{NO_DUMP, "dumpable"},
	{NO_DUMP_GET, "dumpable"},
};

START_TEST(each_failure_ends_it_there)
{
	kernel.fails = (int)failures[_i].fails;
	ck_assert_pstr_eq(drop_to(&app, false), failures[_i].step);
	ck_assert_int_eq(kernel.done[kernel.n - 1], failures[_i].fails);
	ck_assert_int_ne(errno, 0);
}
END_TEST

static const struct {
	enum call lies;
	const char *step;
} lies[] = {
	{BOUND_DROP, "bounding set"},
	{BITS_SET, "securebits"},
	{SETGROUPS, "the supplementary groups are not what was asked for"},
	{SETRESGID, "the group is not what was asked for"},
	{SETRESUID, "the user is not what was asked for"},
	{CAPSET, "capabilities are left"},
	{NO_NEW, "no_new_privs"},
	{NO_DUMP, "dumpable"},
};

START_TEST(a_kernel_that_lies_is_found_out)
{
	kernel.lies = (int)lies[_i].lies;
	errno = 0;
	ck_assert_pstr_eq(drop_to(&app, false), lies[_i].step);
	ck_assert_int_ne(errno, 0);
}
END_TEST

/* In a container root may lack CAP_SETPCAP; no_new_privs has shut that door already. */
START_TEST(a_second_lock_may_be_missing)
{
	kernel.fails = _i ? BITS_SET : BOUND_DROP;
	kernel.error = EPERM;
	ck_assert_ptr_null(drop_to(&app, false));
	ck_assert(kernel.no_new);
}
END_TEST

static const struct {
	size_t n;
	gid_t is[4];
	bool good;
} rings[] = {
	{2, {33, 44}, true},
	{2, {44, 33}, true},
	{1, {33}, false},
	{3, {33, 44, 0}, false},
	{2, {33, 0}, false},
	{0, {0}, false},
};

START_TEST(groups_are_these_and_no_others)
{
	kernel.lies = SETGROUPS;
	memcpy(kernel.groups, rings[_i].is, sizeof rings[_i].is);
	kernel.ngroups = rings[_i].n;
	ck_assert_int_eq(drop_to(&app, false) == NULL, rings[_i].good);
}
END_TEST

START_TEST(root_that_can_be_regained_is_found_out)
{
	kernel.porous = true;
	ck_assert_str_eq(drop_to(&app, false), "root could be regained");
}
END_TEST

static void be_a_plain_user(uid_t uid)
{
	kernel.is_root = false;
	kernel.uid = uid;
	kernel.gid = 33;
	kernel.fails = BOUND_DROP;
	kernel.error = EPERM;
}

START_TEST(without_privilege_to_oneself_only_capabilities_go)
{
	static const enum call order[] = {BOUND_DROP, BITS_SET, CAPSET, GETRESUID, GETRESGID,
		CAPGET, SETUID, NO_NEW, NO_NEW_GET, NO_DUMP, NO_DUMP_GET};
	const struct identity self = {.uid = 1000, .gid = 33};

	be_a_plain_user(1000);
	ck_assert_ptr_null(drop_to(&self, false));
	ck_done(order, nitems(order));
}
END_TEST

START_TEST(without_privilege_to_another_is_refused)
{
	be_a_plain_user(1001);
	ck_assert_str_eq(drop_to(&app, false), "the user is not what was asked for");
}
END_TEST

START_TEST(without_privilege_to_other_groups_is_refused)
{
	be_a_plain_user(1000);
	ck_assert_str_eq(
		drop_to(&app, false), "the supplementary groups are not what was asked for");
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
	bool was_root = (geteuid)() == 0;
	uid_t r, e, s;

	kernel.real = true;
	if (!identity_find(&id, "nobody", NULL, why, sizeof why) || drop_to(&id, false))
		return 1;
	(getresuid)(&r, &e, &s);
	if (r != id.uid || e != id.uid || s != id.uid)
		return 2;
	if (setuid(0) == 0 || (setresuid)((uid_t)-1, 0, (uid_t)-1) == 0)
		return 3;
	if ((prctl)(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 ||
		(was_root && (prctl)(PR_CAPBSET_READ, 0, 0, 0, 0) > 0))
		return 4;
	return (prctl)(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 5;
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
	tcase_add_test(tc, what_takes_privilege_then_the_user_then_proofs);
	tcase_add_test(tc, who_may_gain_keeps_what_that_takes);
	tcase_add_loop_test(tc, each_failure_ends_it_there, 0, (int)nitems(failures));
	tcase_add_loop_test(tc, a_kernel_that_lies_is_found_out, 0, (int)nitems(lies));
	tcase_add_loop_test(tc, a_second_lock_may_be_missing, 0, 2);
	tcase_add_loop_test(tc, groups_are_these_and_no_others, 0, (int)nitems(rings));
	tcase_add_test(tc, root_that_can_be_regained_is_found_out);
	tcase_add_test(tc, without_privilege_to_oneself_only_capabilities_go);
	tcase_add_test(tc, without_privilege_to_another_is_refused);
	tcase_add_test(tc, without_privilege_to_other_groups_is_refused);
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
