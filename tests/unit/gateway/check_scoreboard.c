/* SPDX-License-Identifier: MIT
 *
 * check_scoreboard: what is known of workers, and of the requests that run for longest.
 */
#include "gateway/scoreboard.h"

#include <time.h>
#include <unistd.h>

#include "gateway/longest.h"
#include "gateway/pool_figures.h"
#include "gateway/status_page.h"
#include "tests/unit/gateway/staff.h"

static struct score_row *rows;
static size_t nrows;

static void look(bool usage)
{
	free(rows);
	rows = scoreboard_look(d, usage ? SCORES_USAGE : SCORES_SEATS, &nrows);
}

static struct request *ask(char name, const char *target)
{
	char text[2048];
	struct request *r;

	snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
	r = stage_request(&front, &guest, text);
	r->id = (uint64_t)name;
	r->pool = pool;
	dispatch_enter(r);
	return r;
}

static void down(void)
{
	free(rows);
	stage_down();
}

/* ---- workers ---- */

START_TEST(a_new_worker_has_done_nothing)
{
	struct worker *w = join(1);

	look(false);
	ck_assert_uint_eq(nrows, 1);
	ck_assert_int_eq(rows[0].state, SCORE_IDLE);
	ck_assert_uint_eq(rows[0].pid, 101);
	ck_assert_uint_eq(rows[0].requests, 0);
	ck_assert_str_eq(rows[0].request.method, "");
	ck_assert(rows[0].born > 0);
	dismiss(w);
	look(false);
	ck_assert_uint_eq(nrows, 0);
}
END_TEST

START_TEST(a_worker_shows_its_request_and_then_its_last)
{
	struct worker *w = join(1);

	ask('a', "/some%20where?x=1&y");
	look(false);
	ck_assert_int_eq(rows[0].state, SCORE_RUNNING);
	ck_assert_uint_eq(rows[0].requests, 1);
	ck_assert_uint_eq(rows[0].request.id, 'a');
	ck_assert_str_eq(rows[0].request.method, "GET");
	ck_assert_str_eq(rows[0].request.uri, "/some%20where");
	ck_assert_str_eq(rows[0].request.query, "x=1&y");
	finish(w);
	look(false);
	ck_assert_int_eq(rows[0].state, SCORE_IDLE);
	ck_assert_str_eq(rows[0].request.uri, "/some%20where");
	ck_assert_int_ge(rows[0].duration_us, 0);
	ask('b', "/");
	look(false);
	ck_assert_uint_eq(rows[0].requests, 2);
	ck_assert_str_eq(rows[0].request.query, "");
	finish(w);
	dismiss(w);
}
END_TEST

static void wait_ms(int64_t ms, bool working)
{
	struct mono from = mono_now();

	while (mono_us_between(from, mono_now()) < ms * 1000 ||
		(working && clock() < ms * (CLOCKS_PER_SEC / 1000)))
		if (!working)
			usleep(1000);
	lane_here->loop.now = mono_now();
}

START_TEST(what_was_used_before_is_no_request_s)
{
	struct worker *w = join(1);

	w->pid = (uint32_t)getpid();
	wait_ms(300, true);
	look(true);
	ck_assert_uint_eq(rows[0].cpu_share, 0);
	ck_assert(rows[0].memory > 0);
	wait_ms(0, false);
	ask('a', "/");
	wait_ms(30, false);
	finish(w);
	look(true);
	ck_assert_uint_lt(rows[0].cpu_share, 50000); /* 300 by 30 would be 1000 percent */
	dismiss(w);
}
END_TEST

/* "/path?" is not "/path". */
START_TEST(a_target_is_put_together_again)
{
	char to[SCORE_TARGET_MAX];
	struct worker *w = join(1);

	ask('a', "/x?");
	look(false);
	ck_assert(span_is(score_target(&rows[0].request, to), "/x?"));
	finish(w);
	ask('b', "/x");
	look(false);
	ck_assert(span_is(score_target(&rows[0].request, to), "/x"));
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(long_texts_are_cut_where_php_fpm_cuts_them)
{
	static char target[1500], to[SCORE_TARGET_MAX];
	struct worker *w = join(1);

	memset(target, 'a', sizeof target - 1);
	target[0] = '/';
	target[600] = '?';
	ask('a', target);
	look(false);
	ck_assert_uint_eq(strlen(rows[0].request.uri), 127);
	ck_assert_uint_eq(strlen(rows[0].request.query), 511);
	ck_assert_uint_eq(score_target(&rows[0].request, to).n, 127 + 1 + 511);
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(the_next_in_line_is_shown_at_once)
{
	struct worker *w = join(1);

	ask('a', "/a");
	ask('b', "/b");
	finish(w);
	look(false);
	ck_assert_int_eq(rows[0].state, SCORE_RUNNING);
	ck_assert_uint_eq(rows[0].request.id, 'b');
	ck_assert_uint_eq(rows[0].requests, 2);
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(a_worker_that_shall_leave_is_finishing)
{
	struct worker *w = join(1);

	ask('a', "/a");
	roster_leave(w->crew);
	look(false);
	ck_assert_int_eq(rows[0].state, SCORE_ENDING);
	finish(w);
	stage_turn();
}
END_TEST

START_TEST(a_retry_counts_for_both)
{
	struct worker *one = join(1), *two;
	struct request *r = ask('a', "/a");

	two = join(2);
	ck_assert_ptr_eq(r->worker, one);
	dispatch_retry(one);
	look(false);
	ck_assert_uint_eq(rows[0].requests, 1);
	ck_assert_uint_eq(rows[1].requests, 1);
	ck_assert_int_eq(rows[1].state, SCORE_RUNNING);
	dispatch_idle(one);
	look(false);
	ck_assert_int_eq(rows[0].state, SCORE_IDLE);
	finish(two);
	dismiss(one);
	dismiss(two);
}
END_TEST

/* ---- processes that do several things at once ---- */

static struct worker *seat_beside(struct worker *w)
{
	struct worker *other = calloc(1, sizeof *other);

	worker_init(other, &backend, w->crew);
	dispatch_join(other);
	return other;
}

static void busy(uint32_t wanted, uint32_t of)
{
	struct score_count c = scoreboard_count(d);

	ck_assert_uint_eq(c.working, wanted);
	ck_assert_uint_eq(c.processes, of);
}

START_TEST(a_process_is_one_row_whatever_its_seats_do)
{
	struct worker *w = join(1), *two = seat_beside(w), *other;

	busy(0, 1);
	ask('a', "/a");
	busy(1, 1);
	ask('b', "/b");
	busy(1, 1);
	other = join(2);
	ask('c', "/c");
	busy(2, 2);
	ck_assert_uint_eq(scoreboard_count(d).max_working, 2);
	look(false);
	ck_assert_uint_eq(nrows, 3);
	look(true);
	ck_assert_uint_eq(nrows, 2);
	ck_assert_uint_eq(rows[0].pid, 101);
	ck_assert_uint_eq(rows[0].running, 2);
	ck_assert_uint_eq(rows[0].requests, 2);
	ck_assert_uint_eq(rows[1].running, 1);
	finish(w);
	busy(2, 2);
	look(true);
	ck_assert_int_eq(rows[0].state, SCORE_RUNNING);
	ck_assert_uint_eq(rows[0].running, 1);
	ck_assert_uint_eq(rows[0].request.id, two->request->id);
	finish(two);
	busy(1, 2);
	look(true);
	ck_assert_int_eq(rows[0].state, SCORE_IDLE);
	ck_assert_int_eq(rows[1].state, SCORE_RUNNING);
	finish(other);
	busy(0, 2);
	dismiss(w);
	dismiss(other);
	busy(0, 0);
}
END_TEST

/* ---- scripts ---- */

START_TEST(places_that_were_never_used_are_not_shown)
{
	struct worker *one = permit(1), *two = permit(2);

	d->permits = true;
	look(true);
	ck_assert_uint_eq(nrows, 0);
	ask('a', "/cgi-bin/x");
	look(true);
	ck_assert_uint_eq(nrows, 1);
	ck_assert_uint_eq(rows[0].pid, 0);
	ck_assert_int_eq(rows[0].state, SCORE_STARTING);
	scoreboard_runs_as(two, 4711);
	look(true);
	ck_assert_uint_eq(rows[0].pid, 4711);
	ck_assert_int_eq(rows[0].state, SCORE_RUNNING);
	scoreboard_used(two, 0, 2048);
	finish(two);
	look(true);
	ck_assert_int_eq(rows[0].state, SCORE_IDLE);
	ck_assert_uint_eq(rows[0].memory, 2048 * 1024);
	ck_assert_uint_eq(d->tally.memory_peak, 2048 * 1024);
	ask('b', "/cgi-bin/y"); /* what the last one used is not said of this one */
	look(true);
	ck_assert_uint_eq(rows[0].pid + rows[0].memory, 0);
	finish(two);
	roster_dissolve(d);
	stage_turn();
	(void)one;
}
END_TEST

/* ---- what is counted ---- */

START_TEST(cold_starts_are_those_who_waited_for_a_process)
{
	struct worker *w;

	ask('a', "/a");
	loop_turn(&lane_here->loop, 2);
	usleep(2000);
	loop_turn(&lane_here->loop, 0);
	w = join(1);
	ck_assert_uint_eq(d->tally.cold, 1);
	ask('b', "/b"); /* this one waits for a worker that is there */
	finish(w);
	finish(w);
	ck_assert_uint_eq(d->tally.cold, 1);
	ck_assert_uint_eq(tally_times_count(&d->tally.queue), 2);
	ck_assert_uint_eq(d->max_busy, 1);
	dismiss(w);
}
END_TEST

START_TEST(answers_are_counted_by_status)
{
	struct worker *w = join(1);
	struct request *r = ask('a', "/a");

	r->answer.status = 404;
	r->answer.sent = 10;
	scoreboard_answered(r);
	finish(w);
	ck_assert_uint_eq(tally_statuses(&d->tally, 404, 404), 1);
	ck_assert_uint_eq(tally_times_count(&d->tally.request), 1);
	ck_assert_uint_eq(d->tally.sent, 10);
	dismiss(w);
}
END_TEST

/* ---- the longest ---- */

START_TEST(the_longest_come_first)
{
	struct worker *one = join(1), *two;
	struct longest l[4];

	ask('a', "/a");
	usleep(2000);
	loop_turn(&lane_here->loop, 0);
	two = join(2);
	ask('b', "/b?q");
	ck_assert_uint_eq(longest_find(lane_here->plan, l, 4), 2);
	ck_assert_uint_eq(l[0].request, 'a');
	ck_assert_uint_eq(l[0].pid, 101);
	ck_assert_uint_eq(l[0].pool, 1);
	ck_assert_str_eq(l[0].line, "GET /a");
	ck_assert_uint_eq(l[1].request, 'b');
	ck_assert_uint_eq(longest_find(lane_here->plan, l, 1), 1);
	ck_assert_uint_eq(l[0].request, 'a');
	ck_assert_uint_eq(longest_find(lane_here->plan, l, 0), 0);
	finish(one);
	ck_assert_uint_eq(longest_find(lane_here->plan, l, 4), 1);
	ck_assert_uint_eq(l[0].request, 'b');
	finish(two);
	dismiss(one);
	dismiss(two);
}
END_TEST

/* ---- the page of a pool ---- */

static void page(const char *path, const char *query, const char *type, const char *part)
{
	struct status_reply reply;

	ck_assert(status_page_is(pool, span_of(path)));
	ck_assert(status_page(pool, span_of(path), span_of(query), &reply));
	ck_assert_str_eq(reply.type, type);
	ck_assert_ptr_nonnull(strstr(reply.fields, "Expires: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
	ck_assert_msg(memmem(buf_head(&reply.body), buf_len(&reply.body), part, strlen(part)),
		"no %s in %.*s", part, SPAN_FMT(buf_span(&reply.body)));
	buf_free(&reply.body);
}

START_TEST(a_pool_has_a_status_page_and_a_ping)
{
	struct worker *w = join(1);
	struct status_reply reply;

	pool->status_path = strdup("/status");
	pool->ping_path = strdup("/ping");
	free(pool->ping_response);
	pool->ping_response = strdup("pong");
	ask('a', "/x?<&>");
	ask('b', "/y");
	page("/status", "", "text/plain;charset=UTF-8", "listen queue:         1\n");
	page("/status", "xml&full", "text/xml;charset=UTF-8",
		"<request-uri>/x?&lt;&amp;&gt;</request-uri>");
	page("/status", "json", "application/json", "\"active processes\":1,");
	page("/ping", "json", "text/plain;charset=UTF-8", "pong");
	ck_assert(!status_page_is(pool, SPAN_LIT("/status/")));
	ck_assert(!status_page(pool, SPAN_LIT("/stat"), SPAN_NONE, &reply));
	finish(w);
	finish(w);
	dismiss(w);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("scoreboard");
	TCase *t = tcase_create("scoreboard");

	tcase_add_checked_fixture(t, staff_up, down);
	tcase_add_test(t, a_new_worker_has_done_nothing);
	tcase_add_test(t, a_worker_shows_its_request_and_then_its_last);
	tcase_add_test(t, what_was_used_before_is_no_request_s);
	tcase_add_test(t, a_target_is_put_together_again);
	tcase_add_test(t, long_texts_are_cut_where_php_fpm_cuts_them);
	tcase_add_test(t, the_next_in_line_is_shown_at_once);
	tcase_add_test(t, a_worker_that_shall_leave_is_finishing);
	tcase_add_test(t, a_retry_counts_for_both);
	tcase_add_test(t, a_process_is_one_row_whatever_its_seats_do);
	tcase_add_test(t, places_that_were_never_used_are_not_shown);
	tcase_add_test(t, cold_starts_are_those_who_waited_for_a_process);
	tcase_add_test(t, answers_are_counted_by_status);
	tcase_add_test(t, the_longest_come_first);
	tcase_add_test(t, a_pool_has_a_status_page_and_a_ping);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return stage_run(suite());
}
