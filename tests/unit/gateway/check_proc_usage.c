/* SPDX-License-Identifier: MIT
 *
 * check_proc_usage: numbers out of the texts of /proc, whatever a process calls itself.
 */
#include "gateway/proc_usage.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STAT_TAIL " S 1 2 3 0 -1 4194560 100 0 0 0 41 7 0 0 20 0 1 0 12345 1000 300\n"

START_TEST(ticks_are_found_behind_any_name)
{
	static const char *const texts[] = {"77 (app)" STAT_TAIL, "77 (a b)" STAT_TAIL,
		"77 (x) S 1 1 1 1 1 1 1 1 1 1 9 9 (y)" STAT_TAIL, "77 ())" STAT_TAIL,
		"77 ()" STAT_TAIL};
	uint64_t ticks = 0;

	ck_assert(proc_read_stat(span_of(texts[_i]), &ticks));
	ck_assert_uint_eq(ticks, 48);
}
END_TEST

START_TEST(half_a_text_is_none)
{
	uint64_t v;

	ck_assert(!proc_read_stat(SPAN_LIT(""), &v));
	ck_assert(!proc_read_stat(SPAN_LIT("77 (app"), &v));
	ck_assert(!proc_read_stat(SPAN_LIT("77 (app) S 1 2"), &v));
	ck_assert(!proc_read_stat(SPAN_LIT("77 (app) S 1 2 3 0 -1 4194560 100 0 0 0 41"), &v));
	ck_assert(!proc_read_statm(SPAN_LIT("300"), &v));
	ck_assert(!proc_read_statm(SPAN_LIT(""), &v));
}
END_TEST

START_TEST(resident_pages_are_the_second_word)
{
	uint64_t v = 0;

	ck_assert(proc_read_statm(SPAN_LIT("300 42 10 1 0 50 0\n"), &v));
	ck_assert_uint_eq(v, 42);
}
END_TEST

START_TEST(we_use_something)
{
	uint64_t cpu, memory;

	ck_assert(proc_usage((uint32_t)getpid(), &cpu, &memory));
	ck_assert_uint_gt(memory, 4096);
	ck_assert_uint_lt(cpu, 1000000000);
}
END_TEST

START_TEST(of_nobody_nothing_is_known)
{
	uint64_t cpu = 1, memory = 1;

	ck_assert(!proc_usage(0, &cpu, &memory));
	ck_assert_uint_eq(cpu + memory, 0);
	cpu = memory = 1;
	ck_assert(!proc_usage(0x7fffffff, &cpu, &memory));
	ck_assert_uint_eq(cpu + memory, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("proc_usage");
	TCase *t = tcase_create("proc_usage");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, ticks_are_found_behind_any_name, 0, 5);
	tcase_add_test(t, half_a_text_is_none);
	tcase_add_test(t, resident_pages_are_the_second_word);
	tcase_add_test(t, we_use_something);
	tcase_add_test(t, of_nobody_nothing_is_known);
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
