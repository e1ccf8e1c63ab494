/* SPDX-License-Identifier: MIT
 *
 * check_tally: counters, peaks, and the buckets of times.
 */
#include "gateway/tally.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>

static struct tally t;

START_TEST(a_time_falls_into_the_bucket_that_it_does_not_exceed)
{
	tally_time(&t.queue, 0);
	tally_time(&t.queue, 500);
	tally_time(&t.queue, 501);
	tally_time(&t.queue, 60000000);
	tally_time(&t.queue, 60000001);
	tally_time(&t.queue, -5);
	ck_assert_uint_eq(t.queue.buckets[0], 3);
	ck_assert_uint_eq(t.queue.buckets[1], 1);
	ck_assert_uint_eq(t.queue.buckets[TALLY_BOUNDS - 1], 1);
	ck_assert_uint_eq(t.queue.buckets[TALLY_BOUNDS], 1);
	ck_assert_uint_eq(tally_times_count(&t.queue), 6);
	ck_assert_uint_eq(t.queue.sum_us, 500 + 501 + 60000000 + 60000001);
}
END_TEST

START_TEST(bounds_grow)
{
	for (size_t i = 1; i < TALLY_BOUNDS; i++)
		ck_assert_uint_gt(tally_bounds_us[i], tally_bounds_us[i - 1]);
}
END_TEST

START_TEST(a_peak_only_rises)
{
	tally_peak(&t.memory_peak, 5);
	tally_peak(&t.memory_peak, 3);
	ck_assert_uint_eq(t.memory_peak, 5);
	tally_peak(&t.memory_peak, 6);
	ck_assert_uint_eq(t.memory_peak, 6);
}
END_TEST

START_TEST(statuses_are_counted_one_by_one)
{
	tally_status(&t, 200);
	tally_status(&t, 404);
	tally_status(&t, 200);
	tally_status(&t, 0); /* none was ever said */
	ck_assert_uint_eq(tally_statuses(&t, 200, 299), 2);
	ck_assert_uint_eq(tally_statuses(&t, 404, 404), 1);
	ck_assert_uint_eq(tally_statuses(&t, 100, 999), 3);
	ck_assert_uint_eq(t.other_statuses, 1);
}
END_TEST

START_TEST(more_statuses_than_places_are_counted_together)
{
	for (unsigned code = 200; code < 200 + TALLY_STATUSES + 3; code++)
		tally_status(&t, code);
	tally_status(&t, 200);
	ck_assert_uint_eq(tally_statuses(&t, 100, 999), TALLY_STATUSES + 1);
	ck_assert_uint_eq(t.other_statuses, 3);
}
END_TEST

#define ROUNDS 20000

static void *add_much(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		tally_status(&t, 200 + (i % 10));
		tally_time(&t.request, i);
	}
	return arg;
}

START_TEST(lanes_may_count_at_once)
{
	pthread_t other;

	ck_assert_int_eq(pthread_create(&other, NULL, add_much, NULL), 0);
	add_much(NULL);
	pthread_join(other, NULL);
	ck_assert_uint_eq(tally_statuses(&t, 200, 209), 2 * ROUNDS);
	ck_assert_uint_eq(tally_statuses(&t, 203, 203), 2 * ROUNDS / 10);
	ck_assert_uint_eq(tally_times_count(&t.request), 2 * ROUNDS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tally");
	TCase *c = tcase_create("tally");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_test(c, a_time_falls_into_the_bucket_that_it_does_not_exceed);
	tcase_add_test(c, bounds_grow);
	tcase_add_test(c, a_peak_only_rises);
	tcase_add_test(c, statuses_are_counted_one_by_one);
	tcase_add_test(c, more_statuses_than_places_are_counted_together);
	tcase_add_test(c, lanes_may_count_at_once);
	suite_add_tcase(s, c);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
