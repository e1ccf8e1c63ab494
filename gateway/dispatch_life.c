/* SPDX-License-Identifier: MIT
 *
 * dispatch_life: a pool's dispatcher begins and ends, see roster.h. Plans, workers and mail hold
 * it. Runs in: the gateway.
 */
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "gateway/roster.h"

struct dispatch *dispatch_new(const struct plan_pool *pool)
{
	struct dispatch *d = mem_zalloc(sizeof *d);

	d->refs = 1;
	d->pool = pool->id;
	d->max_children = pool->max_children;
	d->quiet_since = mono_now();
	/* What FastCGI calls its error stream is not output that somebody forgot to close. */
	d->said.mute = pool->mute && pool->kind == POOL_CGI;
	d->said.plain = pool->plain;
	pthread_mutex_init(&d->lock, NULL);
	d->spreads = pool->pm == PM_STATIC && pool->concurrency > 1;
	d->idle = mem_array(NULL, nlanes, sizeof *d->idle);
	for (unsigned i = 0; i < nlanes; i++)
		list_init(&d->idle[i]);
	list_init(&d->resting);
	list_init(&d->line);
	list_init(&d->crews);
	return d;
}

struct dispatch *dispatch_ref(struct dispatch *d)
{
	atomic_fetch_add(&d->refs, 1);
	return d;
}

void dispatch_unref(struct dispatch *d)
{
	if (atomic_fetch_sub(&d->refs, 1) != 1)
		return;
	must(list_empty(&d->line) && list_empty(&d->crews));
	if (d->outside)
		d->drop_outside(d->outside);
	pthread_mutex_destroy(&d->lock);
	free(d->idle);
	free(d);
}

struct said_limit *dispatch_said(struct dispatch *d)
{
	return &d->said;
}

uint32_t dispatch_pool_id(const struct dispatch *d)
{
	return d->pool;
}

void dispatch_scale(struct dispatch *d, uint32_t max_children)
{
	pthread_mutex_lock(&d->lock);
	d->max_children = max_children;
	pthread_mutex_unlock(&d->lock);
}

uint32_t dispatch_less_surplus(struct dispatch *d, uint32_t n)
{
	uint32_t surplus = atomic_load(&d->surplus), taken;

	do
		taken = surplus < n ? surplus : n;
	while (taken && !atomic_compare_exchange_weak(&d->surplus, &surplus, surplus - taken));
	return taken;
}
