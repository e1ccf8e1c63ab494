/* SPDX-License-Identifier: MIT
 *
 * renew: see renew.h.
 */
#include "manager/renew.h"

#include <signal.h>
#include <stdio.h>

#include "common/log.h"
#include "common/mem.h"

/* How many are still to go, in whatever state they are. */
static unsigned count_left(struct pool *p)
{
	unsigned n = 0;

	list_for_each (it, &p->workers)
		n += worker_at(it)->outdated != NULL;
	return n;
}

/* ---- marking ---- */

static void mark(struct worker *w, const char *why)
{
	if (!w->outdated && w->state <= WORKER_READY)
		w->outdated = why;
}

static void say_renewal(const struct pool *p, const char *why, unsigned n)
{
	bool runners = p->kind == POOL_CGI;

	log_notice("[pool %s] %s: %u %s%s replaced%s", p->name, why, n,
		runners ? "runner" : "worker", n == 1 ? " is" : "s are",
		n == 1    ? ""
		: runners ? ", all together"
			  : ", one by one");
}

void renew_all(struct pool *p, const char *why)
{
	list_for_each (it, &p->workers)
		mark(worker_at(it), why);
	if (count_left(p) == 0) {
		p->set->on_renewed(p, NULL);
		return;
	}
	p->heir = 0; /* it is one of them now */
	p->renewing = p->set->loop->now;
	p->proven = false;
	say_renewal(p, why, count_left(p));
	pool_review(p);
}

/* ---- going on ---- */

/* One that is not even ready has nothing to finish. */
static struct worker *next_to_go(struct pool *p)
{
	struct worker *starting = NULL;

	list_for_each (it, &p->workers) {
		struct worker *w = worker_at(it);
		if (!w->outdated || w->state > WORKER_READY)
			continue;
		if (w->state == WORKER_READY)
			return w;
		starting = w;
	}
	return starting;
}

static void give_up(struct pool *p)
{
	char why[sizeof p->last_death + 80];

	snprintf(why, sizeof why, "the new workers of pool %s do not live, the old ones stay: %s",
		p->name, p->last_death);
	list_for_each (it, &p->workers)
		if (!worker_at(it)->unhurried) /* a limit that it has reached stays reached */
			worker_at(it)->outdated = NULL;
	p->heir = 0;
	p->renewing = MONO_NEVER;
	log_error("[pool %s] given up: %s", p->name, why);
	p->set->on_renewed(p, why);
}

/* Early deaths since then are those of its heirs: the old ones have lived. */
static bool is_hopeless(const struct pool *p)
{
	return !mono_is_never(p->renewing) && p->streak >= SIZING_STREAK_BROKEN &&
	       mono_before(p->renewing, p->last_early);
}

static void start_heirs(struct pool *p, unsigned n)
{
	for (; n > 0; n--) {
		const struct worker *w = pool_start_one(p);
		if (!w) {
			timer_set_ms(p->set->loop, &p->again,
				sizing_backoff_ms(p->streak, p->limits.backoff_ms));
			return;
		}
		p->heir = w->id;
	}
}

void renew_go_on(struct pool *p, const struct sizing *s)
{
	struct worker *w;

	if (is_hopeless(p)) {
		give_up(p);
		return;
	}
	for (unsigned n = s->retire; n > 0 && (w = next_to_go(p)); n--) {
		p->heir = 0;
		worker_event(w, WORKER_ON_LEAVE, w->outdated);
	}
	start_heirs(p, s->heirs);
}

/* ---- deaths ---- */

static void check_done(struct pool *p)
{
	if (count_left(p) > 0)
		return;
	if (!mono_is_never(p->renewing) && !p->set->ending)
		log_notice("[pool %s] all workers are replaced", p->name);
	p->renewing = MONO_NEVER;
	p->set->on_renewed(p, p->set->ending ? "hearth is stopping" : NULL);
}

/* The ring has room for as many as make an emergency: so it is one if the oldest is young. */
static bool too_many_crashes(struct pool *p)
{
	const struct pools_bounds *b = &p->set->bounds;
	struct mono now = p->set->loop->now, oldest;

	if (p->ncrashes != b->crashes) {
		p->crashes = mem_array(p->crashes, b->crashes, sizeof *p->crashes);
		p->ncrashes = b->crashes;
		p->crash_at = 0;
		for (unsigned i = 0; i < p->ncrashes; i++)
			p->crashes[i] = MONO_NEVER;
	}
	p->crashes[p->crash_at] = now;
	p->crash_at = (p->crash_at + 1) % p->ncrashes;
	oldest = p->crashes[p->crash_at];
	return !mono_is_never(oldest) && mono_ms_between(oldest, now) <= b->crashes_ms;
}

static void watch_for_emergency(struct pool *p, const struct worker *w)
{
	const struct pools_bounds *b = &p->set->bounds;
	bool crashed = w->end_signal == SIGSEGV || w->end_signal == SIGBUS;

	if (!crashed || !p->conf || b->crashes == 0 || b->crashes_ms == 0 || !too_many_crashes(p))
		return;
	log_error("[pool %s] %u workers died of SIGSEGV or SIGBUS within "
		  "emergency_restart_interval: all of its workers are replaced, one by one",
		p->name, b->crashes);
	p->ncrashes = 0; /* the next emergency takes as many again */
	renew_all(p, "emergency_restart_threshold");
}

void renew_after_death(struct pool *p, const struct worker *w)
{
	if (p->set->ending || w->outdated)
		check_done(p);
	if (!p->set->ending)
		watch_for_emergency(p, w);
}
