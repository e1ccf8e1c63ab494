/* SPDX-License-Identifier: MIT
 *
 * pool: see pool.h. How a worker's job is put together stands in hire.c.
 */
#include "manager/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/conf_show.h"
#include "manager/hire.h"
#include "manager/strays.h"

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

static struct sizing_facts facts_of(struct pool *p)
{
	return (struct sizing_facts){
		.starting = pool_count(p, WORKER_STARTING),
		.ready = pool_count(p, WORKER_READY),
		.going = pool_count(p, WORKER_LEAVING) + pool_count(p, WORKER_STOPPING) +
			 pool_count(p, WORKER_KILLING),
		.idle = p->facts.idle,
		.busy = p->facts.busy,
		.waiting = p->facts.waiting,
		.longest_idle_ms = p->facts.longest_idle_ms,
		.streak = p->streak,
		.trying = count_trying(p),
		.since_death_ms = mono_ms_between(p->last_early, p->set->loop->now),
	};
}

/* ---- deaths ---- */

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
	identity_free(&p->as);
	free(p->name);
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

static void on_dead(struct worker *w, const char *how)
{
	struct pool *p = w->pool;
	struct pools *set = p->set;

	if (w->introduced)
		set->ops->gone(set->wall, w);
	if (!w->wanted) {
		p->died++;
		snprintf(p->last_death, sizeof p->last_death, "%s", how);
		if (died_early(p, w))
			count_early(p, w->born, w->id);
	}
	if (p->kind == POOL_CGI)
		strays_hunt(set->loop);
	list_remove(&w->link);
	free(w);
	if (!free_if_done(p)) {
		pool_introduce(p);
		pool_review(p);
	}
	set->on_burial(set->owner);
}

static void on_ready(struct worker *w)
{
	pool_introduce(w->pool);
}

static bool on_leave(struct worker *w)
{
	struct pools *set = w->pool->set;

	return w->introduced && set->ops->leave(set->wall, w);
}

static const struct worker_owner owner_ops = {
	.ready = on_ready, .leave = on_leave, .dead = on_dead};

/* ---- births ---- */

static bool start_one(struct pool *p)
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
		count_early(p, set->loop->now, 0);
		free(w);
		return false;
	}
	list_push_back(&p->workers, &w->link);
	p->started++;
	log_debug("%s %d started", w->title, w->pid);
	return true;
}

/* The gateway bounds what a cgi pool runs at once, so it knows first that this is not enough. */
static bool is_full(const struct pool *p, const struct sizing *s)
{
	bool cgi_full = p->kind == POOL_CGI && p->facts.waiting > 0 &&
			p->facts.busy >= p->conf->max_children;

	return s->full || cgi_full;
}

static void tell_full(struct pool *p, const struct sizing *s)
{
	if (is_full(p, s) && !p->said_full) {
		log_warn(
			"[pool %s] server reached max_children setting (%llu), consider raising it",
			p->name, (unsigned long long)p->conf->max_children);
		p->said_full = true;
	} else if (p->facts.waiting == 0) {
		p->said_full = false;
	}
}

/* Called after every fact: asks what to do, and does it. */
void pool_review(struct pool *p)
{
	struct sizing_facts facts;
	struct sizing s;

	if (!p->conf || p->set->ending)
		return;
	forgive(p);
	facts = facts_of(p);
	s = sizing_decide(&p->limits, &facts);
	tell_full(p, &s);
	if (s.trim)
		p->set->ops->trim(p->set->wall, p);
	while (s.spawn > 0 && start_one(p))
		s.spawn--;
	if (s.spawn > 0)
		s.wait_ms = sizing_backoff_ms(p->streak, p->limits.backoff_ms);
	if (s.wait_ms >= 0)
		timer_set_ms(p->set->loop, &p->again, s.wait_ms);
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

static struct sizing_limits limits_of(const struct conf_pool *c, unsigned threads)
{
	struct sizing_limits l = {.most = (unsigned)c->max_children,
		.on_demand = c->pm == PM_ONDEMAND,
		.idle_ms = (int64_t)c->process_idle_timeout,
		.backoff_ms = (int64_t)c->restart_backoff_max};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->type != POOL_CGI)
		return l;
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
	p->limits = limits_of(c, ps->threads);
	list_init(&p->workers);
	timer_init(&p->again, on_again);
	list_push_back(&ps->all, &p->link);
	return true;
}

void pool_retire(struct pool *p)
{
	p->conf = p->next = NULL;
	list_for_each (it, &p->workers)
		worker_event(worker_at(it), WORKER_ON_LEAVE, "reload");
	free_if_done(p);
}

/* ---- the gateway comes and goes ---- */

/* What the old gateway had counted stays counted; what it saw is void. */
static void forget_facts(struct pool *p)
{
	p->past.requests += p->facts.requests;
	p->past.refused += p->facts.refused;
	p->past.timed_out += p->facts.timed_out;
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
