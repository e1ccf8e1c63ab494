/* SPDX-License-Identifier: MIT
 *
 * hour: simulates a pool and its requests, for sizing.c and for php-fpm's two algorithms.
 * Runs in: unit tests only.
 *
 * php-fpm as its sources have it: a tick each second looks at each pool. dynamic: with fewer idle
 * than min_spare it forks 1, 2, 4 and so on up to max_spawn_rate, or as many as are missing; with
 * more than max_spare one is ended. ondemand: an event on the listening socket forks one if nobody
 * is idle, and what comes within one turn of its loop is one event; the tick ends the eldest child
 * if that is idle for too long. Its children accept from one socket, and the kernel wakes the one
 * that has waited for longest.
 */
#ifndef HEARTH_TESTS_HOUR_H
#define HEARTH_TESTS_HOUR_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "manager/sizing.h"

#include "common/log.h"
#include "common/span.h"

#define HOUR     INT64_C(3600000)
#define TICK     1000
#define START_MS 400 /* from fork to the first accept: an interpreter and its modules */
#define MOST     64
#define NEVER    INT64_MAX
#define REQUESTS 400000

/* ---- the load ---- */

static uint64_t seed;

static double random_part(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)(seed * UINT64_C(0x2545f4914f6cdd1d) >> 11) / (double)(UINT64_C(1) << 53);
}

static double exponential(double mean)
{
	return -mean * log(1 - random_part());
}

struct load {
	int64_t at[REQUESTS];
	int32_t takes[REQUESTS];
	size_t n;
};

static void add(struct load *l, double at, double mean)
{
	must(l->n < REQUESTS);
	l->at[l->n] = (int64_t)at;
	l->takes[l->n++] = 1 + (int32_t)exponential(mean - 1);
}

/* Requests by a rate that changes: candidates at the highest one, of which a part is taken. */
static void add_stream(struct load *l, double (*rate)(double s), double highest, double mean)
{
	for (double ms = exponential(1000 / highest); ms < HOUR; ms += exponential(1000 / highest))
		if (random_part() * highest < rate(ms / 1000))
			add(l, ms, mean);
}

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Times are sorted, how long each takes is drawn anyhow. */
static void sort(struct load *l)
{
	qsort(l->at, l->n, sizeof l->at[0], by_time);
}

/* So many in such a time, every now and then. */
static void add_crowds(struct load *l, double every_s, int n, double within_ms, double mean)
{
	for (double ms = every_s * 500; ms < HOUR - 60000;
		ms += every_s * (700 + 600 * random_part()))
		for (int i = 0; i < n; i++)
			add(l, ms + within_ms * random_part(), mean);
}

/* ---- the pool ---- */

enum state { NOBODY, STARTING, IDLE, BUSY };

struct process {
	enum state state;
	int64_t until; /* STARTING, BUSY */
	int64_t born, idle_since;
};

struct request {
	int64_t cold; /* the cold clock when it came */
	int32_t takes;
};

struct sim {
	const struct policy *policy;
	struct sizing_limits limits;
	struct process pool[MOST];
	unsigned count[BUSY + 1];
	struct request line[REQUESTS];
	size_t first, last;
	int64_t now, again, last_event;
	int64_t cold; /* runs while requests wait and there is room for a worker more */
	double process_ms;
	double *waits;
	size_t nwaits;
	struct sizing_bucket bucket;
	int64_t poured;
	unsigned rate; /* php-fpm's, which doubles */
	bool begun;
};

struct policy {
	const char *name;
	bool recent_first; /* who of the idle ones serves next */
	void (*on_request)(struct sim *s);
	void (*on_tick)(struct sim *s);
};

static unsigned alive(const struct sim *s)
{
	return s->count[STARTING] + s->count[IDLE] + s->count[BUSY];
}

static unsigned waiting(const struct sim *s)
{
	return (unsigned)(s->last - s->first);
}

static void become(struct sim *s, struct process *p, enum state state, int64_t until)
{
	s->count[p->state]--;
	p->state = state;
	p->until = until;
	s->count[state]++;
	if (state == IDLE)
		p->idle_since = s->now;
}

static void start(struct sim *s, unsigned n)
{
	for (size_t i = 0; i < MOST && n > 0; i++) {
		struct process *p = &s->pool[i];
		if (p->state != NOBODY)
			continue;
		p->born = s->now;
		become(s, p, STARTING, s->now + START_MS);
		n--;
	}
	must(n == 0);
}

static struct process *pick_idle(struct sim *s, bool recent)
{
	struct process *found = NULL;

	for (size_t i = 0; i < MOST; i++) {
		struct process *p = &s->pool[i];
		if (p->state != IDLE)
			continue;
		if (!found || (recent ? p->idle_since > found->idle_since
				      : p->idle_since < found->idle_since))
			found = p;
	}
	return found;
}

static void serve(struct sim *s)
{
	while (waiting(s) && s->count[IDLE]) {
		const struct request *r = &s->line[s->first++];
		struct process *p = pick_idle(s, s->policy->recent_first);
		s->waits[s->nwaits++] = (double)(s->cold - r->cold);
		become(s, p, BUSY, s->now + r->takes);
	}
}

/* ---- sizing.c, called as the manager does: when requests wait, and with the gateway's facts ----
 */

static void let_go(struct sim *s, int64_t idle_ms, unsigned keep)
{
	struct process *p;

	while (s->count[IDLE] > keep && (p = pick_idle(s, false)) &&
		s->now - p->idle_since >= idle_ms)
		become(s, p, NOBODY, NEVER);
}

static void review(struct sim *s)
{
	struct process *coldest = pick_idle(s, false);
	struct sizing_facts f = {.starting = s->count[STARTING],
		.ready = s->count[IDLE] + s->count[BUSY],
		.idle = s->count[IDLE],
		.busy = s->count[BUSY],
		.waiting = waiting(s),
		.longest_idle_ms = coldest ? s->now - coldest->idle_since : 0,
		.first = !s->begun};
	struct sizing z;

	sizing_bucket_pour(&s->bucket, s->limits.rate, s->now - s->poured);
	s->poured = s->now;
	f.tokens = sizing_bucket_tokens(&s->bucket);
	f.next_token_ms = sizing_bucket_next_ms(&s->bucket, s->limits.rate);
	z = sizing_decide(&s->limits, &f);
	sizing_bucket_take(&s->bucket, z.spawn);
	start(s, z.spawn);
	s->begun = true;
	if (z.trim)
		let_go(s, s->limits.idle_ms, z.trim_keep);
	s->again = z.wait_ms < 0 ? NEVER : s->now + z.wait_ms;
}

static void review_if_any_waits(struct sim *s)
{
	if (waiting(s))
		review(s);
}

static const struct policy hearth = {"hearth", true, review_if_any_waits, review};

/* ---- php-fpm ---- */

static struct process *eldest_idle(struct sim *s)
{
	struct process *found = NULL;

	for (size_t i = 0; i < MOST; i++) {
		struct process *p = &s->pool[i];
		if (p->state == IDLE && (!found || p->born < found->born))
			found = p;
	}
	return found;
}

static void fpm_nothing(struct sim *s)
{
	(void)s;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static void fpm_dynamic_tick(struct sim *s)
{
	const struct sizing_limits *l = &s->limits;
	unsigned idle = s->count[IDLE], n;

	if (!s->begun) {
		s->begun = true;
		s->rate = 1;
		start(s, l->start);
	} else if (idle > l->max_spare) {
		become(s, eldest_idle(s), NOBODY, NEVER);
		s->rate = 1;
	} else if (idle < l->min_spare) {
		n = least(least(s->rate, l->min_spare - idle), l->most - alive(s));
		start(s, n);
		s->rate = alive(s) == l->most ? 1 : least(2 * s->rate, l->rate);
	} else {
		s->rate = 1;
	}
}

static void fpm_ondemand_event(struct sim *s)
{
	if (s->now == s->last_event)
		return; /* it is the same one */
	s->last_event = s->now;
	if (waiting(s) && alive(s) < s->limits.most)
		start(s, 1);
}

static void fpm_ondemand_tick(struct sim *s)
{
	struct process *p = eldest_idle(s);

	if (p && s->now - p->idle_since > s->limits.idle_ms)
		become(s, p, NOBODY, NEVER);
}

static const struct policy fpm_dynamic = {"php-fpm", false, fpm_nothing, fpm_dynamic_tick};
static const struct policy fpm_ondemand = {"php-fpm", false, fpm_ondemand_event, fpm_ondemand_tick};

/* ---- running ---- */

static int64_t next_change(const struct sim *s)
{
	int64_t next = s->again;

	for (size_t i = 0; i < MOST; i++) {
		const struct process *p = &s->pool[i];
		if ((p->state == STARTING || p->state == BUSY) && p->until < next)
			next = p->until;
	}
	return next;
}

static void pass(struct sim *s, int64_t to)
{
	unsigned ready = s->count[IDLE] + s->count[BUSY];

	s->process_ms += (double)alive(s) * (double)(to - s->now);
	if (waiting(s) && ready < s->limits.most)
		s->cold += to - s->now;
	s->now = to;
}

static void finish_what_is_due(struct sim *s)
{
	for (size_t i = 0; i < MOST; i++) {
		struct process *p = &s->pool[i];
		if ((p->state == STARTING || p->state == BUSY) && p->until <= s->now)
			become(s, p, IDLE, NEVER);
	}
	serve(s);
}

struct outcome {
	double cold_s, p99_ms, process_s;
};

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct outcome sum_up(struct sim *s)
{
	struct outcome o = {.process_s = s->process_ms / 1000};

	for (size_t i = 0; i < s->nwaits; i++)
		o.cold_s += s->waits[i] / 1000;
	qsort(s->waits, s->nwaits, sizeof *s->waits, by_size);
	o.p99_ms = s->waits[s->nwaits * 99 / 100];
	return o;
}

static struct outcome run(
	const struct load *l, const struct policy *policy, struct sizing_limits limits)
{
	struct sim *s = calloc(1, sizeof *s);
	int64_t tick = 0;
	size_t next = 0;
	struct outcome o;

	*s = (struct sim){.policy = policy,
		.limits = limits,
		.again = NEVER,
		.last_event = -1,
		.count = {MOST},
		.waits = calloc(REQUESTS, sizeof(double))};
	sizing_bucket_fill(&s->bucket, limits.rate);
	while (next < l->n || waiting(s) || s->now < HOUR) {
		int64_t to = next_change(s);
		to = to < tick ? to : tick;
		if (next < l->n && l->at[next] < to)
			to = l->at[next];
		pass(s, to);
		finish_what_is_due(s);
		if (next < l->n && l->at[next] <= s->now) {
			s->line[s->last++] = (struct request){s->cold, l->takes[next++]};
			serve(s);
			policy->on_request(s);
		}
		if (s->again <= s->now)
			review(s);
		if (tick <= s->now) {
			policy->on_tick(s);
			tick += TICK;
		}
	}
	ck_assert_uint_eq(s->nwaits, l->n); /* nobody is lost */
	o = sum_up(s);
	free(s->waits);
	free(s);
	return o;
}

#endif
