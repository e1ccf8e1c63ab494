/* SPDX-License-Identifier: MIT
 *
 * check_said: a script's words in the log: one record a line, whose they are, and not without end.
 */
#include "gateway/said.h"

#include <stdio.h>

#include "tests/unit/gateway/stage.h"

static struct said said;
static struct said_limit limit;

static void up(void)
{
	stage_up();
	snprintf(said.tag, sizeof said.tag, "[pool a] script /x");
	said_begin(&said, &limit);
}

static unsigned records(const char *text)
{
	unsigned n = 0;

	for (const char *p = stage_logged(); (p = strstr(p, text)); p++)
		n++;
	return n;
}

START_TEST(each_line_is_a_record_that_says_whose_it_is)
{
	said_take(&said, SPAN_LIT("first\nsec"));
	said_take(&said, SPAN_LIT("ond\nlast"));
	said_end(&said);
	ck_assert_uint_eq(records("[pool a] script /x said into stderr: \"first\""), 1);
	ck_assert_uint_eq(records("[pool a] script /x said into stderr: \"second\""), 1);
	ck_assert_uint_eq(records("[pool a] script /x said into stderr: \"last\""), 1);
}
END_TEST

START_TEST(a_record_cannot_be_forged)
{
	said_take(&said, SPAN_LIT("a\rb\x1b[2J[pool b] died\n"));
	ck_assert_uint_eq(records("a\\x0db\\x1b[2J[pool b] died"), 1);
	ck_assert_uint_eq(records("WARNING"), 1);
}
END_TEST

START_TEST(a_babbler_is_cut_off_and_the_next_request_is_not)
{
	for (int i = 0; i < 1000; i++)
		said_take(&said, SPAN_LIT("again\n"));
	ck_assert_uint_eq(records("again"), 100);
	ck_assert_uint_eq(records("its further lines are dropped"), 1);
	said_begin(&said, &limit);
	said_take(&said, SPAN_LIT("anew\n"));
	ck_assert_uint_eq(records("anew"), 1);
}
END_TEST

START_TEST(half_a_line_of_one_request_is_not_the_next_ones)
{
	said_take(&said, SPAN_LIT("half"));
	said_begin(&said, &limit);
	said_take(&said, SPAN_LIT("whole\n"));
	ck_assert_uint_eq(records("half"), 0);
	ck_assert_uint_eq(records("\"whole\""), 1);
}
END_TEST

/* One line of so many requests; the stage's clock stands still in between. */
static void say_each(unsigned n, const char *line)
{
	while (n-- > 0) {
		said_begin(&said, &limit);
		said_take(&said, span_of(line));
	}
}

static void pass(int64_t ms)
{
	lane_here->loop.now = mono_add_ms(lane_here->loop.now, ms);
}

START_TEST(a_pool_may_say_so_much_and_is_told_what_is_lost)
{
	say_each(SAID_AT_ONCE + 7, "x\n");
	ck_assert_uint_eq(records("\"x\""), SAID_AT_ONCE);
	said_tell_dropped(&limit, "a");
	said_tell_dropped(&limit, "a");
	ck_assert_uint_eq(records("[pool a] 7 lines said into stderr were dropped"), 1);
	ck_assert_uint_eq(records("were dropped"), 1);
}
END_TEST

START_TEST(a_pool_may_go_on_after_a_while)
{
	say_each(2 * SAID_AT_ONCE, "x\n");
	pass(500);
	say_each(SAID_A_SECOND, "y\n");
	ck_assert_uint_eq(records("\"y\""), SAID_A_SECOND / 2);
	pass(3600 * 1000); /* it saves nothing beyond the first measure */
	say_each(2 * SAID_AT_ONCE, "z\n");
	ck_assert_uint_eq(records("\"z\""), SAID_AT_ONCE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("said");
	TCase *tc = tcase_create("said");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, stage_down);
	tcase_add_test(tc, each_line_is_a_record_that_says_whose_it_is);
	tcase_add_test(tc, a_record_cannot_be_forged);
	tcase_add_test(tc, a_babbler_is_cut_off_and_the_next_request_is_not);
	tcase_add_test(tc, half_a_line_of_one_request_is_not_the_next_ones);
	tcase_add_test(tc, a_pool_may_say_so_much_and_is_told_what_is_lost);
	tcase_add_test(tc, a_pool_may_go_on_after_a_while);
	return stage_run(suite);
}
