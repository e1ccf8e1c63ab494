/* SPDX-License-Identifier: MIT
 *
 * check_limit: limits as arguments, and in force.
 */
#include "common/limit.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *text;
	int resource; /* -1: it is no limit */
	rlim_t soft, hard;
} arguments[] = {
	{"nofile=1024:4096", RLIMIT_NOFILE, 1024, 4096},
	{"cpu=10:11", RLIMIT_CPU, 10, 11},
	{"as=1:unlimited", RLIMIT_AS, 1, RLIM_INFINITY},
	{"core=0:0", RLIMIT_CORE, 0, 0},
	{"data=unlimited:unlimited", RLIMIT_DATA, RLIM_INFINITY, RLIM_INFINITY},
	{"fsize=2:3", RLIMIT_FSIZE, 2, 3},
	{"memlock=4:5", RLIMIT_MEMLOCK, 4, 5},
	{"nproc=6:7", RLIMIT_NPROC, 6, 7},
	{"stack=8388608:18446744073709551614", RLIMIT_STACK, 8388608, 18446744073709551614u},
	{"", -1, 0, 0},
	{"cpu", -1, 0, 0},
	{"cpu=", -1, 0, 0},
	{"cpu=1", -1, 0, 0},
	{"cpu=1:", -1, 0, 0},
	{"cpu=:1", -1, 0, 0},
	{"cpu:1=2", -1, 0, 0},
	{"cpu=1:2:3", -1, 0, 0},
	{"cpu=-1:2", -1, 0, 0},
	{"cpu=1s:2", -1, 0, 0},
	{"CPU=1:2", -1, 0, 0},
	{"rss=1:2", -1, 0, 0},
	{"=1:2", -1, 0, 0},
	{"cpu=1:18446744073709551616", -1, 0, 0},
	{"--version", -1, 0, 0},
};

START_TEST(an_argument_and_back)
{
	char text[LIMIT_TEXT_MAX];
	struct limit l;

	ck_assert_int_eq(limit_parse(arguments[_i].text, &l), arguments[_i].resource >= 0);
	if (arguments[_i].resource < 0)
		return;
	ck_assert_int_eq(l.row->resource, arguments[_i].resource);
	ck_assert_uint_eq(l.is.rlim_cur, arguments[_i].soft);
	ck_assert_uint_eq(l.is.rlim_max, arguments[_i].hard);
	limit_put(&l, text);
	ck_assert_str_eq(text, arguments[_i].text);
}
END_TEST

static struct rlimit in_force(void)
{
	struct rlimit now;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
	return now;
}

START_TEST(what_is_set_holds)
{
	struct limit l = {limit_find(SPAN_LIT("nofile")), {100, 200}};

	ck_assert_int_eq(limit_set(&l), 0);
	ck_assert_uint_eq(in_force().rlim_cur, 100);
	ck_assert_uint_eq(in_force().rlim_max, 200);
	l.is = (struct rlimit){201, 200};
	ck_assert_int_eq(limit_set(&l), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

/* Only upwards, and only the hard one. */
START_TEST(what_is_allowed_is_not_set)
{
	struct limit l = {limit_find(SPAN_LIT("nofile")), {100, 200}}, more = l;

	ck_assert_int_eq(limit_set(&l), 0);
	more.is = (struct rlimit){50, 150};
	ck_assert_int_eq(limit_allow(&more), 0);
	ck_assert_uint_eq(in_force().rlim_cur, 100);
	ck_assert_uint_eq(in_force().rlim_max, 200);
	more.is = (struct rlimit){300, 300};
	if (geteuid() == 0 && limit_allow(&more) == 0) {
		ck_assert_uint_eq(in_force().rlim_cur, 100);
		ck_assert_uint_eq(in_force().rlim_max, 300);
		ck_assert_int_eq(setresuid(54321, 54321, 54321), 0);
	}
	more.is.rlim_max = 301;
	ck_assert_int_eq(limit_allow(&more), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_uint_eq(in_force().rlim_cur, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limit");
	TCase *tc = tcase_create("limit");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, an_argument_and_back, 0, nitems(arguments));
	tcase_add_test(tc, what_is_set_holds);
	tcase_add_test(tc, what_is_allowed_is_not_set);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
