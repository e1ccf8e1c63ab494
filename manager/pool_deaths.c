/* SPDX-License-Identifier: MIT
 *
 * pool_deaths: see pool_deaths.h.
 */
#include "manager/pool_deaths.h"

#include <stdio.h>

#include "common/log.h"
#include "common/mem.h"

/* ---- deaths ---- */

/* w NULL: it was never born. */
static void remember(struct pool *p, const struct worker *w, const char *why)
{
	struct death *d;

	if (!p->dead)
		p->dead = mem_zalloc(sizeof *p->dead);
	d = obituary_add(p->dead);
	d->at_ms = clock_since_1970_ms();
	snprintf(d->how, sizeof d->how, "%s", w ? w->end : "was never born");
	snprintf(d->why, sizeof d->why, "%s", why);
	if (!w)
		return;
	d->pid = w->pid;
	d->lived_ms = worker_age_ms(w);
	d->words = *worker_words(w);
}

/* Deaths of one round count once: sixteen workers that start together and die together are one
 * failure, not sixteen. */
static void count_early(struct pool *p, struct mono born, uint32_t worker)
{
	if (mono_before(p->last_early, born)) {
		p->streak++;
		log_debug("[pool %s] early death, round %u: next start in %lld ms", p->name,
			p->streak, (long long)sizing_backoff_ms(p->streak, p->limits.backoff_ms));
	}
	p->last_early = p->set->loop->now;
	p->mourned = worker;
}

static bool is_shorter(uint64_t ms, int64_t than)
{
	return ms > 0 && ms < (uint64_t)than;
}

/* A worker that was ended for a slow request has proved that it can work, however young it is; and
 * one that has answered may have ended by itself, as php-cgi does after so many requests. */
static bool died_early(const struct pool *p, const struct worker *w)
{
	int64_t early = SIZING_EARLY_MS;

	if (w->worked)
		return false;
	if (p->conf && is_shorter(p->conf->request_terminate_timeout, early))
		early = (int64_t)p->conf->request_terminate_timeout;
	if (p->conf && is_shorter(p->conf->response_header_timeout, early))
		early = (int64_t)p->conf->response_header_timeout;
	return mono_is_never(w->ready_at) || worker_age_ms(w) < early;
}

void pool_mourn(struct pool *p, const struct worker *w, const char *how)
{
	p->died++;
	snprintf(p->last_death, sizeof p->last_death, "%s", how);
	remember(p, w, w->fault);
	if (died_early(p, w))
		count_early(p, w->born, w->id);
}

void pool_mourn_unborn(struct pool *p, const char *why)
{
	snprintf(p->last_death, sizeof p->last_death, "was never born: %s", why);
	remember(p, NULL, why);
	count_early(p, p->set->loop->now, 0);
}

/* ---- signs of life ---- */

void pool_forgive(struct pool *p)
{
	if (p->streak == 0)
		return;
	list_for_each (it, &p->workers) {
		const struct worker *w = worker_at(it);
		if (w->state == WORKER_READY && mono_before(p->last_early, w->born) &&
			worker_age_ms(w) >= SIZING_SETTLED_MS)
			p->streak = 0;
	}
}

/* In pools that keep idle workers for less nobody ever lives for SIZING_SETTLED_MS, and a door that
 * has been opened by such a worker would shut behind it, though nothing has failed. */
void pool_forgive_idle(struct pool *p, const struct worker *w)
{
	if (mono_before(p->last_early, w->born))
		p->streak = 0;
}

bool pool_believe(struct pool *p, struct worker *w, uint32_t id)
{
	if (w ? w->worked : id != p->mourned)
		return false;
	if (w)
		w->worked = true;
	else
		p->mourned = 0;
	p->streak = 0;
	return true;
}
