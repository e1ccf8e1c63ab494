/* SPDX-License-Identifier: MIT
 *
 * check_dispatch: who gets which worker, who waits and for how long, and when nobody may.
 */
#include "gateway/dispatch.h"

#include "tests/unit/gateway/staff.h"

/* ---- the line ---- */

START_TEST(an_idle_worker_serves_at_once)
{
	struct worker *w = join(1);

	counts(1, 0, 0);
	enter('a');
	happened("1<a");
	counts(0, 1, 0);
	finish(w);
	happened("a.");
	counts(1, 0, 0);
	dismiss(w);
	happened("1) 1x");
	counts(0, 0, 0);
	ck_assert_uint_eq(facts().requests, 1);
}
END_TEST

START_TEST(first_come_first_served)
{
	struct worker *w;

	enter('a');
	enter('b');
	enter('c');
	happened("");
	counts(0, 0, 3);
	w = join(1);
	happened("1<a");
	finish(w);
	happened("a. 1<b");
	enter('d');
	finish(w);
	finish(w);
	happened("b. 1<c c. 1<d");
	counts(0, 1, 0);
	ck_assert_uint_eq(facts().max_waiting, 3);
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(the_last_to_rest_is_the_first_to_work)
{
	struct worker *w1 = join(1), *w2 = join(2), *w3 = join(3);

	enter('a');
	happened("3<a");
	enter('b');
	happened("2<b");
	finish(w3);
	finish(w2);
	happened("a. b.");
	enter('c');
	enter('d');
	enter('e');
	happened("2<c 3<d 1<e");
	finish(w1);
	finish(w2);
	finish(w3);
	dismiss(w1);
	dismiss(w2);
	dismiss(w3);
}
END_TEST

START_TEST(a_full_line_refuses)
{
	struct worker *w = join(1);

	dispatch_scale(d, 1);
	enter('a');
	enter('b');
	enter('c');
	enter('d');
	enter('e');
	happened("1<a e503");
	ck_assert_uint_eq(facts().refused, 1);
	ck_assert_uint_eq(facts().requests, 5);
	finish(w);
	enter('f'); /* there is room again */
	happened("a. 1<b");
	counts(0, 1, 3);
	finish(w);
	finish(w);
	finish(w);
	finish(w);
	dismiss(w);
}
END_TEST

/* Three may come, of two seats each: their six take no room from the three who may wait. */
START_TEST(who_waits_for_a_worker_to_come_takes_no_room)
{
	struct worker *w;

	dispatch_scale(d, 3);
	pool->concurrency = 2;
	for (char name = 'a'; name <= 'j'; name++)
		enter(name);
	happened("j503");
	w = join(1); /* with one seat here: it changes nothing */
	enter('k');
	happened("1<a k503");
	counts(0, 1, 8);
	dispatch_scale(d, 1); /* fewer may come: who is in stays, and nobody else comes in */
	enter('l');
	happened("l503");
	for (int i = 0; i < 9; i++)
		finish(w);
	dismiss(w);
}
END_TEST

START_TEST(a_line_without_room)
{
	struct worker *w = join(1);

	dispatch_scale(d, 1);
	pool->max_queue = 0;
	enter('a');
	enter('b');
	happened("1<a b503");
	finish(w);
	dismiss(w);
}
END_TEST

/* It was let in once, and whoever has sent it here may be the one that it waits for. */
START_TEST(a_local_redirect_finds_room)
{
	struct worker *w = join(1);
	struct request *moved = request('b');

	dispatch_scale(d, 1);
	pool->max_queue = 0;
	enter('a');
	ck_assert(request_move(moved, SPAN_LIT("/there")));
	dispatch_enter(moved);
	happened("1<a");
	counts(0, 1, 1);
	finish(w);
	happened("a. 1<b");
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(those_who_left_are_not_served)
{
	struct request *a = enter('a'), *b = enter('b');
	struct worker *w;

	enter('c');
	leave_line(b);
	counts(0, 0, 2);
	leave_line(a);
	w = join(1);
	happened("1<c");
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(a_request_that_never_entered_may_be_forgotten)
{
	struct request *r = request('a');

	ck_assert(dispatch_forget(r));
	stage_done(r);
	counts(0, 0, 0);
}
END_TEST

START_TEST(a_client_that_left_leaves_its_worker_behind)
{
	struct worker *w = join(1);
	struct request *r = enter('a');

	ck_assert(dispatch_forget(r));
	ck_assert_ptr_null(r->worker);
	stage_done(r);
	happened("1<a 1~");
	counts(0, 1, 0); /* busy until the backend says so */
	enter('b');
	happened("");
	dispatch_idle(w);
	happened("1<b");
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(what_waits_can_be_taken_back)
{
	struct request *a = enter('a');
	struct worker *w;

	ck_assert(dispatch_take_back(a));
	counts(0, 0, 0);
	dispatch_enter(a); /* elsewhere, or here again */
	counts(0, 0, 1);
	w = join(1);
	happened("1<a");
	ck_assert(!dispatch_take_back(a));
	finish(w);
	dismiss(w);
}
END_TEST

/* It may be a file's now, and have no pool at all. */
START_TEST(what_was_taken_back_waits_no_more)
{
	struct request *a;

	pool->queue_timeout_ms = 1;
	a = enter('a');
	ck_assert(dispatch_take_back(a));
	a->pool = NULL;
	usleep(3000);
	stage_turn();
	stage_turn();
	happened("");
	stage_done(a);
}
END_TEST

START_TEST(waiting_has_an_end)
{
	struct request *a, *b;

	pool->queue_timeout_ms = 3600 * 1000;
	a = enter('a');
	b = enter('b');
	stage_turn();
	happened("");
	timer_set(&lane_here->loop, &a->deadline, (struct mono){1});
	stage_turn();
	happened("a503");
	counts(0, 0, 1);
	ck_assert_uint_eq(facts().timed_out, 1);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "waited longer than pm.queue_timeout"));
	leave_line(b);
}
END_TEST

START_TEST(a_request_that_is_served_waits_no_more)
{
	struct worker *w;
	struct request *a;

	pool->queue_timeout_ms = 3600 * 1000;
	a = enter('a');
	ck_assert(!mono_is_never(a->deadline.due));
	w = join(1);
	ck_assert(mono_is_never(a->deadline.due));
	finish(w);
	happened("1<a a.");
	dismiss(w);
}
END_TEST

START_TEST(waiting_is_measured)
{
	struct request *r = enter('a');
	struct worker *w;

	r->lined.us -= 7000;
	w = join(1);
	happened("1<a");
	ck_assert_uint_ge(r->queue_us, 7000);
	ck_assert_uint_lt(r->queue_us, 7000 + 1000000);
	finish(w);
	r = enter('b'); /* in the place of the same object */
	ck_assert_uint_eq(r->queue_us, 0);
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(waiting_is_measured_over_all_tries_and_lines)
{
	struct worker *w = join(1);
	struct request *r = enter('a');
	uint64_t before;

	r->lined.us -= 3000; /* that is over, and so is what the worker has taken of its time */
	r->engaged.us -= 3000;
	dispatch_retry(w);
	r->lined.us -= 5000;
	ck_assert(dispatch_take_back(r));
	dispatch_enter(r);
	r->lined.us -= 4000;
	dispatch_idle(w);
	happened("1<a 1<a");
	ck_assert_uint_ge(r->queue_us, 9000);
	ck_assert_uint_lt(r->queue_us, 9000 + 1000000);
	before = r->queue_us;
	dispatch_retry(w);
	ck_assert_uint_eq(r->queue_us, before);
	dispatch_idle(w);
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(the_most_that_were_busy_at_once)
{
	struct worker *w1 = join(1), *w2 = join(2), *w3 = join(3);

	ck_assert_uint_eq(facts().max_busy, 0); /* to come is not to work */
	enter('a');
	enter('b');
	ck_assert_uint_eq(facts().max_busy, 2);
	finish(w3);
	finish(w2);
	enter('c');
	finish(w2);
	ck_assert_uint_eq(facts().max_busy, 2);
	dismiss(w1);
	dismiss(w2);
	dismiss(w3);
}
END_TEST

/* ---- trying again ---- */

START_TEST(what_was_never_started_goes_to_the_head_of_the_line)
{
	struct worker *w = join(1);

	enter('a');
	enter('b');
	dispatch_retry(w);
	happened("1<a");
	counts(0, 1, 2);
	dispatch_idle(w); /* its own next one: the same */
	happened("1<a");
	finish(w);
	finish(w);
	happened("a. 1<b b.");
	ck_assert_uint_eq(facts().requests, 2); /* a retry is no request */
	dismiss(w);
}
END_TEST

START_TEST(what_was_never_started_goes_to_another)
{
	struct worker *w1 = join(1), *w2 = join(2);

	enter('a');
	dispatch_retry(w2);
	happened("2<a 1<a");
	dispatch_idle(w2);
	finish(w1);
	dismiss(w1);
	dismiss(w2);
}
END_TEST

static struct request *homeless;

static void on_homeless(struct request *r)
{
	homeless = r;
}

/* A reload has ended its pool: nobody would ever come to that line again. */
START_TEST(what_was_never_started_does_not_wait_in_a_pool_of_the_past)
{
	struct worker *w = join(1);
	struct request *r = enter('a');

	dispatch_on_homeless(on_homeless);
	stage_plan((struct msg_plan_gateway){0});
	dispatch_retry(w);
	ck_assert_ptr_eq(homeless, r);
	ck_assert_int_eq(r->state, REQ_WAITING);
	counts(0, 1, 0);
	happened("1<a");
	dismiss(w);
	stage_done(r);
	happened("1+ 1) 1x");
}
END_TEST

START_TEST(three_tries_are_all)
{
	struct worker *w = join(1);

	enter('a');
	for (int i = 1; i < REQUEST_TRIES; i++) {
		dispatch_retry(w);
		dispatch_idle(w);
	}
	happened("1<a 1<a 1<a");
	dispatch_retry(w);
	happened("a502");
	ck_assert_ptr_null(w->request);
	dispatch_idle(w);
	counts(1, 0, 0);
	dismiss(w);
}
END_TEST

START_TEST(an_idle_worker_can_be_held)
{
	struct worker *w = join(1);

	ck_assert(dispatch_lock_if_idle(w));
	dispatch_unlock(d);
	enter('a');
	ck_assert(!dispatch_lock_if_idle(w));
	finish(w);
	dismiss(w);
}
END_TEST

/* ---- facts and needs ---- */

static unsigned needs;

static void on_need(struct dispatch *x)
{
	ck_assert_ptr_eq(x, d);
	needs++;
}

START_TEST(need_is_told_once_a_turn)
{
	struct request *a, *b;

	dispatch_on_need(d, on_need);
	a = enter('a');
	b = enter('b');
	ck_assert_uint_eq(needs, 0); /* by mail, never from within */
	stage_turn();
	ck_assert_uint_eq(needs, 1);
	leave_line(a);
	a = enter('c');
	stage_turn();
	ck_assert_uint_eq(needs, 2);
	leave_line(a);
	leave_line(b);
}
END_TEST

START_TEST(who_may_not_grow_has_no_need)
{
	struct worker *w[4];
	struct request *e;

	dispatch_on_need(d, on_need);
	for (uint32_t i = 0; i < 4; i++) {
		w[i] = join(i + 1);
		enter((char)('a' + i));
	}
	e = enter('e');
	stage_turn();
	ck_assert_uint_eq(needs, 0);
	leave_line(e);
	for (uint32_t i = 0; i < 4; i++) {
		finish(w[i]);
		dismiss(w[i]);
	}
}
END_TEST

START_TEST(facts_know_how_long_the_first_has_waited)
{
	struct request *a = enter('a');

	a->entered.us -= 5000000;
	ck_assert_uint_ge(facts().oldest_wait_ms, 5000);
	leave_line(a);
	ck_assert_uint_eq(facts().oldest_wait_ms, 0);
	ck_assert_uint_eq(facts().longest_idle_ms, 0);
	ck_assert_uint_eq(dispatch_pool_id(d), 1);
}
END_TEST

/* ---- permits ---- */

START_TEST(while_closed_everybody_waits)
{
	struct worker *w1, *w2;

	dispatch_on_need(d, on_need);
	ck_assert(!dispatch_is_permits(d));
	dispatch_begin_closed(d);
	ck_assert(dispatch_is_permits(d));
	w1 = permit(1);
	w2 = permit(2);
	enter('a');
	enter('b');
	enter('c');
	happened("");
	counts(2, 0, 3);
	stage_turn();
	ck_assert_uint_eq(needs, 1);
	dispatch_lane_opens(d, true);
	happened("2<a 1<b");
	dispatch_lane_opens(d, false);
	finish(w1);
	happened("b.");
	counts(1, 1, 1);
	dispatch_lane_opens(d, true);
	happened("1<c");
	finish(w1);
	finish(w2);
	roster_dissolve(d);
	stage_turn();
	happened("c. a. 1) 2) 1x 2x");
}
END_TEST

START_TEST(the_quiet_are_closed_and_need_opening_again)
{
	struct worker *w;
	struct request *b;

	dispatch_begin_closed(d);
	w = permit(1);
	dispatch_lane_opens(d, true);
	enter('a');
	ck_assert(!dispatch_close_if_idle(d, 0)); /* busy */
	finish(w);
	ck_assert(!dispatch_close_if_idle(d, UINT32_MAX));
	ck_assert(dispatch_close_if_idle(d, 0));
	b = enter('b');
	happened("1<a a.");
	ck_assert(!dispatch_close_if_idle(d, 0)); /* somebody waits */
	leave_line(b);
	roster_dissolve(d);
	stage_turn();
}
END_TEST

static void add_line(TCase *tc)
{
	tcase_add_test(tc, an_idle_worker_serves_at_once);
	tcase_add_test(tc, first_come_first_served);
	tcase_add_test(tc, the_last_to_rest_is_the_first_to_work);
	tcase_add_test(tc, a_full_line_refuses);
	tcase_add_test(tc, who_waits_for_a_worker_to_come_takes_no_room);
	tcase_add_test(tc, a_line_without_room);
	tcase_add_test(tc, a_local_redirect_finds_room);
	tcase_add_test(tc, those_who_left_are_not_served);
	tcase_add_test(tc, a_request_that_never_entered_may_be_forgotten);
	tcase_add_test(tc, a_client_that_left_leaves_its_worker_behind);
	tcase_add_test(tc, what_waits_can_be_taken_back);
	tcase_add_test(tc, what_was_taken_back_waits_no_more);
	tcase_add_test(tc, waiting_has_an_end);
	tcase_add_test(tc, a_request_that_is_served_waits_no_more);
	tcase_add_test(tc, what_was_never_started_goes_to_the_head_of_the_line);
	tcase_add_test(tc, what_was_never_started_goes_to_another);
	tcase_add_test(tc, what_was_never_started_does_not_wait_in_a_pool_of_the_past);
	tcase_add_test(tc, three_tries_are_all);
}

static void add_rest(TCase *tc)
{
	tcase_add_test(tc, waiting_is_measured);
	tcase_add_test(tc, waiting_is_measured_over_all_tries_and_lines);
	tcase_add_test(tc, the_most_that_were_busy_at_once);
	tcase_add_test(tc, an_idle_worker_can_be_held);
	tcase_add_test(tc, need_is_told_once_a_turn);
	tcase_add_test(tc, who_may_not_grow_has_no_need);
	tcase_add_test(tc, facts_know_how_long_the_first_has_waited);
	tcase_add_test(tc, while_closed_everybody_waits);
	tcase_add_test(tc, the_quiet_are_closed_and_need_opening_again);
}

int main(void)
{
	Suite *suite = suite_create("dispatch");
	TCase *tc = tcase_create("dispatch");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, staff_up, stage_down);
	add_line(tc);
	add_rest(tc);
	return stage_run(suite);
}
