/* SPDX-License-Identifier: MIT
 *
 * check_clock: arithmetic of monotonic time at its edges. How fast a clock runs is not tested.
 */
#include <check.h>
#include <stdlib.h>

#include "common/clock.h"

START_TEST(time_does_not_run_backwards)
{
	struct mono before = mono_now(), after = mono_now();

	ck_assert(!mono_before(after, before));
	ck_assert_int_ge(mono_us_between(before, after), 0);
	ck_assert_int_gt(before.us, 0);
}
END_TEST

START_TEST(adding_and_subtracting_agree)
{
	struct mono t = {5000000}, later = mono_add_ms(t, 1234);

	ck_assert_int_eq(mono_ms_between(t, later), 1234);
	ck_assert_int_eq(mono_us_between(t, later), 1234000);
	ck_assert_int_eq(mono_ms_between(later, t), -1234);
	ck_assert(mono_before(t, later));
	ck_assert(!mono_before(later, t));
	ck_assert(!mono_before(t, t));
	ck_assert_int_eq(mono_add_ms(t, -5).us, 4995000);
}
END_TEST

START_TEST(never_is_after_everything_and_stays_never)
{
	ck_assert(mono_is_never(MONO_NEVER));
	ck_assert(mono_is_never(mono_add_ms(MONO_NEVER, 1)));
	ck_assert(mono_is_never(mono_add_ms(MONO_NEVER, -1000)));
	ck_assert(mono_before(mono_now(), MONO_NEVER));
	ck_assert(!mono_is_never(mono_now()));
}
END_TEST

START_TEST(a_sum_too_large_is_never_and_not_the_past)
{
	struct mono t = {1000000};

	ck_assert(mono_is_never(mono_add_ms(t, INT64_MAX)));
	ck_assert(mono_is_never(mono_add_ms(t, INT64_MAX / 1000)));
	ck_assert(!mono_is_never(mono_add_ms(t, INT64_MAX / 1000 - 1000)));
	ck_assert(mono_before(t, mono_add_ms(t, INT64_MAX / 1000 - 1000)));
	ck_assert(mono_is_never(mono_add_ms((struct mono){INT64_MAX - 1}, 1)));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("clock");
	TCase *tc = tcase_create("clock");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, time_does_not_run_backwards);
	tcase_add_test(tc, adding_and_subtracting_agree);
	tcase_add_test(tc, never_is_after_everything_and_stays_never);
	tcase_add_test(tc, a_sum_too_large_is_never_and_not_the_past);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
