/* SPDX-License-Identifier: MIT
 *
 * roster: see roster.h.
 *
 * Of the idle workers the one that rested last is taken first, one of our own lane before others:
 * its caches are warm, and the cold tail can be let go. Workers cross lanes only when there is no
 * other way.
 */
#include "gateway/roster.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"

/* ---- birth and death ---- */

struct dispatch *dispatch_new(const struct plan_pool *pool)
{
	struct dispatch *d = mem_zalloc(sizeof *d);

	d->refs = 1;
	d->pool = pool->id;
	d->max_children = pool->max_children;
	d->quiet_since = mono_now();
	pthread_mutex_init(&d->lock, NULL);
	d->idle = mem_array(NULL, nlanes, sizeof *d->idle);
	for (unsigned i = 0; i < nlanes; i++)
		list_init(&d->idle[i]);
	list_init(&d->line);
	list_init(&d->workers);
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
	must(list_empty(&d->line) && list_empty(&d->workers));
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

void dispatch_take_standing(struct dispatch *d, const struct msg_pool_standing *m)
{
	struct standing s = {.door = (enum msg_door)m->door,
		.retry_after_ms = m->retry_after_ms,
		.starting = m->starting,
		.children = m->children,
		.began_ms = m->began_ms,
		.started = m->started,
		.died = m->died,
		.recycled = m->recycled,
		.full = m->full};

	log_escape(s.last_death, sizeof s.last_death, m->last_death.p, m->last_death.n);
	pthread_mutex_lock(&d->lock);
	d->standing = s;
	pthread_mutex_unlock(&d->lock);
}

/* ---- idle ---- */

static struct worker *idle_of(struct dispatch *d, unsigned lane)
{
	if (list_empty(&d->idle[lane]))
		return NULL;
	return list_first(&d->idle[lane], struct worker, link);
}

struct worker *roster_take_idle(struct dispatch *d)
{
	struct worker *w = d->closed ? NULL : idle_of(d, lane_here->index);

	for (unsigned i = 0; !d->closed && !w && i < nlanes; i++)
		w = idle_of(d, i);
	if (!w)
		return NULL;
	list_remove(&w->link);
	d->nidle--;
	d->nbusy++;
	if (w->home != lane_here) {
		struct lane *from = w->home;
		w->home = lane_here; /* before it is busy: see backends' events */
		w->backend->move(w, from, lane_here);
	}
	w->state = WORKER_BUSY;
	return w;
}

void roster_put_idle(struct dispatch *d, struct worker *w)
{
	struct lane *home = w->home;

	w->state = WORKER_IDLE;
	w->idle_since = home->loop.now;
	list_push_front(&d->idle[home->index], &w->link);
	d->nidle++;
}

/* ---- the grave ---- */

static void (*tell_buried)(struct worker *w);

void roster_on_buried(void (*buried)(struct worker *w))
{
	tell_buried = buried;
}

static void bury(struct lane *l, struct mail *m)
{
	struct worker *w = container_of(m, struct worker, life);
	struct dispatch *d = w->dispatch;

	(void)l;
	pthread_mutex_lock(&d->lock);
	list_remove(&w->all);
	d->nworkers--;
	pthread_mutex_unlock(&d->lock);
	if (w->pid && tell_buried)
		tell_buried(w);
	w->backend->bury(w);
	dispatch_unref(d);
}

/* It was idle in other lanes' loops too, in its time, and they may be holding an event of it: it
 * passes by all of them on its way. */
static void pass_by(struct lane *l, struct mail *m)
{
	struct worker *w = container_of(m, struct worker, life);

	if (w->backend->forget)
		w->backend->forget(w, l);
	if (l->index + 1 < nlanes)
		lane_post(&lanes[l->index + 1], m, pass_by);
	else
		lane_post(&lanes[0], m, bury);
}

static void close_then_bury(struct lane *l, struct mail *m)
{
	struct worker *w = container_of(m, struct worker, life);

	timer_stop(&l->loop, &w->deadline);
	w->backend->close(w);
	lane_post(&lanes[0], m, pass_by);
}

/* Under the lock; the worker is in no list of ours and does nothing. */
void roster_retire(struct worker *w)
{
	w->state = WORKER_RETIRED;
	if (w->posted)
		return; /* on_died will find it retired and go on from there */
	w->posted = true;
	lane_post(w->home, &w->life, close_then_bury);
}

static void retire_idle(struct dispatch *d, struct worker *w)
{
	list_remove(&w->link);
	d->nidle--;
	roster_retire(w);
}

/* ---- workers go ---- */

void roster_leave(struct worker *w)
{
	struct dispatch *d = w->dispatch;

	pthread_mutex_lock(&d->lock);
	w->leaving = true;
	if (w->state == WORKER_IDLE)
		retire_idle(d, w);
	pthread_mutex_unlock(&d->lock);
}

/* The word that the process is dead has reached the lane that it worked for. */
static void on_died(struct lane *l, struct mail *m)
{
	struct worker *w = container_of(m, struct worker, life);
	struct dispatch *d = w->dispatch;
	enum worker_state state;

	pthread_mutex_lock(&d->lock);
	state = w->state;
	w->posted = state == WORKER_RETIRED;
	pthread_mutex_unlock(&d->lock);
	if (state == WORKER_RETIRED)
		close_then_bury(l, m);
	else if (w->home == l)
		w->backend->died(w);
}

void roster_gone(struct worker *w)
{
	struct dispatch *d = w->dispatch;

	pthread_mutex_lock(&d->lock);
	w->gone = true;
	if (w->state == WORKER_IDLE) {
		retire_idle(d, w);
	} else if (w->state == WORKER_BUSY && !w->posted) {
		w->posted = true;
		lane_post(w->home, &w->life, on_died);
	}
	pthread_mutex_unlock(&d->lock);
}

void roster_dissolve(struct dispatch *d)
{
	pthread_mutex_lock(&d->lock);
	list_for_each (it, &d->workers) {
		struct worker *w = container_of(it, struct worker, all);
		if (w->pid)
			continue; /* a process is the manager's to call back */
		w->leaving = true;
		if (w->state == WORKER_IDLE)
			retire_idle(d, w);
	}
	pthread_mutex_unlock(&d->lock);
}

struct worker *roster_coldest(struct dispatch *d)
{
	struct worker *found = NULL;

	for (unsigned i = 0; i < nlanes; i++) {
		struct worker *w;
		if (list_empty(&d->idle[i]))
			continue;
		w = list_last(&d->idle[i], struct worker, link);
		if (!found || mono_before(w->idle_since, found->idle_since))
			found = w;
	}
	return found;
}

void roster_trim(struct dispatch *d, uint32_t idle_ms, uint32_t keep)
{
	struct mono now = mono_now();
	struct worker *w;

	pthread_mutex_lock(&d->lock);
	while (d->nidle > keep && (w = roster_coldest(d)) &&
		mono_ms_between(w->idle_since, now) >= idle_ms) {
		w->leaving = true;
		retire_idle(d, w);
	}
	pthread_mutex_unlock(&d->lock);
}
