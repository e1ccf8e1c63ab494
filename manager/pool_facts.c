/* SPDX-License-Identifier: MIT
 *
 * pool_facts: see pool_facts.h.
 */
#include "manager/pool_facts.h"

#include <unistd.h>

bool pool_hires(const struct pool *p)
{
	return p->kind != POOL_EXTERNAL;
}

/* ---- counting ---- */

unsigned pool_count(struct pool *p, enum worker_state state)
{
	unsigned n = 0;

	list_for_each (it, &p->workers)
		n += worker_at(it)->state == state;
	return n;
}

unsigned pool_outdated(struct pool *p)
{
	unsigned n = 0;

	list_for_each (it, &p->workers) {
		const struct worker *w = worker_at(it);
		n += w->state <= WORKER_READY && w->outdated;
	}
	return n;
}

unsigned pool_count_staff(struct pool *p)
{
	return pool_count(p, WORKER_STARTING) + pool_count(p, WORKER_READY) - pool_outdated(p);
}

bool pool_has_surplus(struct pool *p)
{
	return p->conf && pool_count_staff(p) > p->limits.most;
}

/* ---- limits ---- */

unsigned pool_most(const struct pool *p)
{
	return p->scaled ? p->scaled : (unsigned)p->conf->max_children;
}

/* What `auto` means. */
static void default_spares(struct sizing_limits *l)
{
	unsigned half = l->most / 2;

	if (l->max_spare == 0)
		l->max_spare = half > l->min_spare ? half : l->min_spare;
	if (l->max_spare < l->start)
		l->max_spare = l->start;
	if (l->start == 0)
		l->start = l->min_spare + (l->max_spare - l->min_spare) / 2;
}

struct sizing_limits pool_limits(const struct pool *p)
{
	const struct conf_pool *c = p->conf;
	struct sizing_limits l = {.most = pool_most(p),
		.on_demand = c->pm == PM_ONDEMAND,
		.spares = c->pm == PM_DYNAMIC,
		.seats = (unsigned)c->concurrency,
		.start = (unsigned)c->start_servers,
		.min_spare = (unsigned)c->min_spare_servers,
		.max_spare = (unsigned)c->max_spare_servers,
		.rate = (unsigned)c->max_spawn_rate,
		.idle_ms = c->pm == PM_DYNAMIC ? SIZING_SPARE_REST_MS
					       : (int64_t)c->process_idle_timeout,
		.backoff_ms = (int64_t)c->restart_backoff_max};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->type != POOL_CGI) {
		default_spares(&l);
		return l;
	}
	l.rate = 0;
	/* Runners bound nothing: enough of them to keep every thread and every core busy. */
	l.whole = true;
	l.most = cores > 0 && (unsigned)cores < l.most ? (unsigned)cores : l.most;
	l.most = p->set->threads > l.most ? p->set->threads : l.most;
	return l;
}

/* A pool that is drained is on demand, and those who waited before are its last demand. */
struct sizing_limits pool_limits_now(const struct pool *p)
{
	struct sizing_limits l = p->limits;

	if (p->drained) {
		l.on_demand = true;
		l.idle_ms = 0;
	}
	return l;
}

/* ---- facts ---- */

/* Those that may prove that things are well again. */
static unsigned count_trying(struct pool *p)
{
	unsigned n = 0;

	list_for_each (it, &p->workers) {
		const struct worker *w = worker_at(it);
		n += w->state <= WORKER_READY && mono_before(p->last_early, w->born);
	}
	return n;
}

const struct worker *pool_heir(struct pool *p)
{
	list_for_each (it, &p->workers) {
		const struct worker *w = worker_at(it);
		if (w->id == p->heir && w->state <= WORKER_READY)
			return w;
	}
	return NULL;
}

/* How long until it counts as one that lives. That its program was started says little: whoever has
 * broken it would lose an old worker for each new one. When one has answered or lived for long
 * enough, those after it are believed. */
static int64_t unproven_ms(struct pool *p, const struct worker *heir)
{
	int64_t left = heir ? SIZING_EARLY_MS - worker_age_ms(heir) : 0;

	if (!heir || heir->state != WORKER_READY || (p->proven && !mono_is_never(p->renewing)))
		return 0;
	if (left > 0 && !heir->worked)
		return left;
	p->proven = true;
	return 0;
}

static void pour(struct pool *p)
{
	struct mono now = p->set->loop->now;

	sizing_bucket_pour(&p->bucket, p->limits.rate, mono_ms_between(p->poured, now));
	p->poured = now;
}

struct sizing_facts pool_facts(struct pool *p)
{
	const struct worker *heir = pool_heir(p);
	int64_t unproven = unproven_ms(p, heir);

	pour(p);
	return (struct sizing_facts){
		.starting = pool_count(p, WORKER_STARTING),
		.ready = pool_count(p, WORKER_READY),
		.going = pool_count(p, WORKER_LEAVING) + pool_count(p, WORKER_STOPPING) +
			 pool_count(p, WORKER_KILLING),
		.idle = p->facts.idle,
		.busy = p->facts.busy,
		/* Nobody waits at a door that is shut, and yet it has to be tried. */
		.waiting = p->door == DOOR_BROKEN && !p->facts.waiting ? 1 : p->facts.waiting,
		.longest_idle_ms = p->facts.longest_idle_ms,
		.first = p->started == 0,
		.tokens = sizing_bucket_tokens(&p->bucket),
		.next_token_ms = sizing_bucket_next_ms(&p->bucket, p->limits.rate),
		.outdated = p->drained ? 0 : pool_outdated(p),
		.heir_starts = heir && (heir->state == WORKER_STARTING || unproven > 0),
		.heir_ms = unproven,
		.heir_ready = heir && heir->state == WORKER_READY && unproven == 0,
		.house_full = p->kind == POOL_FASTCGI && p->set->duties->house_full(p->set),
		.streak = p->streak,
		.trying = count_trying(p),
		.since_death_ms = mono_ms_between(p->last_early, p->set->loop->now),
	};
}

/* What the old gateway had counted stays counted; what it saw is void. */
void pool_forget_facts(struct pool *p)
{
	p->past.requests += p->facts.requests;
	p->past.refused += p->facts.refused;
	p->past.timed_out += p->facts.timed_out;
	p->past.slow += p->facts.slow;
	if (p->facts.max_waiting > p->past.max_waiting)
		p->past.max_waiting = p->facts.max_waiting;
	if (p->facts.max_busy > p->past.max_busy)
		p->past.max_busy = p->facts.max_busy;
	p->facts = (struct msg_fact_pool){0};
}
