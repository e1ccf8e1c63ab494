/* SPDX-License-Identifier: MIT
 *
 * sizing: see sizing.h.
 */
#include "manager/sizing.h"

#define BACKOFF_FIRST_MS 100

/* After this many rounds the pool is taken for broken: one worker goes ahead and tries. */
#define STREAK_OF_A_BROKEN_POOL 3

int64_t sizing_backoff_ms(unsigned streak, int64_t most_ms)
{
	int64_t ms = BACKOFF_FIRST_MS;

	if (streak == 0)
		return 0;
	while (--streak > 0 && ms < most_ms)
		ms *= 2;
	return ms < most_ms ? ms : most_ms;
}

static unsigned less(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* a - b, but nothing is less than nothing. */
static unsigned minus(unsigned a, unsigned b)
{
	return a > b ? a - b : 0;
}

/* Those who wait and for whom nobody is on the way: workers that are starting or idle will serve
 * them, and so will those that are ready but which the gateway had not yet counted when it wrote.
 */
static unsigned uncovered(const struct sizing_facts *f)
{
	unsigned unseen = minus(f->ready, f->idle + f->busy);

	return minus(f->waiting, f->starting + f->idle + unseen);
}

static unsigned missing(const struct sizing_limits *l, const struct sizing_facts *f)
{
	if (l->on_demand && !l->whole)
		return uncovered(f);
	return l->on_demand && f->waiting == 0 ? 0 : minus(l->most, f->starting + f->ready);
}

struct sizing sizing_decide(const struct sizing_limits *l, const struct sizing_facts *f)
{
	unsigned need = missing(l, f);
	unsigned room = minus(l->most, f->starting + f->ready + f->going);
	int64_t pause = sizing_backoff_ms(f->streak, l->backoff_ms) - f->since_death_ms;
	struct sizing s = {.wait_ms = -1};

	s.full = l->on_demand && !l->whole && need > room;
	s.trim = l->on_demand && f->idle > 0 && f->longest_idle_ms >= l->idle_ms;
	s.spawn = less(need, room);
	if (f->streak >= STREAK_OF_A_BROKEN_POOL)
		s.spawn = less(s.spawn, f->trying ? 0 : 1);
	if (f->streak > 0 && need > 0)
		s.wait_ms = pause > 0 ? pause : 1000;
	if (f->streak > 0 && pause > 0)
		s.spawn = 0;
	return s;
}
