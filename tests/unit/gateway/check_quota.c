/* SPDX-License-Identifier: MIT
 *
 * check_quota: what several hold together is no more than the limit, from however many threads.
 */
#include "gateway/quota.h"

#include "tests/unit/gateway/stage.h"

static struct quota *all, *a, *b;

static void up(void)
{
	all = quota_new("all", NULL);
	a = quota_new("a", all);
	b = quota_new("b", all);
}

static void down(void)
{
	quota_unref(all); /* its parts keep it */
	quota_unref(a);
	quota_unref(b);
}

START_TEST(up_to_the_limit_and_no_further)
{
	quota_limit(a, 10);
	ck_assert_ptr_null(quota_take(a, 9));
	ck_assert_ptr_null(quota_take(a, 1));
	ck_assert_ptr_eq(quota_take(a, 1), a);
	ck_assert_ptr_eq(quota_take(a, UINT64_MAX), a);
	ck_assert_ptr_null(quota_take(a, 0));
	ck_assert_ptr_null(quota_take(b, 1000));
	quota_give(a, 1);
	ck_assert_ptr_null(quota_take(a, 1));
	ck_assert_uint_eq(all->used, 1010);
	quota_give(a, 10);
	quota_give(b, 1000);
	ck_assert_uint_eq(all->used, 0);
}
END_TEST

START_TEST(the_whole_binds_its_parts)
{
	quota_limit(all, 10);
	ck_assert_ptr_null(quota_take(a, 6));
	ck_assert_ptr_eq(quota_take(b, 5), all);
	ck_assert_uint_eq(b->used, 0); /* nothing was taken */
	ck_assert_ptr_null(quota_take(b, 4));
	quota_give(a, 6);
	ck_assert_ptr_null(quota_take(b, 6));
	quota_give(b, 10);
}
END_TEST

START_TEST(a_lower_limit_takes_nothing_away)
{
	ck_assert_ptr_null(quota_take(a, 10));
	quota_limit(a, 5);
	ck_assert_ptr_eq(quota_take(a, 1), a);
	quota_give(a, 6);
	ck_assert_ptr_null(quota_take(a, 1));
	quota_give(a, 5);
}
END_TEST

START_TEST(nobody_s_quota_has_no_limit)
{
	ck_assert_ptr_null(quota_take(NULL, UINT64_MAX));
	quota_give(NULL, UINT64_MAX);
	quota_limit(NULL, 1);
	ck_assert_ptr_null(quota_ref(NULL));
	quota_unref(NULL);
}
END_TEST

static void *take_and_give(void *arg)
{
	struct quota *q = arg;

	for (int i = 0; i < 20000; i++) {
		if (quota_take(q, 3))
			continue;
		ck_assert_uint_le(q->used, 7);
		quota_give(q, 3);
	}
	return NULL;
}

START_TEST(threads_share_it)
{
	pthread_t threads[4];

	quota_limit(a, 7);
	quota_limit(b, 7);
	quota_limit(all, 10);
	for (unsigned i = 0; i < nitems(threads); i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, take_and_give, i % 2 ? a : b), 0);
	for (unsigned i = 0; i < nitems(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(a->used + b->used + all->used, 0);
}
END_TEST

START_TEST(a_log_is_not_flooded)
{
	_Atomic int64_t last = 0;

	ck_assert(quota_may_say(&last, (struct mono){0}));
	ck_assert(!quota_may_say(&last, (struct mono){1}));
	ck_assert(!quota_may_say(&last, (struct mono){9000000}));
	ck_assert(quota_may_say(&last, (struct mono){11000000}));
	ck_assert(!quota_may_say(&last, (struct mono){12000000}));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quota");
	TCase *tc = tcase_create("quota");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, up_to_the_limit_and_no_further);
	tcase_add_test(tc, the_whole_binds_its_parts);
	tcase_add_test(tc, a_lower_limit_takes_nothing_away);
	tcase_add_test(tc, nobody_s_quota_has_no_limit);
	tcase_add_test(tc, threads_share_it);
	tcase_add_test(tc, a_log_is_not_flooded);
	return stage_run(suite);
}
