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
/* min 2, max 4 spare servers of n; as it is once it has opened: with tokens for its rate. */
#define DYNAMIC(n)                                                                       \
	{                                                                                \
		.most = (n), .spares = true, .start = 3, .min_spare = 2, .max_spare = 4, \
		.idle_ms = 5000, .backoff_ms = 30000                                     \
	}
#define RATED(n, per_second)                                                             \
	{                                                                                \
		.most = (n), .spares = true, .start = 3, .min_spare = 2, .max_spare = 4, \
		.rate = (per_second), .idle_ms = 5000, .backoff_ms = 30000               \
	}
/* Workers of ten seats each. */
#define WIDE(n)                                                                       \
	{                                                                             \
		.most = (n), .seats = 10, .spares = true, .start = 1, .min_spare = 1, \
		.max_spare = 2, .idle_ms = 5000, .backoff_ms = 30000                  \
	}
#define WIDE_ONDEMAND(n)                                                                           \
	{                                                                                          \
		.most = (n), .seats = 10, .on_demand = true, .idle_ms = 10000, .backoff_ms = 30000 \
	}
#define ALWAYS_RUNNERS(n)                                       \
	{                                                       \
		.most = (n), .whole = true, .backoff_ms = 30000 \
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
	/* dynamic: what waits, and some to spare */
	{"it opens with start_servers", DYNAMIC(9), {.first = true}, {.spawn = 3, .wait_ms = -1}},
	{"it opens into a crowd", DYNAMIC(9), {.first = true, .waiting = 5},
		{.spawn = 7, .wait_ms = -1}},
	{"after that min_spare counts", DYNAMIC(9), {0}, {.spawn = 2, .wait_ms = -1}},
	{"the least is spare", DYNAMIC(9), {.ready = 2, .idle = 2}, {.wait_ms = -1}},
	{"between least and most nothing is done", DYNAMIC(9),
		{.ready = 3, .idle = 3, .longest_idle_ms = LONG_AGO}, {.wait_ms = -1}},
	{"the most is spare", DYNAMIC(9), {.ready = 4, .idle = 4, .longest_idle_ms = LONG_AGO},
		{.wait_ms = -1}},
	{"one more than the most", DYNAMIC(9), {.ready = 5, .idle = 5, .longest_idle_ms = 5000},
		{.trim = true, .trim_keep = 4, .wait_ms = -1}},
	{"one more, but it has just served", DYNAMIC(9),
		{.ready = 5, .idle = 5, .longest_idle_ms = 4999}, {.wait_ms = -1}},
	{"many more than the most go at once", DYNAMIC(50),
		{.ready = 50, .idle = 48, .busy = 2, .longest_idle_ms = 9000},
		{.trim = true, .trim_keep = 4, .wait_ms = -1}},
	{"one is taken, one is spare", DYNAMIC(9), {.ready = 2, .idle = 1, .busy = 1},
		{.spawn = 1, .wait_ms = -1}},
	{"all are busy, nobody waits", DYNAMIC(9), {.ready = 3, .busy = 3},
		{.spawn = 2, .wait_ms = -1}},
	{"a burst on an idle pool", DYNAMIC(100), {.ready = 3, .busy = 3, .waiting = 47},
		{.spawn = 49, .wait_ms = -1}},
	{"the same burst while they start", DYNAMIC(100),
		{.ready = 3, .busy = 3, .waiting = 47, .starting = 49}, {.wait_ms = -1}},
	{"ready, but not counted by the gateway", DYNAMIC(100),
		{.ready = 52, .busy = 3, .waiting = 47}, {.wait_ms = -1}},
	{"a burst beyond the limit", DYNAMIC(8), {.ready = 3, .busy = 3, .waiting = 47},
		{.spawn = 5, .full = true, .wait_ms = -1}},
	{"busy to the limit", DYNAMIC(4), {.ready = 4, .busy = 4, .waiting = 1},
		{.full = true, .wait_ms = -1}},
	{"spare ones beyond the limit are nobody's need", DYNAMIC(4),
		{.ready = 4, .busy = 3, .idle = 1}, {.wait_ms = -1}},
	{"the dying hold up spare ones", DYNAMIC(4), {.ready = 2, .going = 2, .busy = 2},
		{.wait_ms = -1}},
	{"those that start are spare", DYNAMIC(9), {.starting = 2, .ready = 1, .busy = 1},
		{.wait_ms = -1}},
	{"absurd numbers for a dynamic pool", DYNAMIC(4), {.waiting = 4294967295u},
		{.spawn = 4, .full = true, .wait_ms = -1}},
	{"absurd idle ones", DYNAMIC(4), {.idle = 4294967295u, .waiting = 3}, {.wait_ms = -1}},
	{"a drained one goes to the last",
		{.most = 9, .spares = true, .on_demand = true, .min_spare = 2, .max_spare = 4},
		{.ready = 3, .idle = 3}, {.trim = true, .wait_ms = -1}},
	{"a drained one starts only for who waits",
		{.most = 9, .spares = true, .on_demand = true, .min_spare = 2, .max_spare = 4},
		{.busy = 1, .ready = 1, .waiting = 1}, {.spawn = 1, .wait_ms = -1}},
	{"a broken dynamic pool tries with one", DYNAMIC(9), {.streak = 4, .since_death_ms = 5000},
		{.spawn = 1, .wait_ms = 1000}},
	{"... and pauses", DYNAMIC(9), {.first = true, .streak = 1, .since_death_ms = 10},
		{.wait_ms = 90}},

	/* within a rate */
	{"the rate allows all", RATED(100, 32),
		{.ready = 2, .busy = 2, .waiting = 30, .tokens = 32}, {.spawn = 32, .wait_ms = -1}},
	{"the rate allows some", RATED(100, 32),
		{.ready = 2, .busy = 2, .waiting = 60, .tokens = 32, .next_token_ms = 31},
		{.spawn = 32, .wait_ms = 31}},
	{"the rate allows none yet", RATED(100, 32),
		{.ready = 2, .busy = 2, .waiting = 28, .next_token_ms = 7}, {.wait_ms = 7}},
	{"a token that is due at once", RATED(100, 32), {.ready = 2, .busy = 2, .waiting = 28},
		{.wait_ms = 1}},
	{"no timer where nothing is wanted", RATED(100, 32), {.ready = 3, .idle = 3},
		{.wait_ms = -1}},
	{"the opening is free", RATED(100, 1), {.first = true, .next_token_ms = 500},
		{.spawn = 3, .wait_ms = -1}},
	{"the opening of a static pool is free", {.most = 50, .rate = 2, .backoff_ms = 30000},
		{.first = true, .tokens = 2}, {.spawn = 50, .wait_ms = -1}},
	{"what it lost comes back at the rate", {.most = 50, .rate = 2, .backoff_ms = 30000},
		{.ready = 10, .tokens = 2, .next_token_ms = 500}, {.spawn = 2, .wait_ms = 500}},
	{"an ondemand pool has no opening", {.most = 50, .on_demand = true, .rate = 2},
		{.first = true, .waiting = 9, .tokens = 2, .next_token_ms = 500},
		{.spawn = 2, .wait_ms = 500}},
	{"the pause after a death is longer than the rate", RATED(9, 2),
		{.streak = 2, .since_death_ms = 0, .tokens = 1, .next_token_ms = 300},
		{.wait_ms = 200}},
	{"the rate is slower than the pause", RATED(9, 1),
		{.streak = 1, .since_death_ms = 50, .tokens = 1, .next_token_ms = 30},
		{.wait_ms = 30}},

	/* workers of several seats */
	{"ten wait, one worker", WIDE_ONDEMAND(4), {.waiting = 10}, {.spawn = 1, .wait_ms = -1}},
	{"eleven wait, two workers", WIDE_ONDEMAND(4), {.waiting = 11},
		{.spawn = 2, .wait_ms = -1}},
	{"one that starts has ten seats", WIDE_ONDEMAND(4), {.starting = 1, .waiting = 10},
		{.wait_ms = -1}},
	{"free seats of a busy worker count", WIDE_ONDEMAND(4),
		{.ready = 1, .busy = 7, .idle = 3, .waiting = 3}, {.wait_ms = -1}},
	{"... and when they are not enough", WIDE_ONDEMAND(4),
		{.ready = 1, .busy = 7, .idle = 3, .waiting = 4}, {.spawn = 1, .wait_ms = -1}},
	{"wide and full", WIDE_ONDEMAND(2), {.ready = 2, .busy = 20, .waiting = 1},
		{.full = true, .wait_ms = -1}},
	{"a wide pool opens", WIDE(4), {.first = true}, {.spawn = 1, .wait_ms = -1}},
	{"nine free seats are less than a worker's", WIDE(4), {.ready = 1, .busy = 1, .idle = 9},
		{.spawn = 1, .wait_ms = -1}},
	{"with eleven nothing is done", WIDE(4),
		{.ready = 2, .busy = 9, .idle = 11, .longest_idle_ms = LONG_AGO}, {.wait_ms = -1}},
	{"with 29 neither: none is free as a whole", WIDE(4),
		{.ready = 3, .busy = 1, .idle = 29, .longest_idle_ms = LONG_AGO}, {.wait_ms = -1}},
	{"with thirty one is too many", WIDE(4), {.ready = 3, .idle = 30, .longest_idle_ms = 5000},
		{.trim = true, .trim_keep = 20, .wait_ms = -1}},

	/* runners that are always there */
	{"runners of a static pool", ALWAYS_RUNNERS(2), {0}, {.spawn = 2, .wait_ms = -1}},
	{"... are not too many", ALWAYS_RUNNERS(2),
		{.ready = 2, .idle = 8, .longest_idle_ms = LONG_AGO}, {.wait_ms = -1}},
	{"runners of a dynamic pool too",
		{.most = 2, .whole = true, .spares = true, .min_spare = 1, .max_spare = 1},
		{.idle = 8, .longest_idle_ms = LONG_AGO}, {.spawn = 2, .wait_ms = -1}},

	/* replacing */
	{"an heir for one that is outdated", STATIC(4), {.ready = 4, .outdated = 1},
		{.heirs = 1, .wait_ms = -1}},
	{"an heir at a time", STATIC(4),
		{.ready = 4, .starting = 1, .outdated = 4, .heir_starts = true}, {.wait_ms = -1}},
	{"it has to prove itself", STATIC(4),
		{.ready = 5, .outdated = 4, .heir_starts = true, .heir_ms = 1300},
		{.wait_ms = 1300}},
	{"the heir is ready", STATIC(4), {.ready = 5, .outdated = 4, .heir_ready = true},
		{.retire = 1, .wait_ms = -1}},
	{"while one leaves there is no room for the next", STATIC(4),
		{.ready = 4, .going = 1, .outdated = 3}, {.wait_ms = -1}},
	{"when it is buried there is", STATIC(4), {.ready = 4, .outdated = 3},
		{.heirs = 1, .wait_ms = -1}},
	{"the last one goes", STATIC(4), {.ready = 5, .outdated = 1, .heir_ready = true},
		{.retire = 1, .wait_ms = -1}},
	{"one worker alone has an heir too", STATIC(1), {.ready = 1, .outdated = 1},
		{.heirs = 1, .wait_ms = -1}},
	{"what is missing comes first", STATIC(4), {.ready = 3, .outdated = 2},
		{.spawn = 1, .wait_ms = -1}},
	{"no heir while the pool pauses", STATIC(4),
		{.ready = 4, .outdated = 2, .streak = 1, .since_death_ms = 30}, {.wait_ms = 70}},
	{"one tries where heirs died", STATIC(4),
		{.ready = 4, .outdated = 2, .streak = 3, .since_death_ms = 400},
		{.heirs = 1, .wait_ms = 1000}},
	{"an heir within the rate", RATED(9, 2),
		{.ready = 3, .idle = 3, .outdated = 1, .next_token_ms = 80}, {.wait_ms = 80}},
	{"a second order, and the heir of the first is outdated too", STATIC(3),
		{.ready = 4, .outdated = 4}, {.retire = 1, .wait_ms = -1}},
	{"... and then it goes on", STATIC(3), {.ready = 3, .outdated = 3},
		{.heirs = 1, .wait_ms = -1}},
	{"in a full house the old one goes first", STATIC(4),
		{.ready = 4, .outdated = 4, .house_full = true}, {.retire = 1, .wait_ms = -1}},
	{"... one at a time", STATIC(4),
		{.ready = 3, .going = 1, .outdated = 3, .house_full = true}, {.wait_ms = -1}},
	{"a full house that has no room for all of them either", STATIC(4),
		{.ready = 3, .outdated = 2, .house_full = true},
		{.spawn = 1, .retire = 1, .wait_ms = -1}},
	{"a full house, and requests wait for more", ONDEMAND(4),
		{.ready = 1, .busy = 1, .waiting = 2, .outdated = 1, .house_full = true},
		{.spawn = 2, .retire = 1, .wait_ms = -1}},
	{"what is missing comes before heirs where there is room", STATIC(4),
		{.ready = 3, .outdated = 2}, {.spawn = 1, .wait_ms = -1}},
	{"busy to the limit and outdated", ONDEMAND(4),
		{.ready = 4, .busy = 4, .waiting = 9, .outdated = 4},
		{.heirs = 1, .full = true, .wait_ms = -1}},
	{"an idle one of an ondemand pool", ONDEMAND(4), {.ready = 1, .idle = 1, .outdated = 1},
		{.heirs = 1, .wait_ms = -1}},
	{"runners change together", ALWAYS_RUNNERS(2), {.ready = 2, .outdated = 2},
		{.heirs = 2, .wait_ms = -1}},
	{"... the new ones are coming", ALWAYS_RUNNERS(2),
		{.ready = 2, .starting = 2, .outdated = 2}, {.wait_ms = -1}},
	{"... one of them died", ALWAYS_RUNNERS(2), {.ready = 3, .outdated = 2},
		{.heirs = 1, .wait_ms = -1}},
	{"... all are ready", ALWAYS_RUNNERS(2), {.ready = 4, .outdated = 2},
		{.retire = 2, .wait_ms = -1}},

	{"no back-off configured", {.most = 2}, {.streak = 9, .since_death_ms = 0, .trying = 0},
		{.spawn = 1, .wait_ms = 1000}},
};

START_TEST(a_situation_has_one_answer)
{
	const struct situation *s = &situations[_i];
	struct sizing got = sizing_decide(&s->limits, &s->facts);

	ck_assert_msg(got.spawn == s->want.spawn, "%s: spawns %u", s->name, got.spawn);
	ck_assert_msg(got.heirs == s->want.heirs, "%s: heirs %u", s->name, got.heirs);
	ck_assert_msg(got.retire == s->want.retire, "%s: retires %u", s->name, got.retire);
	ck_assert_msg(got.trim == s->want.trim, "%s: trims %d", s->name, got.trim);
	ck_assert_msg(got.trim_keep == s->want.trim_keep, "%s: keeps %u", s->name, got.trim_keep);
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

/* Whatever the numbers, no pool starts and lets go at the same time. */
START_TEST(nothing_flaps)
{
	for (unsigned idle = 0; idle < 60; idle++) {
		for (unsigned busy = 0; busy < 60; busy++) {
			struct sizing_limits l = WIDE(20);
			struct sizing_facts f = {.ready = (idle + busy) / 10,
				.idle = idle,
				.busy = busy,
				.longest_idle_ms = LONG_AGO};
			struct sizing s = sizing_decide(&l, &f);
			ck_assert(!s.trim || s.spawn == 0);
			if (!s.trim)
				continue;
			f.idle = s.trim_keep; /* what may be left */
			f.ready--;
			ck_assert_uint_eq(sizing_decide(&l, &f).spawn, 0);
		}
	}
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
	tcase_add_test(tc, nothing_flaps);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
