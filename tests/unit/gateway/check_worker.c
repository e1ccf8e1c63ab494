/* SPDX-License-Identifier: MIT
 *
 * check_worker: how long a worker may run, and what happens when it overruns.
 */
#include "gateway/worker.h"

#include "tests/unit/gateway/staff.h"

/* ---- running too long ---- */

static void overrun(struct worker *w, bool whole)
{
	w->head_by = whole ? MONO_NEVER : (struct mono){1};
	w->terminate_at = whole ? (struct mono){1} : MONO_NEVER;
	timer_set(&lane_here->loop, &w->deadline, (struct mono){1});
	stage_turn();
}

static const char *const limits[] = {"response_header_timeout", "request_terminate_timeout"};

START_TEST(running_has_an_end)
{
	struct worker *w = join(1);
	char said[64];

	enter('a');
	overrun(w, _i);
	snprintf(said, sizeof said, "1<a a504 1! %s", limits[_i]);
	happened(said);
	ck_assert_ptr_nonnull(strstr(stage_logged(), limits[_i]));
	counts(0, 1, 0); /* until it is dead */
	dismiss(w);
	happened("1+ 1) 1x");
}
END_TEST

/* Its client is gone, but the worker is not: it is still in the way. */
START_TEST(an_abandoned_worker_may_overrun_too)
{
	struct worker *w = join(1);

	leave_line(enter('a'));
	overrun(w, true);
	happened("1<a 1~ 1! request_terminate_timeout");
	dismiss(w);
}
END_TEST

static unsigned slow_ones;

static void on_slow(const struct worker *w, const struct request *r)
{
	ck_assert_ptr_eq(w->request, r);
	slow_ones++;
}

/* Once, and the deadlines behind it hold as before. */
START_TEST(a_slow_request_is_told_once_and_goes_on)
{
	struct worker *w = join(1);

	worker_on_slow(on_slow);
	slow_ones = 0;
	pool->slow_timeout_ms = 1000;
	pool->terminate_timeout_ms = 5000;
	enter('a');
	ck_assert_int_eq(w->deadline.due.us - lane_here->loop.now.us, 1000 * 1000);
	worker_head_came(w);
	ck_assert_int_eq(w->deadline.due.us - lane_here->loop.now.us, 1000 * 1000);
	for (int i = 0; i < 2; i++) {
		w->slow_at = i ? w->slow_at : (struct mono){1};
		timer_set(&lane_here->loop, &w->deadline, (struct mono){1});
		stage_turn();
		ck_assert_uint_eq(slow_ones, 1);
		ck_assert_int_eq(w->deadline.due.us, w->terminate_at.us);
	}
	happened("1<a");
	finish(w);
	dismiss(w);
}
END_TEST

/* Its client has left: there is no request to tell of. */
START_TEST(nobody_is_slow_for_nobody)
{
	struct worker *w = join(1);

	worker_on_slow(on_slow);
	slow_ones = 0;
	pool->slow_timeout_ms = 1000;
	leave_line(enter('a'));
	w->slow_at = (struct mono){1};
	timer_set(&lane_here->loop, &w->deadline, (struct mono){1});
	stage_turn();
	ck_assert_uint_eq(slow_ones, 0);
	ck_assert(mono_is_never(w->deadline.due) || w->deadline.due.us == w->head_by.us);
	dismiss(w);
}
END_TEST

static const struct {
	uint32_t terminate, header;
	bool armed, armed_behind_head;
} deadlines[] = {
	{0, 0, false, false},
	{1000, 0, true, true},
	{0, 1000, true, false},
	{1000, 2000, true, true},
	{2000, 1000, true, true},
};

START_TEST(the_nearer_deadline_counts_and_the_heads_ends_with_the_head)
{
	struct worker *w = join(1);
	uint32_t t = deadlines[_i].terminate, h = deadlines[_i].header;
	int64_t us;

	pool->terminate_timeout_ms = t;
	pool->header_timeout_ms = h;
	enter('a');
	us = w->deadline.due.us - lane_here->loop.now.us;
	ck_assert_int_eq(!mono_is_never(w->deadline.due), deadlines[_i].armed);
	if (t || h)
		ck_assert_int_eq(us, 1000 * 1000);
	worker_head_came(w);
	ck_assert_int_eq(!mono_is_never(w->deadline.due), deadlines[_i].armed_behind_head);
	if (t)
		ck_assert_int_eq(w->deadline.due.us - lane_here->loop.now.us, t * 1000);
	finish(w);
	ck_assert(mono_is_never(w->deadline.due));
	dismiss(w);
}
END_TEST

/* It is late if there is something that it does not take, or the answer is all that is left. */
static const struct {
	uint32_t terminate;
	uint64_t len, at;
	bool whole, unwanted, head_came, late;
} feedings[] = {
	{0, 0, 0, false, false, false, false},
	{0, 10, 10, false, false, false, false},
	{0, 10, 5, false, false, false, true},
	{0, 10, 10, true, false, false, true},
	{0, 10, 10, false, true, false, true},
	{0, 10, 5, false, false, true, false},
	{5000, 10, 10, false, false, false, false},
	{5000, 10, 5, false, false, false, true},
};

START_TEST(who_waits_for_the_body_is_not_late)
{
	struct worker *w = join(1);
	struct request *r;

	pool->header_timeout_ms = 1000;
	pool->terminate_timeout_ms = feedings[_i].terminate;
	r = enter('a');
	r->streams = true;
	r->body_len = feedings[_i].len;
	r->body_at = feedings[_i].at;
	r->read_whole = feedings[_i].whole;
	r->unwanted = feedings[_i].unwanted;
	r->raw_done = feedings[_i].head_came;
	if (r->raw_done)
		worker_head_came(w);
	worker_fed(w);
	if (feedings[_i].late)
		ck_assert_int_eq(w->deadline.due.us - lane_here->loop.now.us, 1000 * 1000);
	else
		ck_assert_int_eq(w->deadline.due.us, w->terminate_at.us);
	finish(w);
	dismiss(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker");
	TCase *tc = tcase_create("worker");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, staff_up, stage_down);
	tcase_add_test(tc, a_slow_request_is_told_once_and_goes_on);
	tcase_add_test(tc, nobody_is_slow_for_nobody);
	tcase_add_loop_test(tc, running_has_an_end, 0, 2);
	tcase_add_test(tc, an_abandoned_worker_may_overrun_too);
	tcase_add_loop_test(tc, who_waits_for_the_body_is_not_late, 0, nitems(feedings));
	tcase_add_loop_test(tc, the_nearer_deadline_counts_and_the_heads_ends_with_the_head, 0,
		nitems(deadlines));
	return stage_run(suite);
}
