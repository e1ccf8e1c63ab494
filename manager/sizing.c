/* SPDX-License-Identifier: MIT
 *
 * sizing: see sizing.h.
 */
#include "manager/sizing.h"

#define BACKOFF_FIRST_MS 100

/* While there is a streak of early deaths but no pause left to wait for. */
#define LOOK_AGAIN_MS 1000

#define TOKEN 1000u /* thousandths */

int64_t sizing_backoff_ms(unsigned streak, int64_t most_ms)
{
	int64_t ms = BACKOFF_FIRST_MS;

	if (streak == 0)
		return 0;
	while (--streak > 0 && ms < most_ms)
		ms *= 2;
	return ms < most_ms ? ms : most_ms;
}

static unsigned less(uint64_t a, unsigned b)
{
	return a < b ? (unsigned)a : b;
}

/* a - b, but nothing is less than nothing. */
static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* ---- how many are missing ---- */

static uint64_t seats(const struct sizing_limits *l, uint64_t workers)
{
	return workers * (l->seats ? l->seats : 1);
}

static uint64_t workers_for(const struct sizing_limits *l, uint64_t requests)
{
	return (requests + seats(l, 1) - 1) / seats(l, 1);
}

/* Seats for those who wait: of workers that are starting or idle, and of those that are ready but
 * which the gateway had not yet counted when it wrote. */
static uint64_t free_seats(const struct sizing_limits *l, const struct sizing_facts *f)
{
	uint64_t unseen = minus(seats(l, f->ready), (uint64_t)f->idle + f->busy);

	return seats(l, f->starting) + f->idle + unseen;
}

/* What waits, and what shall be free besides. */
static uint64_t uncovered(
	const struct sizing_limits *l, const struct sizing_facts *f, unsigned spare)
{
	return workers_for(l, minus(f->waiting + seats(l, spare), free_seats(l, f)));
}

static uint64_t missing(const struct sizing_limits *l, const struct sizing_facts *f)
{
	uint64_t here = (uint64_t)f->starting + f->ready, need;

	if (l->on_demand && !l->whole)
		return uncovered(l, f, 0);
	if (l->on_demand && f->waiting == 0)
		return 0;
	if (!l->spares || l->whole)
		return minus(l->most, here);
	need = uncovered(l, f, l->min_spare);
	return f->first && need < l->start ? l->start : need;
}

/* ---- how many may be started ---- */

static void wait_at_most(struct sizing *s, int64_t ms)
{
	if (s->wait_ms < 0 || ms < s->wait_ms)
		s->wait_ms = ms;
}

/* The opening is not a burst: what the pool is told to begin with is started at once. */
static void bound_by_rate(
	struct sizing *s, const struct sizing_limits *l, const struct sizing_facts *f)
{
	bool opening = f->first && !l->on_demand;

	if (l->rate == 0 || opening || s->spawn + s->heirs <= f->tokens)
		return;
	s->spawn = less(s->spawn, f->tokens);
	s->heirs = less(s->heirs, f->tokens - s->spawn);
	wait_at_most(s, f->next_token_ms > 0 ? f->next_token_ms : 1);
}

/* In a pool that is taken for broken one goes ahead and tries. */
static void bound_by_deaths(
	struct sizing *s, const struct sizing_limits *l, const struct sizing_facts *f)
{
	int64_t pause = sizing_backoff_ms(f->streak, l->backoff_ms) - f->since_death_ms;
	unsigned tries = pause > 0 ? 0 : f->trying ? 0 : 1;

	if (f->streak == 0 || s->spawn + s->heirs == 0)
		return;
	wait_at_most(s, pause > 0 ? pause : LOOK_AGAIN_MS);
	if (pause <= 0 && f->streak < SIZING_STREAK_BROKEN)
		return;
	s->spawn = less(s->spawn, tries);
	s->heirs = less(s->heirs, tries - s->spawn);
}

/* ---- replacing ---- */

/* Runners are in the gateway's threads, each of which needs one: all of them change at once. */
static void renew_whole(
	struct sizing *s, const struct sizing_limits *l, const struct sizing_facts *f)
{
	uint64_t fresh = minus((uint64_t)f->starting + f->ready, f->outdated);

	s->heirs = (unsigned)minus(l->most, fresh);
	if (s->heirs == 0 && f->starting == 0)
		s->retire = f->outdated;
	s->spawn = 0;
}

/* One after the other, each when its heir is ready; the heir is the only one above the limit. In a
 * full house there is no room for it, and the old one has to go first, also where the pool wants
 * more than it can get: it may want that for ever. */
static void renew(struct sizing *s, const struct sizing_limits *l, const struct sizing_facts *f)
{
	uint64_t all = (uint64_t)f->starting + f->ready + f->going;

	if (f->outdated == 0)
		return;
	if (l->whole)
		renew_whole(s, l, f);
	else if (f->heir_ready)
		s->retire = 1;
	else if (f->heir_starts && f->heir_ms > 0)
		wait_at_most(s, f->heir_ms);
	else if (f->heir_starts)
		return;
	else if ((uint64_t)f->starting + f->ready > l->most)
		s->retire = 1; /* an heir that has become outdated itself */
	else if (f->house_full)
		s->retire = f->starting == 0 && f->going == 0 ? 1 : 0;
	else if (s->spawn == 0)
		s->heirs = all <= l->most ? 1 : 0;
}

/* ---- letting go ---- */

/* A worker is too many when the others alone have seats enough to spare: with that much between
 * letting go and starting, no pool does both in turns. */
static void trim(struct sizing *s, const struct sizing_limits *l, const struct sizing_facts *f)
{
	bool spares = l->spares && !l->on_demand && !l->whole;
	uint64_t keep = spares ? seats(l, l->max_spare) : 0;
	uint64_t least = spares ? keep + seats(l, 1)
				: 1; /* a worker that leaves does not go below */

	s->trim = (l->on_demand || spares) && f->idle >= least && f->longest_idle_ms >= l->idle_ms;
	s->trim_keep = s->trim ? (unsigned)keep : 0;
}

struct sizing sizing_decide(const struct sizing_limits *l, const struct sizing_facts *f)
{
	uint64_t need = missing(l, f);
	unsigned room = (unsigned)minus(l->most, (uint64_t)f->starting + f->ready + f->going);
	struct sizing s = {.wait_ms = -1, .spawn = less(need, room)};

	s.full = (l->on_demand || l->spares) && !l->whole && uncovered(l, f, 0) > room;
	trim(&s, l, f);
	renew(&s, l, f);
	bound_by_rate(&s, l, f);
	bound_by_deaths(&s, l, f);
	if (f->streak > 0 && need > 0 && s.wait_ms < 0)
		s.wait_ms = LOOK_AGAIN_MS;
	return s;
}

/* ---- the rate ---- */

void sizing_bucket_fill(struct sizing_bucket *b, unsigned rate)
{
	b->milli = (uint64_t)rate * TOKEN;
}

void sizing_bucket_pour(struct sizing_bucket *b, unsigned rate, int64_t elapsed_ms)
{
	uint64_t full = (uint64_t)rate * TOKEN;
	uint64_t ms = elapsed_ms < 0 ? 0 : elapsed_ms > 1000 ? 1000 : (uint64_t)elapsed_ms;

	b->milli += ms * rate; /* a thousandth of a second is one of a token, so often */
	if (b->milli > full)
		b->milli = full;
}

void sizing_bucket_take(struct sizing_bucket *b, unsigned tokens)
{
	b->milli = minus(b->milli, (uint64_t)tokens * TOKEN);
}

unsigned sizing_bucket_tokens(const struct sizing_bucket *b)
{
	return (unsigned)(b->milli / TOKEN);
}

int64_t sizing_bucket_next_ms(const struct sizing_bucket *b, unsigned rate)
{
	return rate ? (int64_t)((TOKEN - b->milli % TOKEN + rate - 1) / rate) : 0;
}

/* ---- jitter ---- */

uint64_t sizing_jitter(uint64_t value, unsigned percent, uint64_t random)
{
	uint64_t width = value / 100 * percent + value % 100 * percent / 100;
	uint64_t got = value - width + random % (2 * width + 1);

	return got == 0 && value > 0 ? 1 : got;
}

/* ---- process.max ---- */

static unsigned up_to(const struct sizing_claim *c, uint64_t level)
{
	return less(minus(level, c->have), c->want);
}

static uint64_t sum_up_to(const struct sizing_claim *claims, size_t n, uint64_t level)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += up_to(&claims[i], level);
	return sum;
}

/* The highest water level that the room suffices for. */
static uint64_t level_for(const struct sizing_claim *claims, size_t n, unsigned room)
{
	uint64_t low = 0, high = UINT64_C(1) << 33;

	while (low + 1 < high) {
		uint64_t middle = low + (high - low) / 2;
		if (sum_up_to(claims, n, middle) <= room)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void sizing_share(struct sizing_claim *claims, size_t n, unsigned room, size_t turn)
{
	uint64_t level = level_for(claims, n, room);
	uint64_t rest = room - sum_up_to(claims, n, level);

	for (size_t i = 0; i < n; i++)
		claims[i].grant = up_to(&claims[i], level);
	for (size_t i = 0; i < n && rest > 0; i++) {
		struct sizing_claim *c = &claims[(turn + i) % n];
		if (up_to(c, level + 1) == c->grant)
			continue;
		c->grant++;
		rest--;
	}
}
