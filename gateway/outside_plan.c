/* SPDX-License-Identifier: MIT
 *
 * outside_plan: see outside_plan.h.
 */
#include "gateway/outside_plan.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "gateway/outside_address.h"
#include "gateway/outside_names.h"
#include "gateway/outside_seat.h"

#define NOT_KEPT SIZE_MAX

/* ---- the plan ---- */

/* Words that were there before keep what is known of them. moved: where each of them is now. */
static void take_names(struct outside *o, const struct plan_pool *pool, size_t *moved)
{
	struct outside_name *was = o->names;
	size_t nwas = o->nnames;

	o->names = mem_array(NULL, pool->nbackends ? pool->nbackends : 1, sizeof *o->names);
	for (o->nnames = 0; o->nnames < pool->nbackends; o->nnames++) {
		struct outside_name *to = &o->names[o->nnames];
		const char *text = pool->backends[o->nnames];
		size_t k = 0;
		while (k < nwas && (!was[k].text || strcmp(was[k].text, text) != 0))
			k++;
		*to = k < nwas ? was[k]
			       : (struct outside_name){.text = mem_strdup(text),
					 .place = outside_place_read(span_of(text))};
		if (k < nwas) {
			was[k].text = NULL;
			moved[k] = o->nnames;
		}
	}
	for (size_t k = 0; k < nwas; k++)
		free(was[k].text);
	free(was);
}

/* Under the lock. */
static void take_backends(struct outside *o, const struct plan_pool *pool)
{
	size_t *moved = mem_array(NULL, o->nnames + 1, sizeof *moved);

	for (size_t k = 0; k < o->nnames; k++)
		moved[k] = NOT_KEPT;
	take_names(o, pool, moved);
	for (size_t i = o->n; i-- > 0;) {
		size_t to = moved[o->at[i]->name];
		if (to == NOT_KEPT)
			outside_drop(o, i);
		else
			o->at[i]->name = to;
	}
	free(moved);
	for (size_t i = 0; i < o->nnames; i++) {
		size_t k = 0;
		while (k < o->n && o->at[k]->name != i)
			k++;
		if (k < o->n)
			continue;
		if (o->names[i].place.kind == OUTSIDE_NONSENSE)
			log_error("[pool %s] backend %s is no address", o->pool, o->names[i].text);
		outside_address_add(o, i, &o->names[i].place.peer);
	}
}

void outside_scale(struct dispatch *d, uint32_t n)
{
	uint32_t have;

	dispatch_scale(d, n);
	roster_shed(d, n);
	pthread_mutex_lock(&d->lock);
	have = d->nready;
	pthread_mutex_unlock(&d->lock);
	for (; have < n; have++)
		outside_seat_join(d->outside);
}

void outside_follow(struct dispatch *d, const struct plan_pool *pool)
{
	struct outside *o = d->outside ? d->outside : outside_new(d, pool->name);

	pthread_mutex_lock(&d->lock);
	o->rest_most_ms = pool->rest_most_ms;
	o->idle_ms = pool->idle_timeout_ms;
	o->resolve_ms = pool->resolve_ms;
	take_backends(o, pool);
	outside_review(o);
	pthread_mutex_unlock(&d->lock);
	outside_scale(d, pool->max_children);
	outside_names_begin(o);
}

void outside_leave(struct dispatch *d)
{
	struct outside *o = d->outside;

	o->left = true;
	timer_stop(&lane_here->loop, &o->wake);
	outside_names_end(o);
}

/* ---- once a second ---- */

static bool is_stale(const struct outside *o, const struct outside_seat *s)
{
	return mono_ms_between(s->f.w.crew->idle_since, lane_here->loop.now) >= o->idle_ms;
}

static void close_stale(struct outside *o, struct list *kept)
{
	while (!list_empty(kept)) {
		struct outside_seat *s = list_last(kept, struct outside_seat, kept);
		if (!is_stale(o, s))
			return;
		outside_shut(s);
	}
}

void outside_tick(struct dispatch *d)
{
	struct outside *o = d->outside;

	if (!o)
		return;
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; d->kept && i < o->n; i++)
		for (unsigned lane = 0; lane < nlanes; lane++)
			close_stale(o, &o->at[i]->kept[lane]);
	pthread_mutex_unlock(&d->lock);
}
