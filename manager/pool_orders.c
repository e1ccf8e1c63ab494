/* SPDX-License-Identifier: MIT
 *
 * pool_orders: see pool_orders.h.
 *
 * A pool is drained when it has no workers and nobody waits. Only the gateway knows that a worker
 * is idle, so it is asked again and again to give back those that are.
 */
#include "manager/pool_orders.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/directive.h"
#include "manager/pool_facts.h"
#include "manager/value.h"

#define TICK_MS 100

/* What the gateway counts is up to a second old. */
#define SETTLED_MS 1200

struct draining {
	struct list link;   /* house.orders */
	struct list askers; /* who waits for it; they leave the list when they hang up */
	struct house *house;
	struct timer tick;
	struct mono began, late; /* late: when to tell those who wait that it takes longer */
	uint32_t pool;
};

/* ---- the end of an order ---- */

static void draining_free(struct draining *d)
{
	list_remove(&d->link);
	timer_stop(&d->house->loop, &d->tick);
	free(d);
}

static void finish(struct draining *d, unsigned status, const char *why)
{
	house_answer_all(&d->askers, status, why);
	draining_free(d);
}

void pool_orders_end(struct house *h)
{
	list_for_each (it, &h->orders)
		finish(container_of(it, struct draining, link), 1, "hearth is stopping");
}

/* ---- drain ---- */

static bool is_drained(struct pool *p)
{
	return list_empty(&p->workers) && p->facts.busy == 0 && p->facts.waiting == 0;
}

static void let_go(struct house *h, struct pool *p)
{
	if (h->downlink.wall.active) {
		/* As long as somebody is said to wait, others would be hired in their place. */
		if (p->facts.waiting == 0)
			p->set->ops->trim(p->set->wall, p, 0, 0);
		return;
	}
	list_for_each (it, &p->workers) {
		struct worker *w = container_of(it, struct worker, link);
		if (w->state <= WORKER_READY)
			worker_event(w, WORKER_ON_LEAVE, "drain");
	}
}

static void tell_late(struct draining *d, const struct pool *p)
{
	char why[300];

	snprintf(why, sizeof why,
		"pool %s is not empty after %.1f s: %u request%s and %u wait%s. It takes no new "
		"ones, and its workers leave when these are done; see hearth status %s",
		p->name, (double)mono_ms_between(d->began, d->house->loop.now) / 1000,
		p->facts.busy, p->facts.busy == 1 ? " runs" : "s run", p->facts.waiting,
		p->facts.waiting == 1 ? "s" : "", p->name);
	house_answer_all(&d->askers, 1, why);
	d->late = MONO_NEVER;
}

static void on_tick(struct timer *t)
{
	struct draining *d = container_of(t, struct draining, tick);
	struct house *h = d->house;
	struct pool *p = pools_find(&h->pools, d->pool);

	if (h->mood > HOUSE_SERVING) {
		finish(d, 1, "hearth is stopping");
	} else if (!p || !p->conf) {
		finish(d, 1, "a reload has put another pool in its place");
	} else if (!p->drained) {
		finish(d, 1, "the pool takes requests again: somebody has undone it");
	} else if (is_drained(p) && mono_ms_between(d->began, h->loop.now) >= SETTLED_MS) {
		log_notice("[pool %s] is drained", p->name);
		finish(d, 0, NULL);
	} else {
		if (!mono_before(h->loop.now, d->late))
			tell_late(d, p);
		let_go(h, p);
		timer_set_ms(&h->loop, &d->tick, TICK_MS);
	}
}

static struct draining *draining_of(struct house *h, const struct pool *p)
{
	struct draining *d;

	list_for_each (it, &h->orders) {
		d = container_of(it, struct draining, link);
		if (d->pool == p->number)
			return d;
	}
	d = mem_zalloc(sizeof *d);
	d->house = h;
	d->pool = p->number;
	list_init(&d->askers);
	timer_init(&d->tick, on_tick);
	list_push_back(&h->orders, &d->link);
	return d;
}

void pool_order_drain(struct house *h, struct asker *a, struct pool *p)
{
	struct draining *d = draining_of(h, p);

	d->began = h->loop.now;
	d->late = mono_add_ms(d->began, h->pools.patience.leave_ms);
	list_push_back(&d->askers, &a->link);
	pool_drain(p, true);
	timer_set_ms(&h->loop, &d->tick, 0);
}

void pool_undrain(struct pool *p)
{
	if (p->drained)
		pool_drain(p, false);
}

/* ---- scale ---- */

/* NULL, or why there cannot be so many. */
static const char *refuse_number(
	const struct pool *p, const char *text, uint64_t *n, char *why, size_t size)
{
	const struct directive *d = directive_find(SECTION_POOL, "pm.max_children");

	if (!value_number(text, value_counts, n) || *n < d->min || *n > d->max)
		snprintf(why, size,
			"pool %s cannot be scaled to '%s': give a whole number from %llu to %llu",
			p->name, text, (unsigned long long)d->min, (unsigned long long)d->max);
	else if (p->kind == POOL_FASTCGI && p->conf->pm == PM_DYNAMIC &&
		 *n < p->conf->min_spare_servers)
		snprintf(why, size,
			"pool %s cannot be scaled to %s: its pm.min_spare_servers is %llu", p->name,
			text, (unsigned long long)p->conf->min_spare_servers);
	else
		return NULL;
	return why;
}

void pool_order_scale(struct house *h, struct asker *a, struct pool *p, const char *number)
{
	unsigned before = pool_most(p);
	char why[200], said[200];
	uint64_t n;

	if (h->next) {
		a->end(a, 1, "another configuration is just being taken in: try again");
		return;
	}
	if (refuse_number(p, number, &n, why, sizeof why)) {
		a->end(a, 1, why);
		return;
	}
	pool_scale(p, (unsigned)n);
	log_notice("[pool %s] is scaled from %u to %u", p->name, before, pool_most(p));
	snprintf(said, sizeof said, "pool %s: pm.max_children is %u%s\n", p->name, pool_most(p),
		p->scaled ? " until the next reload" : ", as configured");
	a->say(a, span_of(said));
	a->end(a, 0, NULL);
}
