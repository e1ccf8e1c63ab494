/* SPDX-License-Identifier: MIT
 *
 * check_pool_backends: what a gateway says of addresses is kept for those of the pool, and as long
 * as it is true.
 */
#include "manager/pool_backends.h"

#include <check.h>
#include <stdlib.h>

static struct loop loop;
static struct pools pools;
static char *words[] = {(char[]){"unix:/run/a.sock"}, (char[]){"b.example:9000"}};
static struct conf_pool conf;
static struct pool pool;

static void setup(void)
{
	loop.now = (struct mono){1000 * 1000000LL};
	pools = (struct pools){.loop = &loop};
	conf = (struct conf_pool){.backend = {words, nitems(words)}};
	pool = (struct pool){.set = &pools, .conf = &conf, .kind = POOL_EXTERNAL};
	pool_backends_init(&pool);
}

static void teardown(void)
{
	free(pool.backends);
}

static bool take(const char *address, uint32_t resting_ms)
{
	struct msg_fact_backend m = {.pool = 1,
		.address = span_of(address),
		.busy = 2,
		.idle = 3,
		.requests = 40,
		.failed = 5,
		.resting_ms = resting_ms,
		.why = SPAN_LIT("refused\n[pool x]")};

	return pool_backends_take(&pool, &m);
}

START_TEST(a_pool_with_processes_has_none)
{
	struct pool other = {.set = &pools, .conf = &conf, .kind = POOL_FASTCGI};

	pool_backends_init(&other);
	ck_assert_ptr_null(other.backends);
	pool_backends_forget(&other);
	ck_assert(!pool_backends_take(
		&other, &(struct msg_fact_backend){.address = span_of(words[0])}));
}
END_TEST

START_TEST(what_is_said_is_kept)
{
	ck_assert(!pool.backends[0].known);
	ck_assert(take(words[1], 0));
	ck_assert(!pool.backends[0].known);
	ck_assert(pool.backends[1].known);
	ck_assert_uint_eq(pool.backends[1].busy, 2);
	ck_assert_uint_eq(pool.backends[1].idle, 3);
	ck_assert_uint_eq(pool.backends[1].requests, 40);
	ck_assert_uint_eq(pool.backends[1].failed, 5);
	ck_assert_int_eq(pool_backends_rest_ms(&pool, 1), 0);
}
END_TEST

START_TEST(what_it_says_stays_in_its_line)
{
	ck_assert(take(words[0], 100));
	ck_assert_ptr_null(strchr(pool.backends[0].why, '\n'));
}
END_TEST

START_TEST(a_rest_is_over_in_time)
{
	ck_assert(take(words[0], 1500));
	ck_assert_int_eq(pool_backends_rest_ms(&pool, 0), 1500);
	loop.now = mono_add_ms(loop.now, 1400);
	ck_assert_int_eq(pool_backends_rest_ms(&pool, 0), 100);
	loop.now = mono_add_ms(loop.now, 200);
	ck_assert_int_eq(pool_backends_rest_ms(&pool, 0), 0);
	ck_assert_int_eq(pool_backends_rest_ms(&pool, 1), 0);
}
END_TEST

START_TEST(strangers_are_not_counted)
{
	ck_assert(!take("unix:/run/a", 0));
	ck_assert(!take("unix:/run/a.sock2", 0));
	ck_assert(!take("", 0));
	ck_assert(!pool.backends[0].known && !pool.backends[1].known);
}
END_TEST

START_TEST(a_gateway_takes_it_along)
{
	ck_assert(take(words[0], 5000));
	pool_backends_forget(&pool);
	ck_assert(!pool.backends[0].known);
	ck_assert_int_eq(pool_backends_rest_ms(&pool, 0), 0);
}
END_TEST

/* A letter may come late. */
START_TEST(a_retired_pool_takes_nothing)
{
	pool.conf = NULL;
	ck_assert(!take(words[0], 0));
	pool_backends_forget(&pool);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pool_backends");
	TCase *tc = tcase_create("pool_backends");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_pool_with_processes_has_none);
	tcase_add_test(tc, what_is_said_is_kept);
	tcase_add_test(tc, what_it_says_stays_in_its_line);
	tcase_add_test(tc, a_rest_is_over_in_time);
	tcase_add_test(tc, strangers_are_not_counted);
	tcase_add_test(tc, a_gateway_takes_it_along);
	tcase_add_test(tc, a_retired_pool_takes_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
