/* SPDX-License-Identifier: MIT
 *
 * check_sizing: situations and what has to be done in them, as a table.
 */
#include <check.h>

#include "manager/sizing.h"

#include "common/span.h"

#define STATIC(n)                                \
	{                                        \
		.most = (n), .backoff_ms = 30000 \
	}
#define ONDEMAND(n)                                                                   \
	{                                                                             \
		.most = (n), .on_demand = true, .idle_ms = 10000, .backoff_ms = 30000 \
	}
#define RUNNERS(n)                                                               \
	{                                                                        \
		.most = (n), .on_demand = true, .whole = true, .idle_ms = 10000, \
		.backoff_ms = 30000                                              \
	}
#define LONG_AGO 1000000

static const struct situation {
	const char *name;
	struct sizing_limits limits;
	struct sizing_facts facts;
	struct sizing want;
} situations[] = {
	/* static: as many as configured, always */
	{"an empty pool is filled", STATIC(4), {0}, {.spawn = 4, .wait_ms = -1}},
	{"a full one is left alone", STATIC(4), {.ready = 4}, {.wait_ms = -1}},
	{"those that start count", STATIC(4), {.starting = 4}, {.wait_ms = -1}},
	{"one is missing", STATIC(4), {.ready = 3}, {.spawn = 1, .wait_ms = -1}},
	{"some start, some are missing", STATIC(4), {.starting = 1, .ready = 1},
		{.spawn = 2, .wait_ms = -1}},
	{"the dying keep their room", STATIC(4), {.ready = 3, .going = 1}, {.wait_ms = -1}},
	{"half of the room is free", STATIC(4), {.ready = 1, .going = 1},
		{.spawn = 2, .wait_ms = -1}},
	{"all are dying", STATIC(4), {.going = 4}, {.wait_ms = -1}},
	{"more than may be are there", STATIC(2), {.ready = 3}, {.wait_ms = -1}},
	{"more are dying than may live", STATIC(2), {.going = 5}, {.wait_ms = -1}},
	{"static does not trim", STATIC(2), {.ready = 2, .idle = 2, .longest_idle_ms = LONG_AGO},
		{.wait_ms = -1}},
	{"static does not care who waits", STATIC(2), {.ready = 2, .busy = 2, .waiting = 9},
		{.wait_ms = -1}},
	{"one worker", STATIC(1), {0}, {.spawn = 1, .wait_ms = -1}},
	{"no worker at all", STATIC(0), {0}, {.wait_ms = -1}},

	/* ondemand: as many as are waited for */
	{"nobody waits", ONDEMAND(4), {0}, {.wait_ms = -1}},
	{"one waits", ONDEMAND(4), {.waiting = 1}, {.spawn = 1, .wait_ms = -1}},
	{"a burst", ONDEMAND(8), {.waiting = 5}, {.spawn = 5, .wait_ms = -1}},
	{"a burst beyond the limit", ONDEMAND(4), {.waiting = 9},
		{.spawn = 4, .full = true, .wait_ms = -1}},
	{"exactly the limit", ONDEMAND(4), {.waiting = 4}, {.spawn = 4, .wait_ms = -1}},
	{"one that starts is for one that waits", ONDEMAND(4), {.starting = 1, .waiting = 1},
		{.wait_ms = -1}},
	{"two wait, one starts", ONDEMAND(4), {.starting = 1, .waiting = 2},
		{.spawn = 1, .wait_ms = -1}},
	{"an idle one is for one that waits", ONDEMAND(4), {.ready = 1, .idle = 1, .waiting = 1},
		{.wait_ms = -1}},
	{"ready, but not counted by the gateway yet", ONDEMAND(4), {.ready = 3, .waiting = 3},
		{.wait_ms = -1}},
	{"some counted, some not", ONDEMAND(8), {.ready = 3, .busy = 1, .waiting = 3},
		{.spawn = 1, .wait_ms = -1}},
	{"the gateway counts more than are ready", ONDEMAND(8),
		{.ready = 1, .going = 2, .busy = 3, .waiting = 1}, {.spawn = 1, .wait_ms = -1}},
	{"all are busy", ONDEMAND(4), {.ready = 4, .busy = 4, .waiting = 3},
		{.full = true, .wait_ms = -1}},
	{"all are busy and nobody waits", ONDEMAND(4), {.ready = 4, .busy = 4}, {.wait_ms = -1}},
	{"one more may be", ONDEMAND(4), {.ready = 3, .busy = 3, .waiting = 3},
		{.spawn = 1, .full = true, .wait_ms = -1}},
	{"the dying hold up a burst", ONDEMAND(4), {.going = 3, .waiting = 2},
		{.spawn = 1, .full = true, .wait_ms = -1}},
	{"only the dying", ONDEMAND(2), {.going = 2, .waiting = 1}, {.full = true, .wait_ms = -1}},
	{"absurd numbers from the gateway", ONDEMAND(4),
		{.waiting = 4000000000u, .idle = 0, .busy = 0},
		{.spawn = 4, .full = true, .wait_ms = -1}},

	/* runners on demand: all or none */
	{"nobody wants a runner", RUNNERS(2), {0}, {.wait_ms = -1}},
	{"one request wakes all", RUNNERS(2), {.waiting = 1}, {.spawn = 2, .wait_ms = -1}},
	{"many requests wake no more", RUNNERS(2), {.waiting = 90}, {.spawn = 2, .wait_ms = -1}},
	{"they are on their way", RUNNERS(2), {.starting = 2, .waiting = 9}, {.wait_ms = -1}},
	{"one died and is missed", RUNNERS(2), {.ready = 1, .waiting = 1},
		{.spawn = 1, .wait_ms = -1}},
	{"one left and nobody waits", RUNNERS(2), {.ready = 1, .going = 1, .idle = 4},
		{.wait_ms = -1}},
	{"the leaving ones are wanted again", RUNNERS(2), {.going = 2, .waiting = 1},
		{.wait_ms = -1}},
	{"runners idle for long", RUNNERS(2), {.ready = 2, .idle = 4, .longest_idle_ms = 10000},
		{.trim = true, .wait_ms = -1}},

	/* trimming */
	{"idle for long", ONDEMAND(4), {.ready = 1, .idle = 1, .longest_idle_ms = 10000},
		{.trim = true, .wait_ms = -1}},
	{"idle, not yet for long", ONDEMAND(4), {.ready = 1, .idle = 1, .longest_idle_ms = 9999},
		{.wait_ms = -1}},
	{"an old number without an idle worker", ONDEMAND(4),
		{.ready = 1, .busy = 1, .longest_idle_ms = LONG_AGO}, {.wait_ms = -1}},

	/* back-off */
	{"the first early death", STATIC(4), {.streak = 1, .since_death_ms = 0}, {.wait_ms = 100}},
	{"in the middle of the pause", STATIC(4), {.streak = 1, .since_death_ms = 40},
		{.wait_ms = 60}},
	{"after the pause", STATIC(4), {.streak = 1, .since_death_ms = 100},
		{.spawn = 4, .wait_ms = 1000}},
	{"the second", STATIC(4), {.streak = 2, .since_death_ms = 0}, {.wait_ms = 200}},
	{"the third", STATIC(4), {.streak = 3, .since_death_ms = 0}, {.wait_ms = 400}},
	{"from the third on one goes ahead", STATIC(4), {.streak = 3, .since_death_ms = 400},
		{.spawn = 1, .wait_ms = 1000}},
	{"while it tries, nobody follows", STATIC(4),
		{.starting = 1, .trying = 1, .streak = 3, .since_death_ms = 500},
		{.wait_ms = 1000}},
	{"old workers do not count as a try", STATIC(4),
		{.ready = 3, .streak = 5, .since_death_ms = LONG_AGO},
		{.spawn = 1, .wait_ms = 1000}},
	{"the longest pause", STATIC(4), {.streak = 30, .since_death_ms = 0}, {.wait_ms = 30000}},
	{"a streak without end", STATIC(4), {.streak = 4000000000u, .since_death_ms = 29999},
		{.wait_ms = 1}},
	{"a full pool needs no timer", STATIC(4), {.ready = 4, .streak = 2, .since_death_ms = 0},
		{.wait_ms = -1}},
	{"ondemand pauses too", ONDEMAND(4), {.waiting = 2, .streak = 1, .since_death_ms = 0},
		{.wait_ms = 100}},
	{"ondemand with nobody waiting needs no timer", ONDEMAND(4),
		{.streak = 1, .since_death_ms = 0}, {.wait_ms = -1}},
	{"trimming does not pause", ONDEMAND(4),
		{.ready = 1, .idle = 1, .longest_idle_ms = 20000, .streak = 1, .since_death_ms = 0},
		{.trim = true, .wait_ms = -1}},
	{"no back-off configured", {.most = 2}, {.streak = 9, .since_death_ms = 0, .trying = 0},
		{.spawn = 1, .wait_ms = 1000}},
};

START_TEST(a_situation_has_one_answer)
{
	const struct situation *s = &situations[_i];
	struct sizing got = sizing_decide(&s->limits, &s->facts);

	ck_assert_msg(got.spawn == s->want.spawn, "%s: spawns %u", s->name, got.spawn);
	ck_assert_msg(got.trim == s->want.trim, "%s: trims %d", s->name, got.trim);
	ck_assert_msg(got.full == s->want.full, "%s: full %d", s->name, got.full);
	ck_assert_msg(
		got.wait_ms == s->want.wait_ms, "%s: waits %lld", s->name, (long long)got.wait_ms);
}
END_TEST

/* Every combination of small numbers: the limit holds, and nobody spins. */
START_TEST(the_limit_holds_everywhere)
{
	for (unsigned n = 0; n < 2 * 4 * 4 * 4 * 4 * 4 * 4; n++) {
		struct sizing_limits l = STATIC(3);
		struct sizing_facts f = {.starting = n / 2 % 4,
			.ready = n / 8 % 4,
			.going = n / 32 % 4,
			.idle = n / 128 % 4,
			.waiting = n / 512 % 4,
			.streak = n / 2048 % 4,
			.since_death_ms = 50};
		struct sizing s;
		l.on_demand = n % 2;
		s = sizing_decide(&l, &f);
		ck_assert(s.spawn == 0 || f.starting + f.ready + f.going + s.spawn <= l.most);
		ck_assert(f.streak == 0 || s.spawn == 0);
		ck_assert_int_ne(s.wait_ms, 0);
	}
}
END_TEST

START_TEST(the_pause_doubles_up_to_its_limit)
{
	ck_assert_int_eq(sizing_backoff_ms(0, 1000), 0);
	ck_assert_int_eq(sizing_backoff_ms(1, 1000), 100);
	ck_assert_int_eq(sizing_backoff_ms(2, 1000), 200);
	ck_assert_int_eq(sizing_backoff_ms(4, 1000), 800);
	ck_assert_int_eq(sizing_backoff_ms(5, 1000), 1000);
	ck_assert_int_eq(sizing_backoff_ms(4000000000u, 1000), 1000);
	ck_assert_int_eq(sizing_backoff_ms(1, 0), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sizing");
	TCase *tc = tcase_create("sizing");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, a_situation_has_one_answer, 0, (int)nitems(situations));
	tcase_add_test(tc, the_limit_holds_everywhere);
	tcase_add_test(tc, the_pause_doubles_up_to_its_limit);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
