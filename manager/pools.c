/* SPDX-License-Identifier: MIT
 *
 * pools: see pools.h.
 */
#include "manager/pools.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/conf_show.h"
#include "manager/pool_facts.h"
#include "manager/renew.h"
#include "manager/value.h"

/* So long a worker may stay at least before it has to make room for another pool, and so long it
 * takes at least until the next one has to. */
#define TENURE_MS     1000
#define EVICT_MS      250
#define EVICT_BUSY_MS 2000

static struct pool *pool_at(struct list *it)
{
	return container_of(it, struct pool, link);
}

/* ---- process.max: how much room there is ---- */

static unsigned room_of(const struct pools *ps)
{
	return ps->bounds.most > ps->staff ? ps->bounds.most - ps->staff : 0;
}

static bool house_full(struct pools *ps)
{
	return ps->bounds.most > 0 && room_of(ps) == 0;
}

static unsigned living(struct pool *p)
{
	return pool_count(p, WORKER_STARTING) + pool_count(p, WORKER_READY);
}

/* ---- ... who gets it ---- */

static bool waits(const struct pool *p)
{
	return p->facts.waiting > 0;
}

/* Where requests wait comes first: room may have been made for just that. What they leave is for
 * those who only fill up. */
static unsigned room_for(struct pools *ps, const struct pool *p)
{
	unsigned room = room_of(ps);

	if (waits(p))
		return room;
	list_for_each (it, &ps->all) {
		const struct pool *other = pool_at(it);
		if (waits(other))
			room = room > other->wants ? room - other->wants : 0;
	}
	return room;
}

/* What cannot be divided goes to the next one behind who got it last, so that each has his turn,
 * however often somebody asks and whoever else wants some. */
static unsigned share_of(struct pools *ps, const struct pool *p)
{
	struct sizing_claim *claims = NULL;
	unsigned room = room_for(ps, p), got;
	size_t n = 0, own = 0, before = 0;

	if (room == 0)
		return 0;
	list_for_each (it, &ps->all) {
		struct pool *other = pool_at(it);
		if (other->wants == 0 || waits(other) != waits(p))
			continue;
		claims = mem_array(claims, n + 1, sizeof *claims);
		claims[n] = (struct sizing_claim){living(other), other->wants, 0};
		if (other == p)
			own = n;
		before += other->number <= ps->turn;
		n++;
	}
	sizing_share(claims, n, room, before);
	got = claims[own].grant;
	if (got > 0)
		ps->turn = p->number;
	free(claims);
	return got;
}

/* ---- ... and who has to make it ---- */

static struct worker *eldest(struct pool *p)
{
	struct worker *found = NULL;

	list_for_each (it, &p->workers) {
		struct worker *w = worker_at(it);
		bool stays = w->state != WORKER_READY ||
			     mono_ms_between(w->ready_at, w->loop->now) < TENURE_MS;
		if (!stays && (!found || mono_before(w->ready_at, found->ready_at)))
			found = w;
	}
	return found;
}

static bool has_idle(const struct pool *p)
{
	return p->facts.idle >= p->limits.seats;
}

/* The pool with the most idle seats; or else with the most workers, and of those with one each the
 * one that has had it for longest. */
static bool is_richer(struct pool *a, struct pool *b)
{
	unsigned la = living(a), lb = living(b);

	if (a->facts.idle != b->facts.idle)
		return a->facts.idle > b->facts.idle;
	if (la != lb)
		return la > lb;
	return mono_before(eldest(a)->ready_at, eldest(b)->ready_at);
}

static struct pool *richest(struct pools *ps, const struct pool *but)
{
	struct pool *found = NULL;

	list_for_each (it, &ps->all) {
		struct pool *p = pool_at(it);
		if (p == but || !p->conf || p->kind != POOL_FASTCGI || !eldest(p))
			continue;
		if (!found || is_richer(p, found))
			found = p;
	}
	return found;
}

/* One that leaves may have a long request: after a while another one is asked. */
static bool is_making_room(struct pools *ps)
{
	int64_t ms = mono_ms_between(ps->evicted, ps->loop->now);

	if (ms < (ps->asked_idle ? EVICT_MS : EVICT_BUSY_MS))
		return true;
	list_for_each (it, &ps->all) {
		struct pool *p = pool_at(it);
		if (p->kind == POOL_FASTCGI &&
			(pool_count(p, WORKER_STOPPING) > 0 || pool_count(p, WORKER_KILLING) > 0))
			return true;
	}
	return false;
}

/* What looked idle may have been taken meanwhile, or idle in parts: if nobody went by that, one
 * that is perhaps busy has to, when it has finished what it does. */
static void evict(struct pools *ps, struct pool *from)
{
	ps->asked_idle = !ps->asked_idle && has_idle(from);
	ps->evicted = from->trimmed = ps->loop->now;
	if (ps->asked_idle) {
		ps->ops->trim(ps->wall, from, 0, from->facts.idle - from->limits.seats);
	} else {
		struct worker *w = eldest(from);
		w->unhurried = true;
		worker_event(w, WORKER_ON_LEAVE, "process.max");
	}
}

/* A pool whose requests wait, and which has nobody at all, is not left to starve; and one that has
 * somebody gets idle ones of those that have more. */
static void make_room_for(struct pools *ps, struct pool *p)
{
	struct pool *from;

	timer_set_ms(ps->loop, &p->again, EVICT_MS);
	if (is_making_room(ps) || !(from = richest(ps, p)))
		return;
	if (living(p) == 0 || (has_idle(from) && living(from) > living(p) + 1)) {
		log_debug("[pool %s] gives up a worker for pool %s", from->name, p->name);
		evict(ps, from);
	}
}

/* After a reload with a lower limit. */
static void empty_overfull(struct pools *ps)
{
	struct pool *from = ps->staff > ps->bounds.most ? richest(ps, NULL) : NULL;

	if (from && !is_making_room(ps))
		evict(ps, from);
}

static void tell_house_full(struct pools *ps, const struct pool *p)
{
	if (ps->said_house_full)
		return;
	log_warn("server reached process.max setting (%u), consider raising it: pool %s wants %u "
		 "more",
		ps->bounds.most, p->name, p->wants);
	ps->said_house_full = true;
}

/* An episode is over when nobody wants what he cannot have. */
static void forget_house_full(struct pools *ps)
{
	list_for_each (it, &ps->all)
		if (pool_at(it)->wants > 0)
			return;
	ps->said_house_full = false;
}

static unsigned grant(struct pool *p, unsigned want)
{
	struct pools *ps = p->set;
	unsigned got = want;

	if (ps->bounds.most == 0 || p->kind != POOL_FASTCGI)
		return want;
	p->wants = want;
	if (want > 0)
		got = share_of(ps, p);
	p->wants = want - got;
	if (got > 0)
		ps->asked_idle = false;
	if (p->wants > 0)
		tell_house_full(ps, p);
	else if (ps->said_house_full)
		forget_house_full(ps);
	if (p->wants > 0 && p->facts.waiting > 0 && got == 0)
		make_room_for(ps, p);
	empty_overfull(ps);
	return got;
}

/* Somebody is dead: those that were refused ask again. */
static void ask_again(struct pools *ps)
{
	list_for_each (it, &ps->all) {
		if (house_full(ps))
			return;
		if (pool_at(it)->wants > 0)
			pool_review(pool_at(it));
	}
}

static const struct pool_duties duties = {.grant = grant,
	.house_full = house_full,
	.renew = renew_go_on,
	.buried = renew_after_death,
	.room = ask_again};

/* ---- the plan transaction ---- */

static bool prepare_one(struct pools *ps, const struct conf_pool *c, char *why, size_t size)
{
	struct pool *p = pools_find_name(ps, c->name);

	if (!p || !conf_pool_equal(p->conf, c))
		return pool_new(ps, c, why, size);
	p->next = c;
	return true;
}

bool pools_prepare(struct pools *ps, const struct conf *conf, char *why, size_t size)
{
	ps->pending = true;
	ps->before = ps->bounds;
	ps->bounds = (struct pools_bounds){.most = (unsigned)conf->global.process_max,
		.crashes = (unsigned)conf->global.emergency_restart_threshold,
		.crashes_ms = (int64_t)conf->global.emergency_restart_interval};
	for (size_t i = 0; i < conf->npools; i++) {
		if (prepare_one(ps, conf->pools[i], why, size))
			continue;
		pools_revert(ps);
		return false;
	}
	return true;
}

void pools_commit(struct pools *ps)
{
	ps->pending = false;
	list_for_each (it, &ps->all) {
		struct pool *p = pool_at(it);
		if (!p->conf)
			continue;
		p->fresh = false;
		p->conf = p->next;
		p->next = NULL;
		if (!p->conf)
			pool_retire(p);
		else if (p->scaled)
			pool_scale(p, (unsigned)p->conf->max_children);
	}
}

void pools_revert(struct pools *ps)
{
	ps->pending = false;
	ps->bounds = ps->before;
	list_for_each (it, &ps->all) {
		struct pool *p = pool_at(it);
		p->next = NULL;
		if (p->fresh && p->conf)
			pool_retire(p);
	}
}

/* ---- all of them ---- */

void pools_init(struct pools *ps, struct loop *l)
{
	*ps = (struct pools){.loop = l, .runner = -1, .duties = &duties};
	list_init(&ps->all);
}

void pools_review(struct pools *ps)
{
	/* All say what they want before the first gets it. */
	list_for_each (it, &ps->all)
		if (ps->bounds.most && pool_at(it)->kind == POOL_FASTCGI)
			pool_at(it)->wants = pool_wants(pool_at(it));
	list_for_each (it, &ps->all)
		pool_review(pool_at(it));
}

void pools_gateway_lost(struct pools *ps)
{
	list_for_each (it, &ps->all)
		pool_gateway_lost(pool_at(it));
}

void pools_end(struct pools *ps, enum worker_event order, const char *why)
{
	ps->ending = true;
	list_for_each (it, &ps->all)
		list_for_each (at, &pool_at(it)->workers)
			worker_event(worker_at(at), order, why);
}

bool pools_empty(struct pools *ps)
{
	list_for_each (it, &ps->all)
		if (!list_empty(&pool_at(it)->workers))
			return false;
	return true;
}

void pools_close(struct pools *ps)
{
	list_for_each (it, &ps->all)
		if (list_empty(&pool_at(it)->workers))
			pool_free(pool_at(it));
}

struct pool *pools_find(struct pools *ps, uint32_t number)
{
	list_for_each (it, &ps->all)
		if (pool_at(it)->number == number)
			return pool_at(it);
	return NULL;
}

/* The one that serves; its retired namesakes do not count. */
struct pool *pools_find_name(struct pools *ps, const char *name)
{
	list_for_each (it, &ps->all) {
		struct pool *p = pool_at(it);
		if (p->conf && !p->fresh && strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

const char *pools_suggest(struct pools *ps, const char *name)
{
	const char *best = NULL;
	unsigned least = 2 + (unsigned)strlen(name) / 5;

	list_for_each (it, &ps->all) {
		const struct pool *p = pool_at(it);
		unsigned far = value_distance(p->name, name);
		if (!p->conf || p->fresh || far >= least)
			continue;
		least = far;
		best = p->name;
	}
	return best;
}

struct worker *pools_find_worker(struct pools *ps, uint32_t id)
{
	list_for_each (it, &ps->all)
		list_for_each (at, &pool_at(it)->workers)
			if (worker_at(at)->id == id)
				return worker_at(at);
	return NULL;
}
