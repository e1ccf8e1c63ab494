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
	return stage_run(suite);
}
