/* SPDX-License-Identifier: MIT
 *
 * pool: see pool.h. How a worker's job is put together stands in hire.c.
 */
#include "manager/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/conf_show.h"
#include "manager/hire.h"
#include "manager/strays.h"

/* So long after it was asked to let go of idle workers, what the gateway gives back is that. */
#define TRIM_MS 2000

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
static void forgive(struct pool *p)
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

static void pour(struct pool *p)
{
	struct mono now = p->set->loop->now;

	sizing_bucket_pour(&p->bucket, p->limits.rate, mono_ms_between(p->poured, now));
	p->poured = now;
}

static struct sizing_facts facts_of(struct pool *p)
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

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* w NULL: it was never born. */
static void remember(struct pool *p, const struct worker *w, const char *why)
{
	struct death *d;

	if (!p->dead)
		p->dead = mem_zalloc(sizeof *p->dead);
	d = obituary_add(p->dead);
	d->at_ms = wall_ms();
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

void pool_free(struct pool *p)
{
	list_remove(&p->link);
	timer_stop(p->set->loop, &p->again);
	timer_stop(p->set->loop, &p->told.again);
	identity_free(&p->as);
	free(p->crashes);
	free(p->name);
	free(p->dead);
	free(p);
}

/* A retired pool goes with the last of its workers. */
static bool free_if_done(struct pool *p)
{
	if (p->conf || !list_empty(&p->workers))
		return false;
	pool_free(p);
	return true;
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

static void stand(struct pool *p)
{
	if (p->conf && !p->fresh && !p->set->ending)
		p->set->ops->stand(p->set->wall, p);
}

static void on_dead(struct worker *w, const char *how)
{
	struct pool *p = w->pool;
	struct pools *set = p->set;

	if (w->introduced)
		set->ops->gone(set->wall, w);
	if (!w->wanted) {
		p->died++;
		snprintf(p->last_death, sizeof p->last_death, "%s", how);
		remember(p, w, w->fault);
		if (died_early(p, w))
			count_early(p, w->born, w->id);
	}
	if (p->kind == POOL_CGI)
		strays_hunt(set->loop);
	list_remove(&w->link);
	upkeep_end(&w->upkeep);
	set->staff -= p->kind == POOL_FASTCGI;
	set->duties->buried(p, w);
	free(w);
	if (!free_if_done(p)) {
		pool_introduce(p);
		pool_review(p);
	}
	set->duties->room(set);
	set->on_burial(set->owner);
}

/* An heir that is ready lets another one go. */
static void on_ready(struct worker *w)
{
	pool_introduce(w->pool);
	if (w->id == w->pool->heir)
		pool_review(w->pool);
	stand(w->pool);
}

static bool on_leave(struct worker *w)
{
	struct pools *set = w->pool->set;

	return w->introduced && set->ops->leave(set->wall, w);
}

static const struct worker_owner owner_ops = {
	.ready = on_ready, .leave = on_leave, .dead = on_dead};

/* ---- births ---- */

/* It finishes what it does, however long that takes: nobody waits for it to be gone. */
static void on_limit(struct upkeep *u, const char *limit)
{
	struct worker *w = container_of(u, struct worker, upkeep);
	char size[40] = "";

	if (w->state > WORKER_READY)
		return; /* it goes already, for another reason */
	if (u->bytes)
		snprintf(size, sizeof size, " (%llu KB)", (unsigned long long)(u->bytes / 1024));
	log_notice("%s %d has reached %s%s: it is replaced", w->title, w->pid, limit, size);
	w->unhurried = true;
	w->pool->recycled += !w->outdated;
	w->outdated = w->outdated ? w->outdated : limit;
	pool_review(w->pool);
}

static void begin_upkeep(struct pool *p, struct worker *w)
{
	const struct conf_pool *c = p->conf;
	const struct upkeep_terms terms = {.max_requests = c->max_requests,
		.max_lifetime = c->max_lifetime,
		.max_memory = c->max_memory,
		.jitter = (unsigned)c->jitter};

	if (p->kind == POOL_FASTCGI)
		upkeep_begin(&w->upkeep, p->set->loop, w->pid, &terms, on_limit);
}

struct worker *pool_start_one(struct pool *p)
{
	struct pools *set = p->set;
	struct hire_terms terms = {.conf = p->conf,
		.as = &p->as,
		.gateway = set->gateway,
		.workers_dir = set->workers_dir,
		.runner = set->runner};
	struct worker *w = mem_zalloc(sizeof *w);
	char why[sizeof p->last_death - 32];

	worker_init(w, set->loop, &owner_ops, &set->patience);
	w->id = ++set->last_worker;
	w->pool = p;
	if (!hire(w, &terms, why, sizeof why)) {
		log_error("[pool %s] cannot start a worker: %s", p->name, why);
		snprintf(p->last_death, sizeof p->last_death, "was never born: %s", why);
		remember(p, NULL, why);
		count_early(p, set->loop->now, 0);
		free(w);
		return NULL;
	}
	list_push_back(&p->workers, &w->link);
	begin_upkeep(p, w);
	set->staff += p->kind == POOL_FASTCGI;
	p->started++;
	sizing_bucket_take(&p->bucket, 1);
	log_debug("%s %d started", w->title, w->pid);
	return w;
}

/* The gateway bounds what a cgi pool runs at once, so it knows first that this is not enough. */
static bool is_full(const struct pool *p, const struct sizing *s)
{
	bool cgi_full = p->kind == POOL_CGI && p->facts.waiting > 0 &&
			p->facts.busy >= pool_most(p);

	return s->full || cgi_full;
}

static void tell_full(struct pool *p, const struct sizing *s)
{
	if (is_full(p, s) && !p->said_full) {
		log_warn("[pool %s] server reached max_children setting (%u), consider raising it",
			p->name, pool_most(p));
		p->said_full = true;
		p->full++;
	} else if (p->facts.waiting == 0) {
		p->said_full = false;
	}
}

/* A pool that is drained is on demand, and those who waited before are its last demand. */
static struct sizing_limits limits_now(const struct pool *p)
{
	struct sizing_limits l = p->limits;

	if (p->drained) {
		l.on_demand = true;
		l.idle_ms = 0;
	}
	return l;
}

static struct sizing decide(struct pool *p)
{
	struct sizing_limits limits = limits_now(p);
	struct sizing_facts facts;

	forgive(p);
	stand(p);
	pour(p);
	facts = facts_of(p);
	return sizing_decide(&limits, &facts);
}

unsigned pool_wants(struct pool *p)
{
	return p->conf && !p->set->ending ? decide(p).spawn : 0;
}

/* Each time another limit, so that pools and workers do not shrink in step. */
static void draw_idle_ms(struct pool *p)
{
	if (p->limits.on_demand)
		p->limits.idle_ms = (int64_t)sizing_jitter(
			p->conf->process_idle_timeout, (unsigned)p->conf->jitter, upkeep_random());
}

static void let_go(struct pool *p, const struct sizing *s)
{
	p->trimmed = p->set->loop->now;
	p->set->ops->trim(p->set->wall, p, limits_now(p).idle_ms, s->trim_keep);
	draw_idle_ms(p);
}

/* Called after every fact: asks what to do, and does it. */
void pool_review(struct pool *p)
{
	struct sizing s;

	if (!p->conf || p->set->ending)
		return;
	s = decide(p);
	tell_full(p, &s);
	if (s.trim)
		let_go(p, &s);
	s.spawn = p->set->duties->grant(p, s.spawn);
	while (s.spawn > 0 && pool_start_one(p))
		s.spawn--;
	if (s.spawn > 0)
		s.wait_ms = sizing_backoff_ms(p->streak, p->limits.backoff_ms);
	p->set->duties->renew(p, &s);
	if (s.wait_ms >= 0)
		timer_set_ms(p->set->loop, &p->again, s.wait_ms);
	stand(p);
}

static void on_again(struct timer *t)
{
	pool_review(container_of(t, struct pool, again));
}

void pool_take_facts(struct pool *p, const struct msg_fact_pool *facts)
{
	p->facts = *facts;
	pool_review(p);
}

/* The word may come behind the death: the worker answers, ends by itself, and the kernel is faster
 * than the letter. */
void pool_take_proof(struct pool *p, struct worker *w, uint32_t id)
{
	if (w ? w->worked : id != p->mourned)
		return;
	if (w)
		w->worked = true;
	else
		p->mourned = 0;
	p->streak = 0;
	pool_review(p);
}

/* Unasked, only a pool that shrinks or whose workers have a limit has some to give back. */
void pool_take_left(struct worker *w)
{
	struct pool *p = w->pool;
	const char *why = pool_shrinks(p);

	if (w->state != WORKER_READY || why) {
		worker_event(w, WORKER_ON_LEFT, why ? why : "idle");
	} else if (w->upkeep.max_requests > 0) {
		p->recycled++;
		worker_event(w, WORKER_ON_LEFT, "pm.max_requests");
	} else if (p->limits.on_demand || p->limits.spares) {
		worker_event(w, WORKER_ON_LEFT, "idle");
	}
}

/* A runner of a gateway that is gone ends its scripts, and others must not run meanwhile: there
 * would be more than pm.max_children. */
static bool still_ends_scripts(struct pool *p)
{
	list_for_each (it, &p->workers) {
		const struct worker *w = worker_at(it);
		if (w->has_family && w->state > WORKER_READY && !w->introduced && w->channel < 0)
			return true;
	}
	return false;
}

void pool_introduce(struct pool *p)
{
	if (p->fresh || !p->conf || still_ends_scripts(p))
		return;
	list_for_each (it, &p->workers) {
		struct worker *w = worker_at(it);
		if (w->state == WORKER_READY && !w->introduced)
			p->set->ops->join(p->set->wall, p, w);
	}
}

/* ---- birth and retirement ---- */

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

static struct sizing_limits limits_of(const struct conf_pool *c, unsigned most, unsigned threads)
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

bool pool_new(struct pools *ps, const struct conf_pool *c, char *why, size_t size)
{
	struct pool *p = mem_zalloc(sizeof *p);
	char reason[160];

	if (!identity_find(&p->as, c->user, c->group, reason, sizeof reason)) {
		snprintf(why, size, "pool %s: %s", c->name, reason);
		free(p);
		return false;
	}
	p->set = ps;
	p->number = ++ps->last_pool;
	p->name = mem_strdup(c->name);
	p->kind = (enum msg_pool_kind)c->type;
	p->conf = p->next = c;
	p->fresh = true;
	p->limits = limits_of(c, (unsigned)c->max_children, ps->threads);
	draw_idle_ms(p);
	sizing_bucket_fill(&p->bucket, p->limits.rate);
	p->poured = ps->loop->now;
	p->trimmed = mono_add_ms(ps->loop->now, -TRIM_MS);
	p->began_ms = (uint64_t)wall_ms();
	p->told.at = MONO_NEVER;
	list_init(&p->workers);
	list_init(&p->for_renewal);
	p->renewing = MONO_NEVER;
	timer_init(&p->again, on_again);
	list_push_back(&ps->all, &p->link);
	return true;
}

void pool_retire(struct pool *p)
{
	p->conf = p->next = NULL;
	p->wants = 0;
	p->set->on_renewed(p, "a reload has replaced the pool");
	list_for_each (it, &p->workers)
		worker_event(worker_at(it), WORKER_ON_LEAVE, "reload");
	free_if_done(p);
}

/* ---- orders ---- */

unsigned pool_most(const struct pool *p)
{
	return p->scaled ? p->scaled : (unsigned)p->conf->max_children;
}

/* Those who are to be replaced have somebody in their place already, or will. */
static unsigned count_staff(struct pool *p)
{
	return pool_count(p, WORKER_STARTING) + pool_count(p, WORKER_READY) - count_outdated(p);
}

bool pool_has_surplus(struct pool *p)
{
	return p->conf && count_staff(p) > p->limits.most;
}

/* Those that have no work yet; and those of whom no gateway knows. */
static void dismiss_surplus(struct pool *p)
{
	list_for_each (it, &p->workers) {
		struct worker *w = worker_at(it);
		if (count_staff(p) > p->limits.most && w->state <= WORKER_READY && !w->introduced)
			worker_event(w, WORKER_ON_LEAVE, "scale");
	}
}

void pool_scale(struct pool *p, unsigned most)
{
	p->scaled = most == p->conf->max_children ? 0 : most;
	p->limits = limits_of(p->conf, pool_most(p), p->set->threads);
	draw_idle_ms(p);
	dismiss_surplus(p);
	p->set->ops->scale(p->set->wall, p);
	pool_review(p);
}

void pool_drain(struct pool *p, bool drained)
{
	p->drained = drained;
	pool_review(p);
}

const char *pool_shrinks(struct pool *p)
{
	if (p->drained)
		return "drain";
	if (pool_has_surplus(p))
		return "scale";
	return mono_ms_between(p->trimmed, p->set->loop->now) < TRIM_MS ? "idle" : NULL;
}

/* ---- the gateway comes and goes ---- */

/* What the old gateway had counted stays counted; what it saw is void. */
static void forget_facts(struct pool *p)
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

static void lose_gateway(struct worker *w)
{
	w->introduced = false;
	if (w->state == WORKER_LEAVING)
		worker_event(w, WORKER_ON_LEFT, NULL);
	else if (w->state == WORKER_READY && w->pool->kind == POOL_CGI && w->channel < 0)
		worker_event(w, WORKER_ON_STOP, "its gateway is gone");
}

void pool_gateway_lost(struct pool *p)
{
	forget_facts(p);
	list_for_each (it, &p->workers)
		lose_gateway(worker_at(it));
}

const struct conf_pool *pool_offered(const struct pool *p)
{
	return p->set->pending ? p->next : p->conf;
}
