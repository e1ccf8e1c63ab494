/* SPDX-License-Identifier: MIT
 *
 * check_door: who comes in while a pool is broken or drained, who still waits, and when the others
 * are told to come again.
 */
#include "gateway/door.h"

#include "tests/unit/gateway/staff.h"

static void stands(enum msg_door door, uint32_t retry_after_ms, uint32_t starting)
{
	door_take_standing(d, &(struct msg_pool_standing){.door = door,
				      .retry_after_ms = retry_after_ms,
				      .starting = starting,
				      .last_death = SPAN_LIT("exited with code 1\n")});
}

/* The time that the manager has named is over. */
static void time_passes(void)
{
	d->try_at = (struct mono){1};
}

START_TEST(a_broken_pool_answers_at_once)
{
	stands(DOOR_BROKEN, 5000, 0);
	enter('a');
	enter('b');
	happened("a503 b503");
	counts(0, 0, 0);
	ck_assert_uint_eq(facts().refused, 2);
	ck_assert_uint_eq(facts().requests, 2);
	ck_assert(strstr(stage_logged(), "answered 503: its workers die at once"));
	ck_assert_str_eq(d->standing.last_death, "exited with code 1\\x0a");
}
END_TEST

START_TEST(those_who_wait_are_sent_away_when_it_shuts)
{
	enter('a');
	enter('b');
	stands(DOOR_BROKEN, 5000, 0);
	happened(""); /* by mail, in their own lanes */
	stands(DOOR_BROKEN, 5000, 0);
	stage_turn();
	happened("a503 b503");
	counts(0, 0, 0);
	ck_assert_uint_eq(facts().refused, 2);
}
END_TEST

START_TEST(but_not_if_it_opens_again_on_the_way)
{
	struct request *a = enter('a');

	stands(DOOR_BROKEN, 5000, 0);
	stands(DOOR_OPEN, 0, 1);
	stage_turn();
	happened("");
	counts(0, 0, 1);
	leave_line(a);
}
END_TEST

START_TEST(one_is_let_in_to_try)
{
	struct worker *w;

	stands(DOOR_BROKEN, 5000, 0);
	time_passes();
	enter('a');
	enter('b');
	happened("b503");
	counts(0, 0, 1);
	stands(DOOR_BROKEN, 0, 1); /* a worker starts, for it or on its own account */
	stage_turn();
	happened("");
	w = join(1);
	happened("1<a");
	enter('c'); /* somebody is there: it waits as in any pool */
	counts(0, 1, 1);
	finish(w);
	stands(DOOR_OPEN, 0, 0);
	finish(w);
	happened("a. 1<c c.");
	dismiss(w);
}
END_TEST

START_TEST(whoever_waited_for_a_trial_that_failed_is_sent_away)
{
	stands(DOOR_BROKEN, 5000, 0);
	time_passes();
	enter('a');
	stands(DOOR_BROKEN, 0, 1);
	stands(DOOR_BROKEN, 9000, 0); /* it did not even start */
	stage_turn();
	happened("a503");
}
END_TEST

/* The word that it is gone, and what the manager makes of it, in either order. */
START_TEST(when_the_worker_on_trial_dies)
{
	struct worker *w;

	stands(DOOR_BROKEN, 0, 1);
	w = join(1);
	enter('a');
	enter('b');
	enter('c');
	happened("1<a");
	if (_i)
		stands(DOOR_BROKEN, 9000, 0);
	stage_turn();
	happened("");
	roster_gone(w->crew);
	door_look(d);
	if (!_i)
		stands(DOOR_BROKEN, 9000, 0);
	stage_turn();
	happened("1+ a502 b503 c503 1) 1x");
	counts(0, 0, 0);
}
END_TEST

START_TEST(a_retry_finds_the_door_shut)
{
	struct worker *w = join(1);

	enter('a');
	stands(DOOR_BROKEN, 5000, 0);
	roster_break(w->crew);
	dispatch_retry(w);
	happened("1<a a503");
	dismiss(w);
}
END_TEST

START_TEST(a_pool_that_is_drained_finishes_what_it_has)
{
	struct worker *w = join(1);
	struct request *moved = request('d');

	enter('a');
	enter('b');
	stands(DOOR_DRAINED, 30000, 0);
	stage_turn();
	enter('c');
	ck_assert(request_move(moved, SPAN_LIT("/there"))); /* in flight already */
	dispatch_enter(moved);
	happened("1<a c503");
	finish(w);
	finish(w);
	finish(w);
	happened("a. 1<b b. 1<d d.");
	enter('e'); /* though somebody is idle */
	happened("e503");
	ck_assert(strstr(stage_logged(), "answered 503: it is being drained"));
	stands(DOOR_OPEN, 0, 0);
	enter('f');
	happened("1<f");
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(permits_are_nobody_while_no_runner_is_there)
{
	struct worker *w;

	dispatch_begin_closed(d);
	w = permit(1);
	enter('a');
	stands(DOOR_BROKEN, 5000, 0);
	stage_turn();
	enter('b');
	happened("a503 b503");
	dispatch_lane_opens(d, true);
	enter('c');
	enter('d');
	happened("1<c");
	dispatch_lane_opens(d, false);
	stage_turn();
	happened("d503");
	finish(w);
	roster_dissolve(d);
	stage_turn();
}
END_TEST

/* ---- when to come again ---- */

static uint32_t said;

static void tell_when(struct request *r, int status)
{
	ck_assert_int_eq(status, 503);
	said = r->answer.retry_after_s;
	stage_done(r);
}

static const struct front telling = {.refuse = tell_when};

static uint32_t told_when(void)
{
	struct request *r = request('x');

	said = UINT32_MAX;
	r->front = &telling;
	dispatch_enter(r);
	return said;
}

static const struct {
	enum msg_door door;
	uint32_t retry_after_ms, seconds;
} times[] = {
	{DOOR_BROKEN, 1, 1},
	{DOOR_BROKEN, 1000, 1},
	{DOOR_BROKEN, 3500, 4},
	{DOOR_BROKEN, 60000, 60},
	{DOOR_DRAINED, 0, 1},
	{DOOR_DRAINED, 10000, 10},
};

START_TEST(a_shut_door_says_when)
{
	stands(times[_i].door, times[_i].retry_after_ms, 0);
	ck_assert_uint_eq(told_when(), times[_i].seconds);
}
END_TEST

START_TEST(a_full_line_says_for_how_long_it_has_moved)
{
	struct request *first = enter('a'), *b = enter('b'), *c = enter('c');

	dispatch_scale(d, 0); /* nobody will come */
	ck_assert_uint_eq(told_when(), 1);
	first->entered.us -= 7500000;
	ck_assert_uint_eq(told_when(), 8);
	ck_assert(strstr(stage_logged(), "answered 503: as many as pm.max_queue allows wait"));
	leave_line(first);
	leave_line(b);
	leave_line(c);
}
END_TEST

START_TEST(so_does_the_end_of_waiting)
{
	struct request *a;

	pool->queue_timeout_ms = 3600 * 1000;
	a = enter('a');
	a->front = &telling;
	a->entered.us -= 2500000;
	timer_set(&lane_here->loop, &a->deadline, (struct mono){1});
	stage_turn();
	ck_assert_uint_eq(said, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("door");
	TCase *tc = tcase_create("door");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, staff_up, stage_down);
	tcase_add_test(tc, a_broken_pool_answers_at_once);
	tcase_add_test(tc, those_who_wait_are_sent_away_when_it_shuts);
	tcase_add_test(tc, but_not_if_it_opens_again_on_the_way);
	tcase_add_test(tc, one_is_let_in_to_try);
	tcase_add_test(tc, whoever_waited_for_a_trial_that_failed_is_sent_away);
	tcase_add_loop_test(tc, when_the_worker_on_trial_dies, 0, 2);
	tcase_add_test(tc, a_retry_finds_the_door_shut);
	tcase_add_test(tc, a_pool_that_is_drained_finishes_what_it_has);
	tcase_add_test(tc, permits_are_nobody_while_no_runner_is_there);
	tcase_add_loop_test(tc, a_shut_door_says_when, 0, nitems(times));
	tcase_add_test(tc, a_full_line_says_for_how_long_it_has_moved);
	tcase_add_test(tc, so_does_the_end_of_waiting);
	return stage_run(suite);
}
