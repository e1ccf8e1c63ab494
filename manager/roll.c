/* SPDX-License-Identifier: MIT
 *
 * roll: see roll.h.
 */
#include "manager/roll.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

static struct worker *worker_at(struct list *it)
{
	return container_of(it, struct worker, link);
}

/* ---- counting ---- */

unsigned pool_count(struct pool *p, enum worker_state state)
{
	unsigned n = 0;

	list_for_each (it, &p->workers)
		n += worker_at(it)->state == state;
	return n;
}

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

/* A worker that lives on ends a streak of early deaths. */
void roll_forgive(struct pool *p)
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

static unsigned count_outdated(struct pool *p)
{
	unsigned n = 0;

	list_for_each (it, &p->workers) {
		const struct worker *w = worker_at(it);
		n += w->state <= WORKER_READY && w->outdated;
	}
	return n;
}

static const struct worker *heir_of(struct pool *p)
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

void roll_pour(struct pool *p)
{
	struct mono now = p->set->loop->now;

	sizing_bucket_pour(&p->bucket, p->limits.rate, mono_ms_between(p->poured, now));
	p->poured = now;
}

struct sizing_facts roll_facts(struct pool *p)
{
	const struct worker *heir = heir_of(p);
	int64_t unproven = unproven_ms(p, heir);

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
		.outdated = p->drained ? 0 : count_outdated(p),
		.heir_starts = heir && (heir->state == WORKER_STARTING || unproven > 0),
		.heir_ms = unproven,
		.heir_ready = heir && heir->state == WORKER_READY && unproven == 0,
		.house_full = p->kind == POOL_FASTCGI && p->set->duties->house_full(p->set),
		.streak = p->streak,
		.trying = count_trying(p),
		.since_death_ms = mono_ms_between(p->last_early, p->set->loop->now),
	};
}

/* ---- deaths ---- */

int64_t roll_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* w NULL: it was never born. */
void roll_remember(struct pool *p, const struct worker *w, const char *why)
{
	struct death *d;

	if (!p->dead)
		p->dead = mem_zalloc(sizeof *p->dead);
	d = obituary_add(p->dead);
	d->at_ms = roll_wall_ms();
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
void roll_count_early(struct pool *p, struct mono born, uint32_t worker)
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
bool roll_died_early(const struct pool *p, const struct worker *w)
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

/* ---- limits ---- */

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

struct sizing_limits roll_limits_of(const struct conf_pool *c, unsigned most, unsigned threads)
{
	struct sizing_limits l = {.most = most,
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
	l.most = threads > l.most ? threads : l.most;
	return l;
}

/* A pool that is drained is on demand, and those who waited before are its last demand. */
struct sizing_limits roll_limits_now(const struct pool *p)
{
	struct sizing_limits l = p->limits;

	if (p->drained) {
		l.on_demand = true;
		l.idle_ms = 0;
	}
	return l;
}

/* Each time another limit, so that pools and workers do not shrink in step. */
void roll_draw_idle_ms(struct pool *p)
{
	if (p->limits.on_demand)
		p->limits.idle_ms = (int64_t)sizing_jitter(
			p->conf->process_idle_timeout, (unsigned)p->conf->jitter, upkeep_random());
}

unsigned pool_most(const struct pool *p)
{
	return p->scaled ? p->scaled : (unsigned)p->conf->max_children;
}

/* Those who are to be replaced have somebody in their place already, or will. */
unsigned roll_staff(struct pool *p)
{
	return pool_count(p, WORKER_STARTING) + pool_count(p, WORKER_READY) - count_outdated(p);
}

/* Outdated ones do not count: they stand beside their heirs for a while, and go. */
bool pool_has_surplus(struct pool *p)
{
	return p->conf && roll_staff(p) > p->limits.most;
}

const char *pool_shrinks(struct pool *p)
{
	if (p->drained)
		return "drain";
	if (pool_has_surplus(p))
		return "scale";
	return mono_ms_between(p->trimmed, p->set->loop->now) < ROLL_TRIM_MS ? "idle" : NULL;
}
