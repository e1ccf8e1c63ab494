/* SPDX-License-Identifier: MIT
 *
 * check_lookers: every question ends once, and hears only its own answers.
 */
#include <check.h>
#include <stdlib.h>

#include "manager/lookers.h"

static struct lookers all;
static struct seeing {
	struct looker looker;
	unsigned rows, ends;
} one, two;

static void on_row(struct looker *l, const struct msg_fact_running *m)
{
	struct seeing *s = container_of(l, struct seeing, looker);

	ck_assert_uint_eq(m->question, l->question);
	ck_assert_uint_eq(s->ends, 0);
	s->rows++;
}

static void on_end(struct looker *l)
{
	container_of(l, struct seeing, looker)->ends++;
}

static void setup(void)
{
	lookers_init(&all);
	one = two = (struct seeing){.looker = {.row = on_row, .end = on_end}};
	lookers_add(&all, &one.looker);
	lookers_add(&all, &two.looker);
}

static void row(uint32_t question)
{
	lookers_row(&all, &(struct msg_fact_running){.question = question});
}

START_TEST(each_hears_its_own)
{
	row(one.looker.question);
	row(two.looker.question);
	row(two.looker.question);
	row(two.looker.question + 1);
	ck_assert_uint_eq(one.rows, 1);
	ck_assert_uint_eq(two.rows, 2);
}
END_TEST

START_TEST(each_ends_once)
{
	lookers_end(&all, one.looker.question);
	lookers_end(&all, one.looker.question);
	row(one.looker.question);
	ck_assert_uint_eq(one.ends, 1);
	ck_assert_uint_eq(one.rows, 0);
	ck_assert_uint_eq(two.ends, 0);
	lookers_end_all(&all);
	lookers_end_all(&all);
	ck_assert_uint_eq(one.ends, 1);
	ck_assert_uint_eq(two.ends, 1);
}
END_TEST

START_TEST(a_late_answer_is_for_nobody)
{
	uint32_t late = one.looker.question;

	looker_end(&one.looker);
	lookers_add(&all, &one.looker);
	one.ends = 0;
	row(late);
	lookers_end(&all, late);
	ck_assert_uint_eq(one.rows, 0);
	ck_assert_uint_eq(one.ends, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lookers");
	TCase *tc = tcase_create("lookers");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, each_hears_its_own);
	tcase_add_test(tc, each_ends_once);
	tcase_add_test(tc, a_late_answer_is_for_nobody);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
