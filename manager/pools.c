/* SPDX-License-Identifier: MIT
 *
 * pools: see pools.h.
 */
#include "manager/pools.h"

#include "manager/conf_show.h"

static struct pool *pool_at(struct list *it)
{
	return container_of(it, struct pool, link);
}

static struct worker *worker_at(struct list *it)
{
	return container_of(it, struct worker, link);
}

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
	}
}

void pools_revert(struct pools *ps)
{
	ps->pending = false;
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
	*ps = (struct pools){.loop = l, .runner = -1};
	list_init(&ps->all);
}

void pools_review(struct pools *ps)
{
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

struct worker *pools_find_worker(struct pools *ps, uint32_t id)
{
	list_for_each (it, &ps->all)
		list_for_each (at, &pool_at(it)->workers)
			if (worker_at(at)->id == id)
				return worker_at(at);
	return NULL;
}
