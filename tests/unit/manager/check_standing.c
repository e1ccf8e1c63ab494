/* SPDX-License-Identifier: MIT
 *
 * check_standing: when the door of a made-up pool shuts and opens, and what the gateway hears of
 * it, how often.
 */
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "manager/pool_deaths.h"
#include "manager/standing.h"

static struct loop loop;
static struct pools pools;
static struct conf_pool conf = {.max_children = 4};
static struct pool pool;
static struct worker worker;
static struct chan chan;
static int theirs;
static char name[] = "app";
static unsigned stood;

static void on_stand(void *wall, struct pool *p)
{
	stood++;
	standing_review(p, wall);
}

static const struct wall_ops ops = {.stand = on_stand};
static chan_handler *const no_handlers[MSG_TYPES];

static void on_lost(void *owner, const char *why)
{
	(void)owner;
	(void)why;
}

static void setup(void)
{
	int ends[2];

	log_open(NULL, LOG_AT_ALERT);
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(fd_seqpair(ends), 0);
	ck_assert_int_eq(chan_open(&chan, &loop, ends[0], "gateway", MANAGER, GATEWAY, no_handlers,
				 NULL, on_lost),
		0);
	theirs = ends[1];
	pools = (struct pools){.loop = &loop, .ops = &ops, .wall = &chan};
	pool = (struct pool){.set = &pools, .name = name, .conf = &conf, .number = 7};
	pool.limits.backoff_ms = 60000;
	pool.told.at = MONO_NEVER;
	list_init(&pool.workers);
	worker = (struct worker){.loop = &loop};
	stood = 0;
	loop.now = (struct mono){1000 * 1000000LL};
}

static void teardown(void)
{
	timer_stop(&loop, &pool.told.again);
	chan_close(&chan);
	fd_close(&theirs);
	loop_close(&loop);
}

static void pass(int64_t ms)
{
	loop.now = mono_add_ms(loop.now, ms);
}

/* A worker has come; how it goes on is its state. */
static void come(enum worker_state state)
{
	worker.state = state;
	worker.born = loop.now;
	list_push_back(&pool.workers, &worker.link);
	pool.started++;
}

static void die(void)
{
	list_remove(&worker.link);
	pool.died++;
	pool.streak++;
	pool.last_early = loop.now;
}

static enum msg_door door(void)
{
	ck_assert(standing_review(&pool, &chan));
	return pool.door;
}

/* The next letter that the gateway got; false: none. */
static bool got(struct msg_pool_standing *to)
{
	static char bytes[CHAN_MAX];
	ssize_t n = read(theirs, bytes, sizeof bytes);
	enum msg_type type;
	union msg m;

	if (n <= 0)
		return false;
	ck_assert_ptr_null(msg_decode((struct span){bytes, (size_t)n}, &type, &m));
	ck_assert_int_eq(type, MSG_POOL_STANDING);
	*to = m.pool_standing;
	return true;
}

START_TEST(three_early_deaths_shut_it)
{
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(door(), DOOR_OPEN);
		come(WORKER_READY);
		ck_assert_int_eq(door(), DOOR_OPEN);
		pass(50);
		die();
	}
	ck_assert_int_eq(door(), DOOR_BROKEN);
}
END_TEST

START_TEST(one_who_serves_keeps_it_open)
{
	pool.streak = 20;
	come(WORKER_READY);
	ck_assert_int_eq(door(), DOOR_OPEN);
	worker.state = WORKER_LEAVING;
	ck_assert_int_eq(door(), DOOR_BROKEN);
}
END_TEST

START_TEST(it_takes_more_than_a_start_to_open)
{
	pool.streak = 3;
	pool.last_early = loop.now;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	come(WORKER_STARTING);
	ck_assert_int_eq(door(), DOOR_BROKEN);
	worker.state = WORKER_READY;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	pass(SIZING_EARLY_MS - 1);
	ck_assert_int_eq(door(), DOOR_BROKEN);
	pass(1);
	ck_assert_int_eq(door(), DOOR_OPEN);
}
END_TEST

START_TEST(an_answer_opens_it)
{
	pool.streak = 3;
	pool.last_early = loop.now;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	come(WORKER_READY);
	worker.worked = true;
	ck_assert_int_eq(door(), DOOR_OPEN);
}
END_TEST

START_TEST(so_does_the_end_of_the_streak)
{
	pool.streak = 3;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	pool.streak = 0;
	ck_assert_int_eq(door(), DOOR_OPEN);
}
END_TEST

/* Or it would be let go, be missed, be started, and so on. */
START_TEST(who_is_let_go_soon_has_a_shorter_trial)
{
	pool.limits.on_demand = true;
	pool.limits.idle_ms = 1000;
	pool.streak = 3;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	come(WORKER_READY);
	pass(499);
	ck_assert_int_eq(door(), DOOR_BROKEN);
	pass(1);
	ck_assert_int_eq(door(), DOOR_OPEN);
}
END_TEST

/* It goes because nothing asked for it: behind it the door stays as it was. */
START_TEST(it_does_not_shut_behind_one_who_was_idle)
{
	pool.streak = 3;
	pool.last_early = loop.now;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	pass(100);
	come(WORKER_READY);
	pool.limits = (struct sizing_limits){.on_demand = true, .idle_ms = 500};
	pass(500);
	ck_assert_int_eq(door(), DOOR_OPEN);
	pool_forgive_idle(&pool, &worker);
	list_remove(&worker.link);
	ck_assert_int_eq(door(), DOOR_OPEN);
	ck_assert_uint_eq(pool.streak, 0);
}
END_TEST

START_TEST(but_behind_one_who_was_there_when_another_died)
{
	pool.streak = 3;
	pool.last_early = loop.now;
	come(WORKER_READY);
	pass(5000);
	pool_forgive_idle(&pool, &worker);
	list_remove(&worker.link);
	ck_assert_int_eq(door(), DOOR_BROKEN);
	ck_assert_uint_eq(pool.streak, 3);
}
END_TEST

START_TEST(an_order_comes_before_everything)
{
	pool.streak = 3;
	pool.drained = true;
	ck_assert_int_eq(door(), DOOR_DRAINED);
	pool.drained = false;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	pool.drained = true;
	come(WORKER_READY);
	ck_assert_int_eq(door(), DOOR_DRAINED);
}
END_TEST

START_TEST(the_trial_ends_by_itself)
{
	pool.streak = 3;
	pool.limits.on_demand = true;
	pool.limits.idle_ms = 100;
	loop.now = mono_now();
	pool.last_early = loop.now;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	come(WORKER_READY);
	ck_assert_int_eq(door(), DOOR_BROKEN);
	for (int i = 0; i < 100 && pool.door == DOOR_BROKEN; i++)
		loop_turn(&loop, 100);
	ck_assert_int_eq(pool.door, DOOR_OPEN);
	ck_assert_uint_gt(stood, 0);
}
END_TEST

START_TEST(the_gateway_hears_what_has_changed)
{
	struct msg_pool_standing m;

	come(WORKER_STARTING);
	strcpy(pool.last_death, "a sad story");
	pool.began_ms = 1234567890123;
	pool.recycled = 3;
	pool.full = 4;
	ck_assert_int_eq(door(), DOOR_OPEN);
	ck_assert(got(&m));
	ck_assert_uint_eq(m.pool, 7);
	ck_assert_uint_eq(m.door, DOOR_OPEN);
	ck_assert_uint_eq(m.starting, 1);
	ck_assert_uint_eq(m.children, 1);
	ck_assert_uint_eq(m.started, 1);
	ck_assert_uint_eq(m.recycled, 3);
	ck_assert_uint_eq(m.full, 4);
	ck_assert_uint_eq(m.began_ms, 1234567890123);
	ck_assert(span_is(m.last_death, "a sad story"));
	for (int i = 0; i < 100; i++) {
		pass(1000);
		door();
	}
	ck_assert(!got(&m));
}
END_TEST

START_TEST(it_hears_it_a_few_times_a_second)
{
	struct msg_pool_standing m = {.started = 0};
	int letters = 0;

	for (int ms = 0; ms < 1000; ms++) {
		pool.started++;
		pass(1);
		door();
	}
	while (got(&m))
		letters++;
	ck_assert_int_ge(letters, 9);
	ck_assert_int_le(letters, 11);
	/* And the last of it, when the time has come. */
	loop.now = mono_now();
	pool.told.at = loop.now;
	pool.started = 77777;
	door();
	ck_assert(!got(&m));
	for (int i = 0; i < 100 && m.started != 77777; i++) {
		loop_turn(&loop, 100);
		got(&m);
	}
	ck_assert_uint_eq(m.started, 77777);
}
END_TEST

START_TEST(a_door_that_moves_is_told_at_once)
{
	struct msg_pool_standing m;

	pool.started = 1;
	door();
	ck_assert(got(&m));
	pool.streak = 5;
	pool.last_early = loop.now;
	ck_assert_int_eq(door(), DOOR_BROKEN);
	ck_assert(got(&m));
	ck_assert_uint_eq(m.door, DOOR_BROKEN);
	ck_assert_uint_eq(m.retry_after_ms, 1600);
	ck_assert_int_eq(standing_retry_ms(&pool), 1600);
	pass(600);
	ck_assert_int_eq(standing_retry_ms(&pool), 1000);
	pass(60000);
	ck_assert_int_eq(standing_retry_ms(&pool), 0);
}
END_TEST

START_TEST(a_new_gateway_hears_everything)
{
	struct msg_pool_standing m;

	pool.drained = true;
	ck_assert(standing_tell(&pool, &chan));
	ck_assert(got(&m));
	ck_assert_uint_eq(m.door, DOOR_DRAINED);
	ck_assert_uint_gt(m.retry_after_ms, 0);
	ck_assert(standing_tell(&pool, &chan));
	ck_assert(got(&m));
	pool.conf = NULL; /* of those that are no more, nothing */
	ck_assert(standing_tell(&pool, &chan));
	ck_assert(!got(&m));
}
END_TEST

START_TEST(without_a_gateway_the_door_moves_too)
{
	struct msg_pool_standing m;

	pool.streak = 3;
	ck_assert(standing_review(&pool, NULL));
	ck_assert_int_eq(pool.door, DOOR_BROKEN);
	ck_assert(!got(&m));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("standing");
	TCase *tc = tcase_create("standing");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, three_early_deaths_shut_it);
	tcase_add_test(tc, one_who_serves_keeps_it_open);
	tcase_add_test(tc, it_takes_more_than_a_start_to_open);
	tcase_add_test(tc, an_answer_opens_it);
	tcase_add_test(tc, so_does_the_end_of_the_streak);
	tcase_add_test(tc, who_is_let_go_soon_has_a_shorter_trial);
	tcase_add_test(tc, it_does_not_shut_behind_one_who_was_idle);
	tcase_add_test(tc, but_behind_one_who_was_there_when_another_died);
	tcase_add_test(tc, an_order_comes_before_everything);
	tcase_add_test(tc, the_trial_ends_by_itself);
	tcase_add_test(tc, the_gateway_hears_what_has_changed);
	tcase_add_test(tc, it_hears_it_a_few_times_a_second);
	tcase_add_test(tc, a_door_that_moves_is_told_at_once);
	tcase_add_test(tc, a_new_gateway_hears_everything);
	tcase_add_test(tc, without_a_gateway_the_door_moves_too);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
