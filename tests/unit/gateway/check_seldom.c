/* SPDX-License-Identifier: MIT
 *
 * check_seldom: what is said once a minute.
 */
#include "gateway/seldom.h"

#include "tests/unit/gateway/stage.h"

static size_t lines(const char *part)
{
	size_t n = 0;

	for (const char *at = stage_logged(); (at = strstr(at, part)); at++)
		n++;
	return n;
}

static void later(int64_t ms)
{
	lane_here->loop.now = mono_add_ms(lane_here->loop.now, ms);
}

START_TEST(the_same_words_are_said_once_a_minute)
{
	for (int i = 0; i < 1000; i++)
		seldom_error("%s is %s", "this", "wrong");
	ck_assert_uint_eq(lines("ERROR: this is wrong\n"), 1);
	later(59999);
	seldom_error("this is wrong");
	ck_assert_uint_eq(lines("this is wrong"), 1);
	later(1);
	seldom_error("this is wrong");
	seldom_error("this is wrong");
	ck_assert_uint_eq(lines("this is wrong"), 2);
}
END_TEST

START_TEST(other_words_are_said_at_once)
{
	for (int i = 0; i < 10; i++)
		seldom_error("%d is wrong", i);
	ck_assert_uint_eq(lines("is wrong"), 10);
}
END_TEST

START_TEST(no_more_than_so_many_a_minute)
{
	for (int i = 0; i < 10 * SELDOM_MAX; i++)
		seldom_error("%d is wrong", i);
	ck_assert_uint_eq(lines("is wrong"), SELDOM_MAX);
	later(60000);
	for (int i = 0; i < 10 * SELDOM_MAX; i++)
		seldom_error("%d is wrong", i);
	ck_assert_uint_eq(lines("is wrong"), 2 * SELDOM_MAX);
}
END_TEST

START_TEST(what_is_forgotten_is_said_again)
{
	seldom_error("this is wrong");
	seldom_forget();
	seldom_error("this is wrong");
	ck_assert_uint_eq(lines("this is wrong"), 2);
}
END_TEST

/* Of a thousand requests for one bad script the first is named. */
START_TEST(a_request_is_named_behind_the_words)
{
	for (uint64_t id = 0xabc; id < 0xfff; id++)
		seldom_error_of(id, "%s is %s", "this", "wrong");
	ck_assert_uint_eq(lines("this is wrong"), 1);
	ck_assert_uint_eq(lines("ERROR: this is wrong (request 0000000000000abc)\n"), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seldom");
	TCase *tc = tcase_create("seldom");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, stage_up, stage_down);
	tcase_add_test(tc, the_same_words_are_said_once_a_minute);
	tcase_add_test(tc, other_words_are_said_at_once);
	tcase_add_test(tc, no_more_than_so_many_a_minute);
	tcase_add_test(tc, what_is_forgotten_is_said_again);
	tcase_add_test(tc, a_request_is_named_behind_the_words);
	return stage_run(suite);
}
