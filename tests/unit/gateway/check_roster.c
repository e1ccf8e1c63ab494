/* SPDX-License-Identifier: MIT
 *
 * check_roster: how workers come, rest, leave, die, and are buried.
 */
#include "gateway/roster.h"

#include "tests/unit/gateway/staff.h"

/* ---- coming and going ---- */

START_TEST(an_idle_worker_that_shall_leave_leaves)
{
	struct worker *w = join(1);

	roster_leave(w->crew);
	counts(0, 0, 0);
	enter('a'); /* not with this one */
	stage_turn();
	happened("1) 1x");
	w = join(2);
	happened("2<a");
	finish(w);
	dismiss(w);
}
END_TEST

START_TEST(a_busy_worker_that_shall_leave_finishes_first)
{
	struct worker *w = join(1);
	struct request *b;

	enter('a');
	b = enter('b');
	roster_leave(w->crew);
	roster_leave(w->crew);
	stage_turn();
	happened("1<a");
	finish(w);
	stage_turn();
	happened("a. 1) 1x");
	counts(0, 0, 1);
	leave_line(b);
}
END_TEST

START_TEST(an_idle_worker_that_dies_is_buried)
{
	struct worker *w = join(1);

	roster_gone(w->crew);
	counts(0, 0, 0);
	roster_gone(w->crew); /* it lies in state: twice is nothing */
	roster_leave(w->crew);
	stage_turn();
	happened("1) 1x");
}
END_TEST

START_TEST(a_busy_worker_that_dies_says_its_last_words)
{
	struct worker *w = join(1);
	struct request *b;

	enter('a');
	b = enter('b');
	roster_gone(w->crew);
	roster_gone(w->crew);
	happened("1<a");
	stage_turn();
	happened("1+ a502 1) 1x");
	counts(0, 0, 1);
	leave_line(b);
}
END_TEST

START_TEST(death_between_the_last_byte_and_the_mail)
{
	struct worker *w = join(1);

	enter('a');
	roster_gone(w->crew);
	finish(w); /* the answer was complete all the same */
	stage_turn();
	happened("1<a a. 1) 1x");
	counts(0, 0, 0);
}
END_TEST

START_TEST(leaving_and_dying)
{
	struct worker *w = join(1);

	enter('a');
	roster_leave(w->crew);
	roster_gone(w->crew);
	stage_turn();
	happened("1<a 1+ a502 1) 1x");
}
END_TEST

START_TEST(a_worker_that_dies_before_its_first_work)
{
	struct worker *w = calloc(1, sizeof *w);

	enter('a');
	worker_init(w, &backend, crew_new(d, 1, 101, 0));
	w->crew->gone = true; /* as said before dispatch_join */
	dispatch_join(w);
	stage_turn();
	happened("1) 1x");
	counts(0, 0, 1);
	w = join(2);
	finish(w);
	dismiss(w);
}
END_TEST

static void rested(struct worker *w, int minutes)
{
	w->crew->idle_since = (struct mono){mono_now().us - minutes * 60000000LL};
}

static const struct {
	uint32_t minutes, keep;
	const char *trace; /* of those that rested 1, 2 and 3 minutes */
} trims[] = {
	{0, 0, "3) 2) 1) 3x 2x 1x"},
	{0, 1, "3) 2) 3x 2x"},
	{0, 3, ""},
	{0, 9, ""},
	{2, 0, "3) 2) 3x 2x"},
	{2, 2, "3) 3x"},
	{3, 0, "3) 3x"},
	{4, 0, ""},
};

START_TEST(trimming_takes_the_coldest)
{
	struct worker *w[3];

	for (int i = 2; i >= 0; i--) {
		w[i] = join((uint32_t)i + 1);
		rested(w[i], i + 1);
	}
	ck_assert_uint_ge(facts().longest_idle_ms, 3 * 60000);
	roster_trim(d, trims[_i].minutes * 60000, trims[_i].keep);
	stage_turn();
	happened(trims[_i].trace);
	for (int i = 0; i < 3; i++) /* the others */
		if (!strchr(trims[_i].trace, '1' + i))
			dismiss(w[i]);
}
END_TEST

START_TEST(trimming_leaves_the_busy_alone)
{
	struct worker *w = join(1);

	enter('a');
	roster_trim(d, 0, 0);
	stage_turn();
	happened("1<a");
	finish(w);
	counts(1, 0, 0);
	dismiss(w);
}
END_TEST

START_TEST(dissolving_takes_permits_and_leaves_processes)
{
	struct worker *p1 = permit(1), *p2 = permit(2), *w = join(3);

	enter('a');
	enter('b');
	happened("3<a 2<b");
	roster_dissolve(d);
	stage_turn();
	happened("1) 1x");
	finish(p2);
	finish(w);
	stage_turn();
	happened("b. a. 2) 2x");
	counts(1, 0, 0);
	dismiss(w);
	(void)p1;
}
END_TEST

/* ---- processes with several seats ---- */

#define SEATS 3

/* Seats that rested last first, so the first is called last. */
static struct worker *sit(struct crew *c)
{
	struct worker *w = calloc(1, sizeof *w);

	worker_init(w, &backend, c);
	dispatch_join(w);
	return w;
}

static struct crew *hire(uint32_t id, uint32_t max_requests, struct worker *seats[SEATS])
{
	struct crew *c = crew_new(d, id, 100 + id, max_requests);

	for (int i = 0; i < SEATS; i++)
		seats[i] = sit(c);
	return c;
}

static unsigned buried;

static void on_buried(struct crew *c)
{
	ck_assert(list_empty(&c->seats));
	buried++;
}

static bool spreads_out;

static void several_up(void)
{
	stage_up();
	make_pool((struct msg_plan_pool){.max_children = 4,
		.max_queue = 30,
		.pm = spreads_out ? PM_STATIC : PM_ONDEMAND,
		.concurrency = SEATS});
	roster_on_buried(on_buried);
	buried = 0;
}

static void spreading_up(void)
{
	spreads_out = true;
	several_up();
}

static void let_go(struct crew *c)
{
	roster_gone(c);
	stage_turn();
}

START_TEST(one_process_is_filled_before_another)
{
	struct worker *a[SEATS], *b[SEATS];
	struct crew *one = hire(1, 0, a), *two = hire(2, 0, b);

	counts(2 * SEATS, 0, 0);
	enter('a');
	enter('b');
	enter('c');
	happened("2<a 2<b 2<c");
	enter('d');
	happened("1<d");
	finish(b[1]); /* it had no seat left, and comes first again */
	enter('e');
	finish(a[2]); /* it keeps its place behind */
	enter('f');
	happened("b. 2<e d. 1<f");
	counts(2, 4, 0);
	ck_assert_uint_eq(facts().max_busy, 4);
	for (int i = 0; i < SEATS; i++)
		finish(b[i]);
	finish(a[2]);
	let_go(one);
	let_go(two);
	ck_assert_uint_eq(buried, 2);
}
END_TEST

START_TEST(a_static_pool_spreads_out)
{
	struct worker *a[SEATS], *b[SEATS];
	struct crew *one = hire(1, 0, a), *two = hire(2, 0, b);

	enter('a');
	enter('b');
	enter('c');
	enter('d');
	happened("2<a 1<b 2<c 1<d");
	finish(a[2]);
	finish(a[1]); /* nothing to do at all: it comes first */
	enter('e');
	enter('f');
	happened("b. d. 1<e 2<f");
	finish(a[1]);
	for (int i = 0; i < SEATS; i++)
		finish(b[i]);
	let_go(one);
	let_go(two);
}
END_TEST

START_TEST(who_was_full_is_not_the_next_of_a_static_pool)
{
	struct worker *a[SEATS], *b[SEATS];
	struct crew *one = hire(1, 0, a), *two = hire(2, 0, b);

	for (char name = 'a'; name < 'a' + 2 * SEATS; name++)
		enter(name);
	happened("2<a 1<b 2<c 1<d 2<e 1<f");
	finish(a[2]);
	finish(a[1]);
	finish(b[2]); /* it has two still, the other one */
	enter('g');
	happened("b. d. a. 1<g");
	for (int i = 0; i < SEATS; i++) {
		if (a[i]->request)
			finish(a[i]);
		if (b[i]->request)
			finish(b[i]);
	}
	let_go(one);
	let_go(two);
}
END_TEST

START_TEST(only_whole_processes_are_trimmed)
{
	struct worker *a[SEATS], *b[SEATS];
	struct crew *one = hire(1, 0, a), *two = hire(2, 0, b);

	enter('a');
	happened("2<a");
	one->idle_since = two->idle_since = (struct mono){mono_now().us - 60000000};
	ck_assert_uint_ge(facts().longest_idle_ms, 60000);
	roster_trim(d, 1000, 3); /* 5 are idle: 2 would be left */
	stage_turn();
	happened("");
	roster_trim(d, 1000, 2);
	stage_turn();
	happened("1) 1) 1) 1x 1x 1x");
	ck_assert_uint_eq(buried, 1);
	ck_assert_uint_eq(facts().longest_idle_ms, 0);
	counts(2, 1, 0);
	finish(b[2]);
	counts(3, 0, 0);
	let_go(two);
}
END_TEST

/* It takes its own of the surplus when it is done: twice would be one too many that stay. */
START_TEST(only_the_idle_are_called_back)
{
	struct worker *a = sit(crew_new(d, 0, 0, 0)), *b = sit(crew_new(d, 0, 0, 0));

	d->surplus = 2;
	enter('a');
	happened("0<a");
	ck_assert(!roster_call_back(b->crew));
	ck_assert_uint_eq(d->surplus, 2);
	ck_assert(roster_call_back(a->crew));
	ck_assert_uint_eq(d->surplus, 1);
	finish(b);
	ck_assert_uint_eq(dispatch_less_surplus(d, 2), 1);
	ck_assert(!roster_call_back(b->crew)); /* there is no surplus */
	stage_turn();
	happened("a. 0) 0x");
	counts(1, 0, 0);
	roster_leave(b->crew);
	stage_turn();
	happened("0) 0x");
}
END_TEST

START_TEST(a_process_dies_with_all_its_seats)
{
	struct worker *a[SEATS];
	struct crew *one = hire(1, 0, a);

	enter('a');
	enter('b');
	happened("1<a 1<b");
	roster_gone(one);
	counts(0, 2, 0);
	stage_turn();
	happened("1) 1+ b502 1+ a502 1) 1) 1x 1x 1x");
	ck_assert_uint_eq(buried, 1);
	counts(0, 0, 0);
}
END_TEST

START_TEST(a_process_leaves_when_its_last_seat_is_done)
{
	struct worker *a[SEATS];
	struct crew *one = hire(1, 0, a);
	struct request *c;

	enter('a');
	enter('b');
	roster_leave(one);
	c = enter('c');
	counts(0, 2, 1);
	finish(a[2]);
	stage_turn();
	ck_assert_uint_eq(buried, 0);
	finish(a[1]);
	stage_turn();
	ck_assert_uint_eq(buried, 1);
	leave_line(c);
}
END_TEST

START_TEST(a_process_is_broken_once)
{
	struct worker *a[SEATS];
	struct crew *one = hire(1, 0, a);

	enter('a');
	enter('b');
	ck_assert(roster_break(one));
	ck_assert(!roster_break(one));
	counts(0, 2, 0); /* nobody gets its third seat */
	dispatch_retry(a[2]);
	happened("1<a 1<b");
	counts(0, 2, 1);
	ck_assert_uint_eq(buried, 0);
	let_go(one);
	happened("1) 1+ b502 1+ 1) 1) 1x 1x 1x");
	ck_assert_uint_eq(buried, 1);
	a[0] = join(2);
	finish(a[0]);
	dismiss(a[0]);
}
END_TEST

START_TEST(so_many_requests_and_no_more)
{
	struct worker *a[SEATS];
	struct request *f;

	hire(1, 5, a);
	enter('a');
	enter('b');
	enter('c');
	happened("1<a 1<b 1<c");
	enter('d');
	enter('e');
	f = enter('f');
	finish(a[2]);
	counts(0, 3, 2);
	finish(a[2]); /* that was the fifth to begin */
	counts(0, 3, 1);
	finish(a[2]);
	counts(0, 2, 1);
	stage_turn();
	ck_assert_uint_eq(buried, 0);
	finish(a[1]);
	finish(a[0]);
	stage_turn();
	ck_assert_uint_eq(buried, 1);
	happened("a. 1<d d. 1<e e. 1) 1x b. c. 1) 1) 1x 1x");
	leave_line(f);
}
END_TEST

START_TEST(more_seats_than_requests)
{
	struct worker *a[SEATS];

	enter('a');
	hire(1, 1, a); /* the first seat takes it, and the others are not even used */
	counts(0, 1, 0);
	finish(a[0]);
	for (int i = 0; i < 3; i++)
		stage_turn();
	ck_assert_uint_eq(buried, 1);
}
END_TEST

START_TEST(processes_are_found_by_number)
{
	struct crew *c[3];

	for (uint32_t i = 0; i < 3; i++)
		c[i] = crew_new(d, 5 + 1024 * i, 1, 0);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_ptr_eq(crew_find(5 + 1024 * i), c[i]);
	ck_assert_ptr_null(crew_find(6));
	crew_free(c[1]);
	ck_assert_ptr_null(crew_find(5 + 1024));
	ck_assert_ptr_eq(crew_find(5), c[0]);
	crew_free(c[0]);
	crew_free(c[2]);
	ck_assert_ptr_null(crew_find(5));
}
END_TEST

static void add_several(Suite *suite)
{
	TCase *tc = tcase_create("seats"), *spread = tcase_create("spread");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, several_up, stage_down);
	tcase_add_test(tc, one_process_is_filled_before_another);
	tcase_add_test(tc, only_whole_processes_are_trimmed);
	tcase_add_test(tc, only_the_idle_are_called_back);
	tcase_add_test(tc, a_process_dies_with_all_its_seats);
	tcase_add_test(tc, a_process_leaves_when_its_last_seat_is_done);
	tcase_add_test(tc, a_process_is_broken_once);
	tcase_add_test(tc, so_many_requests_and_no_more);
	tcase_add_test(tc, more_seats_than_requests);
	tcase_add_test(tc, processes_are_found_by_number);
	suite_add_tcase(suite, spread);
	tcase_add_checked_fixture(spread, spreading_up, stage_down);
	tcase_add_test(spread, a_static_pool_spreads_out);
	tcase_add_test(spread, who_was_full_is_not_the_next_of_a_static_pool);
}

int main(void)
{
	Suite *suite = suite_create("roster");
	TCase *tc = tcase_create("roster");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, staff_up, stage_down);
	tcase_add_test(tc, an_idle_worker_that_shall_leave_leaves);
	tcase_add_test(tc, a_busy_worker_that_shall_leave_finishes_first);
	tcase_add_test(tc, an_idle_worker_that_dies_is_buried);
	tcase_add_test(tc, a_busy_worker_that_dies_says_its_last_words);
	tcase_add_test(tc, death_between_the_last_byte_and_the_mail);
	tcase_add_test(tc, leaving_and_dying);
	tcase_add_test(tc, a_worker_that_dies_before_its_first_work);
	tcase_add_loop_test(tc, trimming_takes_the_coldest, 0, nitems(trims));
	tcase_add_test(tc, trimming_leaves_the_busy_alone);
	tcase_add_test(tc, dissolving_takes_permits_and_leaves_processes);
	add_several(suite);
	return stage_run(suite);
}
