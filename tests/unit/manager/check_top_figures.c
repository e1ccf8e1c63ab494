/* SPDX-License-Identifier: MIT
 *
 * check_top_figures: figures are read whole or not at all, and rates are of what they ought to be.
 */
#include <check.h>
#include <stdlib.h>

#include "manager/top_figures.h"

#define HOUSE   "house\t0.1.0\t12\t5000\tserving\t7\n"
#define GATEWAY "gateway\t13\t4000\t2\t9\t100\t3\t1\n"
#define APP     "pool\tapp\tfastcgi\tstatic\topen\t-1\t4\t1\t2\t3\t5\t1000\t60\t6\t7\t8\t9\n"

static struct top_figures f, before;

static void teardown(void)
{
	top_figures_free(&f);
	top_figures_free(&before);
}

static bool reads(struct top_figures *to, const char *text)
{
	return top_figures_read(to, span_of(text));
}

START_TEST(everything_is_read)
{
	ck_assert(reads(&f, HOUSE GATEWAY APP "running\tapp\t99\t1500\t00ab\tGET / with words\n"));
	ck_assert_str_eq(f.version, "0.1.0");
	ck_assert_str_eq(f.mood, "serving");
	ck_assert_uint_eq(f.pid, 12);
	ck_assert_uint_eq(f.up_ms, 5000);
	ck_assert_uint_eq(f.gateway_pid, 13);
	ck_assert_uint_eq(f.connections, 2);
	ck_assert_uint_eq(f.requests, 100);
	ck_assert_uint_eq(f.errors, 3);
	ck_assert_uint_eq(f.npools, 1);
	ck_assert_str_eq(f.pools[0].state, "open");
	ck_assert_int_eq(f.pools[0].retry_ms, -1);
	ck_assert_uint_eq(f.pools[0].value[TOP_MAX], 4);
	ck_assert_uint_eq(f.pools[0].value[TOP_BUSY], 2);
	ck_assert_uint_eq(f.pools[0].value[TOP_SLOW], 9);
	ck_assert_uint_eq(f.nrunning, 1);
	ck_assert_uint_eq(f.running[0].ms, 1500);
	ck_assert_str_eq(f.running[0].line, "GET / with words");
	ck_assert(f.rate < 0 && f.pools[0].rate < 0);
}
END_TEST

START_TEST(what_a_later_daemon_adds_is_left_out)
{
	ck_assert(reads(&f, "house\t2\t12\t5000\tserving\t7\tmore\t1\nweather\tfine\n" APP));
	ck_assert_uint_eq(f.npools, 1);
}
END_TEST

static const char *const nonsense[] = {"", "\n", GATEWAY, "house\t0.1.0\tx\t5000\tserving\t7\n",
	"house\t0.1.0\n", HOUSE "pool\tapp\n", HOUSE "pool\n", HOUSE "running\tapp\t1\n",
	HOUSE "gateway\t\t\t\t\t\t\t\n"};

START_TEST(nonsense_is_refused)
{
	ck_assert(!reads(&f, nonsense[_i]));
	ck_assert_ptr_null(f.text);
}
END_TEST

/* What the end of a line is missing from has not come whole. */
START_TEST(half_a_line_is_none)
{
	ck_assert(reads(&f, HOUSE "pool\tapp"));
	ck_assert_uint_eq(f.npools, 0);
}
END_TEST

START_TEST(a_rate_is_by_the_daemons_clock)
{
	ck_assert(reads(&before,
		"house\t1\t12\t3000\tserving\t7\n"
		"gateway\t13\t2000\t2\t9\t80\t3\t1\n"
		"pool\tapp\tfastcgi\tstatic\topen\t-1\t4\t1\t2\t3\t5\t9\t50\t6\t7\t8\t9\n"));
	ck_assert(reads(&f, HOUSE GATEWAY
		"pool\tnew\tcgi\tstatic\topen\t-1\t4\t1\t2\t3\t5\t9\t5\t6\t7\t8\t9\n" APP));
	top_figures_rate(&f, &before);
	ck_assert_double_eq(f.rate, 10);
	ck_assert(f.pools[0].rate < 0);
	ck_assert_double_eq(f.pools[1].rate, 5);
}
END_TEST

static const char *const others[] = {"house\t1\t11\t3000\tserving\t7\n" GATEWAY APP,
	"house\t1\t12\t5000\tserving\t7\n" GATEWAY APP,
	"house\t1\t12\t6000\tserving\t7\n" GATEWAY APP};

START_TEST(there_is_no_rate_without_a_before)
{
	ck_assert(reads(&f, HOUSE GATEWAY APP));
	top_figures_rate(&f, &before);
	ck_assert(f.rate < 0);
	ck_assert(reads(&before, others[_i]));
	top_figures_rate(&f, &before);
	ck_assert(f.rate < 0 && f.pools[0].rate < 0);
}
END_TEST

START_TEST(what_counts_backwards_has_no_rate)
{
	ck_assert(reads(&before, "house\t1\t12\t3000\tserving\t7\n"
				 "gateway\t13\t2000\t2\t9\t101\t3\t1\n" APP));
	ck_assert(reads(&f, HOUSE GATEWAY APP));
	top_figures_rate(&f, &before);
	ck_assert(f.rate < 0);
	ck_assert_double_eq(f.pools[0].rate, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("top_figures");
	TCase *tc = tcase_create("top_figures");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, everything_is_read);
	tcase_add_test(tc, what_a_later_daemon_adds_is_left_out);
	tcase_add_loop_test(tc, nonsense_is_refused, 0, (int)nitems(nonsense));
	tcase_add_test(tc, half_a_line_is_none);
	tcase_add_test(tc, a_rate_is_by_the_daemons_clock);
	tcase_add_loop_test(tc, there_is_no_rate_without_a_before, 0, (int)nitems(others));
	tcase_add_test(tc, what_counts_backwards_has_no_rate);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
