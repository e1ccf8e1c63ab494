/* SPDX-License-Identifier: MIT
 *
 * check_plan: which number a pool has for those that name it, while plans come and go.
 */
#include "manager/plan.h"

#include <check.h>

static struct pools set;
static struct conf_pool before, after;
static struct pool serving, fresh, other;
static struct plan plan;
static char name[] = "login", another[] = "app";

static void setup(void)
{
	set = (struct pools){.pending = false};
	list_init(&set.all);
	serving = (struct pool){.set = &set, .number = 1, .name = name, .conf = &before};
	other = (struct pool){.set = &set, .number = 2, .name = another, .conf = &before};
	fresh = (struct pool){.set = &set,
		.number = 3,
		.name = name,
		.conf = &after,
		.next = &after,
		.fresh = true};
	list_push_back(&set.all, &serving.link);
	list_push_back(&set.all, &other.link);
	plan = (struct plan){.pools = &set};
}

START_TEST(nobody_has_no_number)
{
	ck_assert_uint_eq(plan_number_of(&plan, NULL), 0);
	ck_assert_uint_eq(plan_number_of(&plan, "logi"), PLAN_NOBODY);
	ck_assert_uint_eq(plan_number_of(&plan, "app"), 2);
}
END_TEST

START_TEST(a_pool_that_stays_keeps_its_number)
{
	ck_assert_uint_eq(plan_number_of(&plan, "login"), 1);
	set.pending = true;
	serving.next = &after;
	ck_assert_uint_eq(plan_number_of(&plan, "login"), 1);
}
END_TEST

START_TEST(a_pool_that_is_changed_has_another)
{
	set.pending = true;
	list_push_back(&set.all, &fresh.link);
	ck_assert_uint_eq(plan_number_of(&plan, "login"), 3);
}
END_TEST

/* A retired one may be there for a while, with the last of its workers. */
START_TEST(a_pool_that_goes_has_none)
{
	set.pending = true;
	ck_assert_uint_eq(plan_number_of(&plan, "login"), PLAN_NOBODY);
	set.pending = false;
	serving.conf = NULL;
	ck_assert_uint_eq(plan_number_of(&plan, "login"), PLAN_NOBODY);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plan");
	TCase *tc = tcase_create("plan");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, nobody_has_no_number);
	tcase_add_test(tc, a_pool_that_stays_keeps_its_number);
	tcase_add_test(tc, a_pool_that_is_changed_has_another);
	tcase_add_test(tc, a_pool_that_goes_has_none);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
