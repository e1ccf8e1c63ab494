/* SPDX-License-Identifier: MIT
 *
 * pool: see pool.h. How a worker's job is put together stands in hire.c.
 */
#include "manager/pool.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/hire.h"
#include "manager/pool_backends.h"
#include "manager/pool_deaths.h"
#include "manager/pool_facts.h"
#include "manager/strays.h"

/* So long after it was asked to let go of idle workers, what the gateway gives back is that. */
#define TRIM_MS 2000

/* ---- the end of workers, and of their pool ---- */

void pool_free(struct pool *p)
{
	list_remove(&p->link);
	timer_stop(p->set->loop, &p->again);
	timer_stop(p->set->loop, &p->told.again);
	identity_free(&p->as);
	free(p->crashes);
	free(p->backends);
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
	if (!w->wanted)
		pool_mourn(p, w, how);
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
		pool_mourn_unborn(p, why);
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

/* ---- review ---- */

/* The gateway bounds what a cgi pool runs at once, and how many connections an external one has, so
 * it knows first that this is not enough. */
static bool is_full(const struct pool *p, const struct sizing *s)
{
	bool theirs = p->kind != POOL_FASTCGI && p->facts.waiting > 0 &&
		      p->facts.busy >= pool_most(p);

	return s->full || theirs;
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

static struct sizing decide(struct pool *p)
{
	struct sizing_limits limits = pool_limits_now(p);
	struct sizing_facts facts;

	pool_forgive(p);
	stand(p);
	if (!pool_hires(p))
		return (struct sizing){.wait_ms = -1};
	facts = pool_facts(p);
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
	p->set->ops->trim(p->set->wall, p, pool_limits_now(p).idle_ms, s->trim_keep);
	draw_idle_ms(p);
}

/* In a full house an old worker has to go before there is another: whoever comes then is the heir
 * that has to prove itself before the next one goes. Returns how many could not be started. */
static unsigned start(struct pool *p, unsigned n)
{
	const struct worker *w;

	for (; n > 0 && (w = pool_start_one(p)); n--)
		if (p->kind == POOL_FASTCGI && !pool_heir(p) && pool_outdated(p) > 0 &&
			p->set->duties->house_full(p->set))
			p->heir = w->id;
	return n;
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
	s.spawn = start(p, s.spawn);
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

/* ---- what the gateway says ---- */

void pool_take_facts(struct pool *p, const struct msg_fact_pool *facts)
{
	p->facts = *facts;
	pool_review(p);
}

void pool_take_proof(struct pool *p, struct worker *w, uint32_t id)
{
	if (pool_believe(p, w, id))
		pool_review(p);
}

static bool was_trimmed(const struct pool *p)
{
	return mono_ms_between(p->trimmed, p->set->loop->now) < TRIM_MS;
}

/* Why workers that nobody has asked for may be given back by the gateway; NULL: they may not. */
static const char *shrinks(struct pool *p)
{
	if (p->drained)
		return "drain";
	if (pool_has_surplus(p))
		return "scale";
	return was_trimmed(p) ? "idle" : NULL;
}

/* Whom the gateway gives back it gives nothing more, so he goes in any case: also if what he was
 * told to go for is over by now, as when a pool was scaled down and up again while he was busy. */
void pool_take_left(struct worker *w)
{
	struct pool *p = w->pool;
	const char *why = shrinks(p);

	if (w->state == WORKER_READY && !p->drained && was_trimmed(p))
		pool_forgive_idle(p, w);
	if (w->state != WORKER_READY || why) {
		worker_event(w, WORKER_ON_LEFT, why ? why : "idle");
	} else if (w->upkeep.max_requests > 0) {
		p->recycled++;
		worker_event(w, WORKER_ON_LEFT, "pm.max_requests");
	} else {
		bool varies = p->limits.on_demand || p->limits.spares;
		worker_event(w, WORKER_ON_LEFT, varies ? "idle" : "an earlier order");
	}
}

/* ---- a pool begins and retires ---- */

bool pool_new(struct pools *ps, const struct conf_pool *c, char *why, size_t size)
{
	struct pool *p = mem_zalloc(sizeof *p);
	char reason[160];

	if (c->type != POOL_EXTERNAL &&
		!identity_find(&p->as, c->user, c->group, reason, sizeof reason)) {
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
	pool_backends_init(p);
	p->limits = pool_limits(p);
	draw_idle_ms(p);
	sizing_bucket_fill(&p->bucket, p->limits.rate);
	p->poured = ps->loop->now;
	p->trimmed = mono_add_ms(ps->loop->now, -TRIM_MS);
	p->began_ms = (uint64_t)clock_since_1970_ms();
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

const struct conf_pool *pool_offered(const struct pool *p)
{
	return p->set->pending ? p->next : p->conf;
}

/* ---- orders ---- */

/* Those that have no work yet; and those of whom no gateway knows. */
static void dismiss_surplus(struct pool *p)
{
	list_for_each (it, &p->workers) {
		struct worker *w = worker_at(it);
		if (pool_count_staff(p) > p->limits.most && w->state <= WORKER_READY &&
			!w->introduced)
			worker_event(w, WORKER_ON_LEAVE, "scale");
	}
}

void pool_scale(struct pool *p, unsigned most)
{
	p->scaled = most == p->conf->max_children ? 0 : most;
	p->limits = pool_limits(p);
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

/* ---- the gateway comes and goes ---- */

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

static void lose_gateway(struct worker *w)
{
	w->met |= w->introduced;
	w->introduced = false;
	if (w->state == WORKER_LEAVING)
		worker_event(w, WORKER_ON_LEFT, NULL);
	else if (w->state == WORKER_READY && w->pool->kind == POOL_CGI && w->channel < 0)
		worker_event(w, WORKER_ON_STOP, "its gateway is gone");
}

void pool_gateway_lost(struct pool *p)
{
	pool_forget_facts(p);
	pool_backends_forget(p);
	list_for_each (it, &p->workers)
		lose_gateway(worker_at(it));
}
