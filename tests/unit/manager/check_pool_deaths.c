/* SPDX-License-Identifier: MIT
 *
 * check_pool_deaths: which deaths of a made-up pool count as early, what is remembered of them, and
 * what ends a streak.
 */
#include "manager/pool_deaths.h"

#include <check.h>
#include <stdlib.h>

#include "common/log.h"

static struct loop loop;
static struct pools pools;
static struct conf_pool conf;
static struct pool pool;
static char name[] = "app";

static void setup(void)
{
	log_open(NULL, LOG_AT_ALERT);
	loop.now = (struct mono){1000 * 1000000LL};
	pools = (struct pools){.loop = &loop};
	conf = (struct conf_pool){.max_children = 4};
	pool = (struct pool){.set = &pools, .name = name, .conf = &conf};
	list_init(&pool.workers);
}

static void teardown(void)
{
	free(pool.dead);
}

static void pass(int64_t ms)
{
	loop.now = mono_add_ms(loop.now, ms);
}

/* Born now, and ready at once. */
static struct worker born(uint32_t id)
{
	return (struct worker){.loop = &loop,
		.id = id,
		.pid = 100 + (int)id,
		.state = WORKER_READY,
		.born = loop.now,
		.ready_at = loop.now,
		.end = "exited with code 1"};
}

static void live_and_die(uint32_t id, int64_t ms)
{
	struct worker w = born(id);

	pass(ms);
	pool_mourn(&pool, &w, "exited with code 1 after 0.5 seconds from start");
}

START_TEST(a_death_is_remembered)
{
	const struct death *d;

	live_and_die(1, 500);
	ck_assert_uint_eq(pool.died, 1);
	ck_assert_str_eq(pool.last_death, "exited with code 1 after 0.5 seconds from start");
	d = obituary_at(pool.dead, 0);
	ck_assert_int_eq(d->pid, 101);
	ck_assert_int_eq(d->lived_ms, 500);
	ck_assert_str_eq(d->how, "exited with code 1");
	ck_assert_int_gt(d->at_ms, 0);
}
END_TEST

START_TEST(one_that_was_never_born_has_no_pid)
{
	pool_mourn_unborn(&pool, "no such program");
	ck_assert_uint_eq(pool.died, 0);
	ck_assert_str_eq(pool.last_death, "was never born: no such program");
	ck_assert_int_eq(obituary_at(pool.dead, 0)->pid, 0);
	ck_assert_str_eq(obituary_at(pool.dead, 0)->why, "no such program");
	ck_assert_uint_eq(pool.streak, 1);
}
END_TEST

START_TEST(deaths_of_one_round_count_once)
{
	struct worker a = born(1), b = born(2);

	pass(100);
	pool_mourn(&pool, &a, "");
	pass(100);
	pool_mourn(&pool, &b, "");
	ck_assert_uint_eq(pool.streak, 1);
	pass(1);
	live_and_die(3, 100);
	ck_assert_uint_eq(pool.streak, 2);
	ck_assert_uint_eq(pool.mourned, 3);
}
END_TEST

START_TEST(who_has_lived_or_worked_did_not_die_early)
{
	struct worker w = born(1);

	w.worked = true;
	pool_mourn(&pool, &w, "");
	live_and_die(2, SIZING_EARLY_MS);
	ck_assert_uint_eq(pool.streak, 0);
	live_and_die(3, SIZING_EARLY_MS - 1);
	ck_assert_uint_eq(pool.streak, 1);
}
END_TEST

START_TEST(one_that_was_never_ready_died_early)
{
	struct worker w = born(1);

	w.ready_at = MONO_NEVER;
	pass(2 * SIZING_EARLY_MS);
	pool_mourn(&pool, &w, "");
	ck_assert_uint_eq(pool.streak, 1);
}
END_TEST

START_TEST(the_end_of_a_slow_request_is_no_early_death)
{
	conf.request_terminate_timeout = 300;
	live_and_die(1, 300);
	ck_assert_uint_eq(pool.streak, 0);
	conf.response_header_timeout = 200;
	live_and_die(2, 200);
	ck_assert_uint_eq(pool.streak, 0);
	live_and_die(3, 199);
	ck_assert_uint_eq(pool.streak, 1);
}
END_TEST

START_TEST(one_that_lives_on_ends_the_streak)
{
	struct worker old = born(1), w;

	list_push_back(&pool.workers, &old.link);
	pass(1);
	live_and_die(2, 100);
	pass(1);
	w = born(3);
	list_push_back(&pool.workers, &w.link);
	pass(SIZING_SETTLED_MS - 1);
	pool_forgive(&pool); /* the old one says nothing of those that are started now */
	ck_assert_uint_eq(pool.streak, 1);
	pass(1);
	pool_forgive(&pool);
	ck_assert_uint_eq(pool.streak, 0);
}
END_TEST

START_TEST(one_that_has_answered_ends_the_streak)
{
	struct worker w = born(1);

	pool.streak = 3;
	ck_assert(pool_believe(&pool, &w, 1));
	ck_assert(w.worked);
	ck_assert_uint_eq(pool.streak, 0);
	ck_assert(!pool_believe(&pool, &w, 1));
}
END_TEST

START_TEST(the_word_may_come_behind_the_death)
{
	live_and_die(7, 100);
	ck_assert(!pool_believe(&pool, NULL, 6));
	ck_assert_uint_eq(pool.streak, 1);
	ck_assert(pool_believe(&pool, NULL, 7));
	ck_assert_uint_eq(pool.streak, 0);
	ck_assert(!pool_believe(&pool, NULL, 7));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pool_deaths");
	TCase *t = tcase_create("pool_deaths");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_death_is_remembered);
	tcase_add_test(t, one_that_was_never_born_has_no_pid);
	tcase_add_test(t, deaths_of_one_round_count_once);
	tcase_add_test(t, who_has_lived_or_worked_did_not_die_early);
	tcase_add_test(t, one_that_was_never_ready_died_early);
	tcase_add_test(t, the_end_of_a_slow_request_is_no_early_death);
	tcase_add_test(t, one_that_lives_on_ends_the_streak);
	tcase_add_test(t, one_that_has_answered_ends_the_streak);
	tcase_add_test(t, the_word_may_come_behind_the_death);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
