/* SPDX-License-Identifier: MIT
 *
 * check_pool_facts: a made-up pool in numbers: what its limits are by configuration and by order,
 * who counts, and what sizing is told.
 */
#include "manager/pool_facts.h"

#include <check.h>

static struct loop loop;
static struct pools pools;
static struct conf_pool conf;
static struct pool pool;
static struct worker workers[WORKER_STATES];
static bool full;

static bool house_full(struct pools *ps)
{
	(void)ps;
	return full;
}

static const struct pool_duties duties = {.house_full = house_full};

static void setup(void)
{
	loop.now = (struct mono){1000 * 1000000LL};
	pools = (struct pools){.loop = &loop, .duties = &duties, .threads = 2};
	conf = (struct conf_pool){.max_children = 8,
		.pm = PM_DYNAMIC,
		.type = POOL_FASTCGI,
		.concurrency = 1,
		.min_spare_servers = 1,
		.max_spawn_rate = 10};
	pool = (struct pool){.set = &pools,
		.conf = &conf,
		.kind = POOL_FASTCGI,
		.renewing = MONO_NEVER,
		.poured = loop.now};
	list_init(&pool.workers);
	full = false;
}

/* One in each state. */
static void fill(void)
{
	for (unsigned i = 0; i < WORKER_DEAD; i++) {
		workers[i] = (struct worker){.loop = &loop,
			.id = i + 1,
			.state = (enum worker_state)i,
			.born = loop.now};
		list_push_back(&pool.workers, &workers[i].link);
	}
}

START_TEST(an_order_takes_the_place_of_max_children)
{
	ck_assert_uint_eq(pool_most(&pool), 8);
	pool.scaled = 3;
	ck_assert_uint_eq(pool_most(&pool), 3);
	ck_assert_uint_eq(pool_limits(&pool).most, 3);
}
END_TEST

START_TEST(spares_that_are_auto_follow_from_the_rest)
{
	struct sizing_limits l = pool_limits(&pool);

	ck_assert_uint_eq(l.max_spare, 4);
	ck_assert_uint_eq(l.start, 2);
	conf.start_servers = 6;
	ck_assert_uint_eq(pool_limits(&pool).max_spare, 6);
	conf.max_spare_servers = 7;
	ck_assert_uint_eq(pool_limits(&pool).max_spare, 7);
}
END_TEST

START_TEST(runners_keep_every_thread_busy)
{
	struct sizing_limits l;

	conf.type = POOL_CGI;
	conf.max_children = 1;
	l = pool_limits(&pool);
	ck_assert(l.whole);
	ck_assert_uint_eq(l.rate, 0);
	ck_assert_uint_eq(l.most, 2);
}
END_TEST

START_TEST(a_drained_pool_is_on_demand)
{
	pool.limits = pool_limits(&pool);
	ck_assert(!pool_limits_now(&pool).on_demand);
	pool.drained = true;
	ck_assert(pool_limits_now(&pool).on_demand);
	ck_assert_int_eq(pool_limits_now(&pool).idle_ms, 0);
}
END_TEST

START_TEST(staff_is_who_stays)
{
	fill();
	ck_assert_uint_eq(pool_count_staff(&pool), 2);
	workers[WORKER_READY].outdated = "a limit";
	workers[WORKER_LEAVING].outdated = "a limit";
	ck_assert_uint_eq(pool_count_staff(&pool), 1);
	pool.limits.most = 1;
	ck_assert(!pool_has_surplus(&pool));
	pool.limits.most = 0;
	ck_assert(pool_has_surplus(&pool));
	pool.conf = NULL; /* those of a retired pool go in any case */
	ck_assert(!pool_has_surplus(&pool));
}
END_TEST

START_TEST(sizing_is_told_who_there_is)
{
	struct sizing_facts f;

	fill();
	pool.facts = (struct msg_fact_pool){.idle = 1, .busy = 2, .waiting = 3};
	f = pool_facts(&pool);
	ck_assert_uint_eq(f.starting, 1);
	ck_assert_uint_eq(f.ready, 1);
	ck_assert_uint_eq(f.going, 3);
	ck_assert_uint_eq(f.idle, 1);
	ck_assert_uint_eq(f.busy, 2);
	ck_assert_uint_eq(f.waiting, 3);
	ck_assert(f.first);
	ck_assert(!f.house_full);
	full = true;
	ck_assert(pool_facts(&pool).house_full);
}
END_TEST

START_TEST(a_shut_door_is_tried_though_nobody_waits)
{
	ck_assert_uint_eq(pool_facts(&pool).waiting, 0);
	pool.door = DOOR_BROKEN;
	ck_assert_uint_eq(pool_facts(&pool).waiting, 1);
}
END_TEST

START_TEST(tokens_come_with_the_time)
{
	pool.limits = pool_limits(&pool);
	ck_assert_uint_eq(pool_facts(&pool).tokens, 0);
	loop.now = mono_add_ms(loop.now, 300);
	ck_assert_uint_eq(pool_facts(&pool).tokens, 3);
	ck_assert_uint_eq(pool_facts(&pool).tokens, 3);
}
END_TEST

START_TEST(an_heir_is_believed_when_it_has_lived_or_worked)
{
	struct worker *heir = &workers[WORKER_READY];
	struct sizing_facts f;

	fill();
	pool.renewing = loop.now;
	pool.heir = heir->id;
	loop.now = mono_add_ms(loop.now, SIZING_EARLY_MS - 1);
	f = pool_facts(&pool);
	ck_assert(f.heir_starts && !f.heir_ready);
	ck_assert_int_eq(f.heir_ms, 1);
	heir->worked = true;
	f = pool_facts(&pool);
	ck_assert(!f.heir_starts && f.heir_ready);
	ck_assert(pool.proven);
	heir->worked = false; /* those after it need not show anything */
	ck_assert(pool_facts(&pool).heir_ready);
}
END_TEST

START_TEST(what_a_gateway_has_counted_stays)
{
	pool.past = (struct msg_fact_pool){.requests = 10, .max_waiting = 5, .max_busy = 1};
	pool.facts = (struct msg_fact_pool){
		.requests = 7, .refused = 1, .max_waiting = 3, .max_busy = 2, .idle = 4};
	pool_forget_facts(&pool);
	ck_assert_uint_eq(pool.past.requests, 17);
	ck_assert_uint_eq(pool.past.refused, 1);
	ck_assert_uint_eq(pool.past.max_waiting, 5);
	ck_assert_uint_eq(pool.past.max_busy, 2);
	ck_assert_uint_eq(pool.facts.idle, 0);
	ck_assert_uint_eq(pool.facts.requests, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pool_facts");
	TCase *t = tcase_create("pool_facts");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, an_order_takes_the_place_of_max_children);
	tcase_add_test(t, spares_that_are_auto_follow_from_the_rest);
	tcase_add_test(t, runners_keep_every_thread_busy);
	tcase_add_test(t, a_drained_pool_is_on_demand);
	tcase_add_test(t, staff_is_who_stays);
	tcase_add_test(t, sizing_is_told_who_there_is);
	tcase_add_test(t, a_shut_door_is_tried_though_nobody_waits);
	tcase_add_test(t, tokens_come_with_the_time);
	tcase_add_test(t, an_heir_is_believed_when_it_has_lived_or_worked);
	tcase_add_test(t, what_a_gateway_has_counted_stays);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
