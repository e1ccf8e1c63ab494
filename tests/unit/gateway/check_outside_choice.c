/* SPDX-License-Identifier: MIT
 *
 * check_outside_choice: which address of an external pool is next, and how long one rests.
 */
#include "gateway/outside_choice.h"

#include "tests/unit/gateway/stage.h"

#define NOW ((struct mono){1000 * 1000})

/* Of each: busy, failures, ms until it may be tried again, barred. */
static const struct {
	size_t n, turn, chosen;
	struct {
		uint32_t busy;
		unsigned failures;
		int64_t ms;
		bool barred;
	} at[4];
} choices[] = {
	{0, 0, OUTSIDE_NOBODY, {{0, 0, 0, false}}},
	{1, 0, 0, {{0, 0, 0, false}}},
	{1, 7, 0, {{9, 0, 0, false}}},
	/* the least busy */
	{3, 0, 1, {{2, 0, 0, false}, {1, 0, 0, false}, {2, 0, 0, false}}},
	{3, 2, 1, {{2, 0, 0, false}, {1, 0, 0, false}, {2, 0, 0, false}}},
	/* ties in turn */
	{3, 0, 0, {{1, 0, 0, false}, {1, 0, 0, false}, {1, 0, 0, false}}},
	{3, 1, 1, {{1, 0, 0, false}, {1, 0, 0, false}, {1, 0, 0, false}}},
	{3, 2, 2, {{1, 0, 0, false}, {1, 0, 0, false}, {1, 0, 0, false}}},
	{3, 3, 0, {{1, 0, 0, false}, {1, 0, 0, false}, {1, 0, 0, false}}},
	{3, 1, 2, {{1, 0, 0, false}, {2, 0, 0, false}, {1, 0, 0, false}}},
	/* who rests is left alone, however busy the others are */
	{2, 0, 1, {{0, 1, 100, false}, {50, 0, 0, false}}},
	{2, 0, OUTSIDE_NOBODY, {{0, 1, 100, false}, {0, 9, 1, false}}},
	/* until the rest is over */
	{2, 0, 0, {{0, 1, 0, false}, {50, 0, 0, false}}},
	{2, 0, 0, {{0, 7, -100, false}, {0, 1, 100, false}}},
	/* a rest of one that is well again is history */
	{2, 0, 0, {{0, 0, 100, false}, {1, 0, 0, false}}},
	/* a name that leads nowhere */
	{2, 0, 1, {{0, 0, 0, true}, {3, 0, 0, false}}},
	{1, 0, OUTSIDE_NOBODY, {{0, 3, -100, true}}},
};

START_TEST(the_least_busy_that_does_not_rest)
{
	struct outside_standing s[4];
	const struct outside_standing *at[4];

	for (size_t i = 0; i < choices[_i].n; i++) {
		s[i] = (struct outside_standing){choices[_i].at[i].busy, choices[_i].at[i].failures,
			mono_add_ms(NOW, choices[_i].at[i].ms), choices[_i].at[i].barred};
		at[i] = &s[i];
	}
	ck_assert_uint_eq(
		outside_choose(at, choices[_i].n, choices[_i].turn, NOW), choices[_i].chosen);
}
END_TEST

static const struct {
	unsigned failures;
	uint32_t most, ms;
} pauses[] = {
	{1, 60000, 100},
	{2, 60000, 200},
	{3, 60000, 400},
	{6, 60000, 3200},
	{10, 60000, 51200},
	{11, 60000, 60000},
	{1000000, 60000, 60000},
	{4, 500, 500},
	{1, 100, 100},
	{1, 50, 50},
};

START_TEST(rests_double_up_to_the_longest)
{
	uint32_t ms = pauses[_i].ms;

	ck_assert_uint_eq(outside_rest_ms(pauses[_i].failures, pauses[_i].most, 0), ms);
	for (uint32_t random = 0; random < 5000; random += 7) {
		uint32_t got = outside_rest_ms(pauses[_i].failures, pauses[_i].most, random);
		ck_assert_uint_le(got, ms);
		ck_assert_uint_ge(got, ms - ms / 4);
	}
}
END_TEST

START_TEST(random_rests_differ)
{
	ck_assert_uint_ne(outside_rest_ms(5, 60000, 1), outside_rest_ms(5, 60000, 900));
}
END_TEST

static const struct {
	unsigned broken;
	bool another, spoilt;
} answers[] = {
	{0, true, false},
	{1, true, false},
	{OUTSIDE_BROKEN_MOST - 1, true, false},
	{OUTSIDE_BROKEN_MOST, true, true},
	{1000000, true, true},
	{OUTSIDE_BROKEN_MOST, false, false},
	{1000000, false, false},
};

START_TEST(broken_answers_in_a_row_and_another_address)
{
	ck_assert_int_eq(
		outside_is_spoilt(answers[_i].broken, answers[_i].another), answers[_i].spoilt);
}
END_TEST

START_TEST(all_must_have_failed_for_longer)
{
	struct outside_standing a = {0}, b = {0};
	const struct outside_standing *at[] = {&a, &b};

	ck_assert(!outside_is_down(at, 0));
	ck_assert(!outside_is_down(at, 2));
	a.failures = 20;
	ck_assert(!outside_is_down(at, 2));
	b.failures = 5;
	ck_assert(!outside_is_down(at, 2));
	b.failures = 6;
	ck_assert_uint_gt(outside_rest_ms(b.failures, 60000, 0), 2000);
	ck_assert(outside_is_down(at, 2));
}
END_TEST

START_TEST(the_soonest_that_may_be_tried)
{
	struct outside_standing a = {.failures = 1, .rests_until = {500}},
				b = {.failures = 2, .rests_until = {400}};
	const struct outside_standing *at[] = {&a, &b};

	ck_assert(mono_is_never(outside_soonest(at, 0)));
	ck_assert_int_eq(outside_soonest(at, 1).us, 500);
	ck_assert_int_eq(outside_soonest(at, 2).us, 400);
	a.failures = 0;
	ck_assert_int_eq(outside_soonest(at, 2).us, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outside_choice");
	TCase *tc = tcase_create("outside_choice");

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, the_least_busy_that_does_not_rest, 0, (int)nitems(choices));
	tcase_add_loop_test(tc, rests_double_up_to_the_longest, 0, (int)nitems(pauses));
	tcase_add_test(tc, random_rests_differ);
	tcase_add_loop_test(
		tc, broken_answers_in_a_row_and_another_address, 0, (int)nitems(answers));
	tcase_add_test(tc, all_must_have_failed_for_longer);
	tcase_add_test(tc, the_soonest_that_may_be_tried);
	return stage_run(suite);
}
