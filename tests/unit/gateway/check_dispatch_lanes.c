/* SPDX-License-Identifier: MIT
 *
 * check_dispatch_lanes: one pool between two lanes, each with a thread of its own.
 */
#include <semaphore.h>

#include "gateway/door.h"
#include "tests/unit/gateway/staff.h"

/* ---- two lanes, each with its thread ---- */

struct errand {
	struct mail mail;
	void (*fn)(void *arg);
	void *arg;
	sem_t done;
};

static void run_errand(struct lane *l, struct mail *m)
{
	struct errand *e = container_of(m, struct errand, mail);

	(void)l;
	e->fn(e->arg);
	sem_post(&e->done);
}

/* Has this done in lane 1, and waits for it. All mail posted there before has come then. */
static void in_b(void (*fn)(void *arg), void *arg)
{
	struct errand e = {.fn = fn, .arg = arg};

	sem_init(&e.done, 0, 0);
	lane_post(&lanes[1], &e.mail, run_errand);
	while (sem_wait(&e.done) < 0)
		;
	sem_destroy(&e.done);
}

static void take_plan(void *plan)
{
	lane_here->plan = plan_ref(plan);
}

static void stop(void *arg)
{
	(void)arg;
	plan_unref(lane_here->plan);
	lane_here->loop.stop = true;
}

static void up_two(void)
{
	stage_up();
	lanes_start(2);
	make_pool((struct msg_plan_pool){.max_children = 4, .max_queue = 3});
	in_b(take_plan, lane_here->plan);
	tell_moves = true;
}

static void down_two(void)
{
	in_b(stop, NULL);
	ck_assert_int_eq(pthread_join(lanes[1].thread, NULL), 0);
	stage_down();
}

static void nothing(void *arg)
{
	(void)arg;
}

static void enter_in_b(void *name)
{
	enter(*(char *)name);
}

static void enter_b(char name)
{
	in_b(enter_in_b, &name);
}

static void finish_in_b(void *w)
{
	finish(w);
}

/* A worker's last way leads through both lanes more than once: until nothing is under way. */
static void settle(void)
{
	for (int i = 0; i < 4; i++) {
		in_b(nothing, NULL);
		stage_turn();
	}
}

static void dismiss_from_b(struct worker *w)
{
	roster_gone(w->crew);
	settle();
}

START_TEST(an_idle_worker_of_another_lane_is_fetched)
{
	struct worker *w = join(1);

	enter_b('a');
	happened("1A>B 1<a");
	in_b(finish_in_b, w);
	ck_assert_ptr_eq(w->home, &lanes[1]);
	ck_assert(!dispatch_lock_if_idle(w)); /* it is not ours */
	happened("a.");
	dismiss_from_b(w);
	happened("1) 1x");
}
END_TEST

START_TEST(our_own_are_taken_before_others)
{
	struct worker *w1 = join(1), *w2 = join(2);

	enter_b('a');
	in_b(finish_in_b, w2); /* the last to rest, but in the other lane */
	happened("2A>B 2<a a.");
	enter_b('d');
	in_b(finish_in_b, w2);
	happened("2<d d.");
	enter('b');
	happened("1<b");
	enter_b('c');
	happened("2<c");
	in_b(finish_in_b, w2);
	finish(w1);
	dismiss(w1);
	dismiss_from_b(w2);
}
END_TEST

START_TEST(the_coldest_of_all_lanes_is_trimmed)
{
	struct worker *w1 = join(1), *w2 = join(2);

	enter_b('a');
	in_b(finish_in_b, w2);
	happened("2A>B 2<a a.");
	if (_i) {
		enter('b');
		finish(w1);
		happened("1<b b.");
	}
	w1->crew->idle_since.us -= _i ? 60000000 : 120000000;
	w2->crew->idle_since.us -= _i ? 120000000 : 60000000;
	roster_trim(d, 1000, 1);
	settle();
	happened(_i ? "2) 2x" : "1) 1x");
	if (_i)
		dismiss(w1);
	else
		dismiss_from_b(w2);
}
END_TEST

START_TEST(a_freed_worker_goes_to_the_first_in_line_in_any_lane)
{
	struct worker *w = join(1);

	enter('a');
	enter_b('b');
	enter('c');
	happened("1<a");
	finish(w);
	in_b(nothing, NULL);
	happened("a. 1A> 1>B 1<b");
	in_b(finish_in_b, w);
	stage_turn();
	happened("b. 1B> 1>A 1<c");
	finish(w);
	dismiss(w);
}
END_TEST

static sem_t here, go;
static struct request *orphan;
static bool spoils; /* ... or rather, breaks off within its body */

/* Its client leaves while the grant is on its way: it lies in our mail, behind this. */
static void wait_then_forget(void *arg)
{
	(void)arg;
	orphan = enter('b');
	sem_post(&here);
	while (sem_wait(&go) < 0)
		;
	ck_assert(!dispatch_take_back(orphan));
	ck_assert(!dispatch_forget(orphan));
	if (spoils)
		orphan->spoiled = 400;
	else
		orphan->conn = NULL;
}

START_TEST(a_grant_that_finds_an_orphan_goes_on)
{
	struct errand e = {.fn = wait_then_forget};
	struct worker *w = join(1);
	struct request *c;

	spoils = _i;
	sem_init(&e.done, 0, 0);
	sem_init(&here, 0, 0);
	sem_init(&go, 0, 0);
	enter('a');
	lane_post(&lanes[1], &e.mail, run_errand);
	while (sem_wait(&here) < 0)
		;
	c = enter('c');
	finish(w);
	counts(0, 1, 1);
	sem_post(&go);
	in_b(nothing, NULL);
	in_b(nothing, NULL); /* the grant may lie behind the first */
	stage_turn();
	happened(_i ? "1<a a. 1A> 1>B b400 1B> 1>A 1<c" : "1<a a. 1A> 1>B 1B> 1>A 1<c");
	ck_assert_ptr_eq(w->request, c);
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(a_worker_that_dies_on_its_way_fails_its_new_request)
{
	struct errand e = {.fn = wait_then_forget};
	struct worker *w = join(1);

	sem_init(&e.done, 0, 0);
	sem_init(&here, 0, 0);
	sem_init(&go, 0, 0);
	enter('a');
	lane_post(&lanes[1], &e.mail, run_errand);
	while (sem_wait(&here) < 0)
		;
	finish(w);
	roster_gone(w->crew); /* behind the grant */
	sem_post(&go);
	in_b(nothing, NULL);
	settle();
	/* The orphan is freed; the worker, idle at last, is known to be dead. */
	happened("1<a a. 1A> 1>B 1) 1x");
	counts(0, 0, 0);
}
END_TEST

static void lane_opens(void *open)
{
	dispatch_lane_opens(d, open != NULL);
}

START_TEST(permits_open_when_every_lane_can_use_them)
{
	struct worker *w;

	dispatch_begin_closed(d);
	w = permit(1);
	enter_b('a');
	dispatch_lane_opens(d, true);
	happened("");
	in_b(lane_opens, d);
	happened("1A>B 1<a");
	enter('b');
	in_b(finish_in_b, w);
	stage_turn();
	happened("a. 1B> 1>A 1<b");
	in_b(lane_opens, NULL);
	finish(w);
	roster_dissolve(d);
	settle();
	happened("b. 1) 1x");
}
END_TEST

/* ---- two lanes in a hurry ---- */

#define RUSH 3000

struct busy_worker {
	struct worker w;
	struct mail later;
};

static _Atomic unsigned answered, started;

static void count_end(struct request *r)
{
	answered++;
	stage_done(r);
}

static void count_refuse(struct request *r, int status)
{
	(void)status;
	ck_abort_msg("nothing may be refused");
	stage_done(r);
}

static const struct front counting = {.end = count_end, .refuse = count_refuse};

static void finish_later(struct lane *l, struct mail *m)
{
	struct worker *w = &container_of(m, struct busy_worker, later)->w;

	ck_assert_ptr_eq(w->home, l);
	finish(w);
}

/* Now and then the client or the worker has had enough. */
static void start_rush(struct worker *w)
{
	unsigned n = started++;

	ck_assert_ptr_eq(w->home, lane_here);
	ck_assert_ptr_eq(w->request->lane, lane_here);
	if (n % 7 == 3 && w->request->tries == 1) {
		dispatch_retry(w);
		dispatch_idle(w);
		return;
	}
	lane_post(lane_here, &container_of(w, struct busy_worker, w)->later, finish_later);
}

static void no_move(struct worker *w, struct lane *from, struct lane *to)
{
	(void)w, (void)from, (void)to;
}

static void bury_rush(struct worker *w)
{
	free(container_of(w, struct busy_worker, w));
}

static const struct backend rushing = {.start = start_rush,
	.move = no_move,
	.close = on_close,
	.forget = on_forget,
	.bury = bury_rush};

static void rush(void *arg)
{
	(void)arg;
	for (int i = 0; i < RUSH; i++) {
		struct request *r = stage_request(
			&counting, &guest, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		r->pool = pool;
		dispatch_enter(r);
	}
}

START_TEST(every_request_is_answered_once)
{
	struct errand e = {.fn = rush};
	struct busy_worker *w[3];

	pool->max_queue = 2 * RUSH;
	sem_init(&e.done, 0, 0);
	for (uint32_t i = 0; i < 3; i++) {
		w[i] = calloc(1, sizeof *w[i]);
		worker_init(&w[i]->w, &rushing, crew_new(d, i, 100 + i, 0));
		dispatch_join(&w[i]->w);
	}
	lane_post(&lanes[1], &e.mail, run_errand);
	rush(NULL);
	while (answered < 2 * RUSH) {
		loop_turn(&lane_here->loop, 0);
		sched_yield();
	}
	while (sem_wait(&e.done) < 0)
		;
	in_b(nothing, NULL);
	counts(3, 0, 0);
	for (uint32_t i = 0; i < 3; i++)
		roster_gone(w[i]->w.crew);
	settle();
	ck_assert_uint_eq(facts().requests, 2 * RUSH);
}
END_TEST

/* ---- processes with several seats, which come and go meanwhile ---- */

#define SEATS  4
#define CREWS  3
#define DEATHS 60

static _Atomic unsigned refusals, ends;

static void note_end(struct request *r)
{
	ends++;
	stage_done(r);
}

static void note_refusal(struct request *r, int status)
{
	(void)status;
	refusals++;
	stage_done(r);
}

static const struct front noting = {.end = note_end, .refuse = note_refusal};

static void finish_if_alive(struct lane *l, struct mail *m)
{
	struct worker *w = &container_of(m, struct busy_worker, later)->w;

	(void)l;
	if (w->request)
		finish(w);
	else
		dispatch_idle(w);
}

static void start_brief(struct worker *w)
{
	ck_assert_ptr_eq(w->home, lane_here);
	lane_post(lane_here, &container_of(w, struct busy_worker, w)->later, finish_if_alive);
}

/* Its request fails at once; the seat is free when its own mail has come. */
static void die_brief(struct worker *w)
{
	struct request *r = w->request;

	w->request = NULL;
	if (r) {
		r->worker = NULL;
		request_fail(r, 502);
	}
}

/* The trace has no room for so many. */
static void close_brief(struct worker *w)
{
	ck_assert_ptr_eq(w->home, lane_here);
}

static const struct backend brief = {.start = start_brief,
	.died = die_brief,
	.move = no_move,
	.close = close_brief,
	.forget = on_forget,
	.bury = bury_rush};

static struct crew *hire(uint32_t id)
{
	struct crew *c = crew_new(d, id, id, id % 4 == 3 ? 50 : 0);

	for (int i = 0; i < SEATS; i++) {
		struct busy_worker *w = calloc(1, sizeof *w);
		worker_init(&w->w, &brief, c);
		dispatch_join(&w->w);
	}
	return c;
}

static unsigned buried;

static void on_buried(struct crew *c)
{
	(void)c;
	buried++;
}

static void note_rush(void *arg)
{
	(void)arg;
	for (int i = 0; i < RUSH; i++) {
		struct request *r = stage_request(
			&noting, &guest, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		r->pool = pool;
		dispatch_enter(r);
	}
}

static void shut(bool is_shut)
{
	door_take_standing(d, &(struct msg_pool_standing){.door = is_shut ? DOOR_BROKEN : DOOR_OPEN,
				      .retry_after_ms = is_shut ? 1000 : 0});
}

/* The oldest dies, leaves or is trimmed, another comes; and now and then nobody is there for a
 * moment. */
static void change(uint32_t n)
{
	struct crew *c = crew_find(n);

	if (c && n % 3 == 0)
		roster_gone(c);
	else if (c && n % 3 == 1)
		roster_leave(c);
	else
		roster_trim(d, 0, SEATS);
	door_look(d);
	hire(n + CREWS);
	shut(n % 5 == 4);
}

START_TEST(every_request_is_answered_once_whoever_dies)
{
	struct errand e = {.fn = note_rush};
	uint32_t n = 1;

	pool->max_queue = 2 * RUSH;
	roster_on_buried(on_buried);
	sem_init(&e.done, 0, 0);
	for (uint32_t i = 1; i <= CREWS; i++)
		hire(i);
	lane_post(&lanes[1], &e.mail, run_errand);
	note_rush(NULL);
	while (ends + refusals < 2 * RUSH) {
		loop_turn(&lane_here->loop, 0);
		if (n <= DEATHS)
			change(n++);
		else
			shut(false);
		sched_yield();
	}
	while (sem_wait(&e.done) < 0)
		;
	for (; n <= DEATHS; n++)
		change(n);
	for (uint32_t i = 1; i <= DEATHS + CREWS; i++)
		if (crew_find(i))
			roster_gone(crew_find(i));
	settle();
	settle();
	counts(0, 0, 0);
	ck_assert_uint_eq(ends + refusals, 2 * RUSH);
	ck_assert_uint_gt(ends, 0);
	ck_assert_uint_eq(buried, DEATHS + CREWS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dispatch_lanes");
	TCase *tc = tcase_create("dispatch_lanes");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up_two, down_two);
	tcase_add_test(tc, an_idle_worker_of_another_lane_is_fetched);
	tcase_add_test(tc, our_own_are_taken_before_others);
	tcase_add_loop_test(tc, the_coldest_of_all_lanes_is_trimmed, 0, 2);
	tcase_add_test(tc, a_freed_worker_goes_to_the_first_in_line_in_any_lane);
	tcase_add_loop_test(tc, a_grant_that_finds_an_orphan_goes_on, 0, 2);
	tcase_add_test(tc, a_worker_that_dies_on_its_way_fails_its_new_request);
	tcase_add_test(tc, permits_open_when_every_lane_can_use_them);
	tcase_add_test(tc, every_request_is_answered_once);
	tcase_add_test(tc, every_request_is_answered_once_whoever_dies);
	return stage_run(suite);
}
