/* SPDX-License-Identifier: MIT
 *
 * roster: see roster.h.
 *
 * Of the idle workers the one that rested last is taken first, one of our own lane before others:
 * its caches are warm, and the cold tail can be let go. Workers cross lanes only when there is no
 * other way.
 *
 * With several seats a process this order is one of processes: one that had no seat left comes
 * first as soon as it has one again, and keeps its place as long as it has any. So one is filled
 * before another is used, and what is not needed gets cold. Where nobody is ever let go
 * (pm = static) the least busy is the better one: there, who was given a request comes last, and
 * first only when it does nothing any more.
 */
#include "gateway/roster.h"

#include <stdlib.h>

/* ---- idle and busy ---- */

static struct worker *idle_of(struct dispatch *d, unsigned lane)
{
	struct crew_lane *in;

	if (list_empty(&d->idle[lane]))
		return NULL;
	in = list_first(&d->idle[lane], struct crew_lane, link);
	return list_first(&in->idle, struct worker, link);
}

static void count_busy(struct dispatch *d)
{
	if (d->nbusy > d->max_busy)
		d->max_busy = d->nbusy;
}

/* It rests no more, for good or ill. */
static void rise(struct worker *w)
{
	struct dispatch *d = w->dispatch;
	struct crew *c = w->crew;
	struct crew_lane *in = &c->in[w->home->index];

	list_remove(&w->link);
	if (list_empty(&in->idle) || d->spreads)
		list_remove(&in->link);
	if (!list_empty(&in->idle) && d->spreads)
		list_push_back(&d->idle[w->home->index], &in->link);
	list_remove(&c->resting);
	c->nidle--;
	d->nidle--;
	if (w->backend->rises)
		w->backend->rises(w);
}

void roster_add(struct worker *w)
{
	struct dispatch *d = w->dispatch;
	struct crew *c = w->crew;

	if (list_empty(&c->all)) {
		list_push_back(&d->crews, &c->all);
		d->ncrews++;
		c->leaving |= c->gone;
		d->nready += !c->leaving;
	}
	list_push_back(&c->seats, &w->all);
	list_remove(&c->resting);
	c->nseats++;
	c->nbusy++;
	d->nbusy++;
}

static void dismiss(struct crew *c);

void roster_give(struct worker *w)
{
	struct crew *c = w->crew;

	count_busy(w->dispatch);
	if (c->max_requests && ++c->taken >= c->max_requests)
		dismiss(c);
}

static struct worker *any_idle(struct dispatch *d)
{
	struct worker *w = idle_of(d, lane_here->index);

	for (unsigned i = 0; !w && i < nlanes; i++)
		w = idle_of(d, i);
	return w;
}

struct worker *roster_take_idle(struct dispatch *d)
{
	struct worker *w = d->closed ? NULL : d->choose ? d->choose(d) : any_idle(d);

	if (!w)
		return NULL;
	rise(w);
	w->crew->nbusy++;
	d->nbusy++;
	if (w->home != lane_here) {
		struct lane *from = w->home;
		w->home = lane_here; /* before it is busy: see backends' events */
		w->backend->move(w, from, lane_here);
	}
	w->state = WORKER_BUSY;
	roster_give(w);
	return w;
}

static void no_more_busy(struct worker *w)
{
	w->crew->nbusy--;
	w->dispatch->nbusy--;
	if (w->backend->done)
		w->backend->done(w);
}

void roster_put_idle(struct dispatch *d, struct worker *w)
{
	struct lane *home = w->home;
	struct crew *c = w->crew;
	struct crew_lane *in = &c->in[home->index];
	bool comes = list_empty(&in->idle), rests;

	no_more_busy(w);
	w->state = WORKER_IDLE;
	list_push_front(&in->idle, &w->link);
	c->nidle++;
	d->nidle++;
	rests = c->nbusy == 0;
	if (rests) {
		c->idle_since = home->loop.now;
		list_push_front(&d->resting, &c->resting);
	}
	if (d->spreads ? rests : comes) {
		list_remove(&in->link);
		list_push_front(&d->idle[home->index], &in->link);
	} else if (comes) {
		list_push_back(&d->idle[home->index], &in->link);
	}
	if (w->backend->rests)
		w->backend->rests(w);
}

/* ---- looking ---- */

/* Of the crew at this place in the dispatcher's list, or of those behind it. */
static struct worker *first_from(struct dispatch *d, struct list *at)
{
	for (; at != &d->crews; at = at->next) {
		struct crew *c = container_of(at, struct crew, all);
		if (!list_empty(&c->seats))
			return list_first(&c->seats, struct worker, all);
	}
	return NULL;
}

struct worker *roster_first(struct dispatch *d)
{
	return first_from(d, d->crews.next);
}

struct worker *roster_next(const struct worker *w)
{
	if (w->all.next != &w->crew->seats)
		return container_of(w->all.next, struct worker, all);
	return first_from(w->dispatch, w->crew->all.next);
}

/* ---- the grave ---- */

static void (*tell_buried)(struct crew *c);

void roster_on_buried(void (*buried)(struct crew *c))
{
	tell_buried = buried;
}

/* The last seat takes the crew along. */
static void bury_crew(struct crew *c)
{
	if (c->pid && tell_buried)
		tell_buried(c);
	crew_free(c);
}

static void bury(struct lane *l, struct mail *m)
{
	struct worker *w = container_of(m, struct worker, life);
	struct dispatch *d = w->dispatch;
	struct crew *c = w->crew;
	bool last;

	(void)l;
	pthread_mutex_lock(&d->lock);
	list_remove(&w->all);
	last = --c->nseats == 0;
	if (last) {
		list_remove(&c->all);
		d->ncrews--;
	}
	pthread_mutex_unlock(&d->lock);
	free(w->score);
	if (last)
		bury_crew(c);
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

/* Under the lock; it is in no list of ours and does nothing. */
static void to_the_grave(struct worker *w)
{
	w->state = WORKER_RETIRED;
	if (w->posted)
		return; /* on_died will find it retired and go on from there */
	w->posted = true;
	lane_post(w->home, &w->life, close_then_bury);
}

void roster_retire(struct worker *w)
{
	no_more_busy(w);
	to_the_grave(w);
}

static void retire_idle(struct worker *w)
{
	rise(w);
	to_the_grave(w);
}

/* ---- processes go ---- */

/* Under the lock: it gets no more requests. */
static void dismiss(struct crew *c)
{
	if (!c->leaving)
		c->dispatch->nready--;
	c->leaving = true;
	list_for_each (it, &c->seats) {
		struct worker *w = container_of(it, struct worker, all);
		if (w->state == WORKER_IDLE)
			retire_idle(w);
	}
}

void roster_leave(struct crew *c)
{
	struct dispatch *d = c->dispatch;

	pthread_mutex_lock(&d->lock);
	dismiss(c);
	pthread_mutex_unlock(&d->lock);
}

bool roster_call_back(struct crew *c)
{
	struct dispatch *d = c->dispatch;
	bool goes;

	pthread_mutex_lock(&d->lock);
	goes = c->nidle > 0 && dispatch_less_surplus(d, 1) > 0;
	if (goes)
		dismiss(c);
	pthread_mutex_unlock(&d->lock);
	return goes;
}

bool roster_break(struct crew *c)
{
	struct dispatch *d = c->dispatch;
	bool first;

	pthread_mutex_lock(&d->lock);
	first = !c->broken;
	c->broken = true;
	dismiss(c);
	pthread_mutex_unlock(&d->lock);
	return first;
}

void roster_shed(struct dispatch *d, uint32_t most)
{
	pthread_mutex_lock(&d->lock);
	for (struct list *at = d->resting.prev; at != &d->resting && d->nready > most;) {
		struct crew *c = container_of(at, struct crew, resting);
		at = at->prev;
		dismiss(c);
	}
	list_for_each (it, &d->crews)
		if (d->nready > most)
			dismiss(container_of(it, struct crew, all));
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

void roster_gone(struct crew *c)
{
	struct dispatch *d = c->dispatch;

	pthread_mutex_lock(&d->lock);
	c->gone = true;
	dismiss(c);
	list_for_each (it, &c->seats) {
		struct worker *w = container_of(it, struct worker, all);
		if (w->state != WORKER_BUSY || w->posted)
			continue;
		w->posted = true;
		lane_post(w->home, &w->life, on_died);
	}
	pthread_mutex_unlock(&d->lock);
}

void roster_dissolve(struct dispatch *d)
{
	pthread_mutex_lock(&d->lock);
	list_for_each (it, &d->crews) {
		struct crew *c = container_of(it, struct crew, all);
		if (!c->pid) /* a process is the manager's to call back */
			dismiss(c);
	}
	pthread_mutex_unlock(&d->lock);
}

struct crew *roster_coldest(struct dispatch *d)
{
	return list_empty(&d->resting) ? NULL : list_last(&d->resting, struct crew, resting);
}

static bool may_go(const struct dispatch *d, const struct crew *c, uint32_t idle_ms, uint32_t keep)
{
	return mono_ms_between(c->idle_since, mono_now()) >= idle_ms && d->nidle - c->nidle >= keep;
}

void roster_trim(struct dispatch *d, uint32_t idle_ms, uint32_t keep)
{
	struct crew *c;

	pthread_mutex_lock(&d->lock);
	while ((c = roster_coldest(d)) && may_go(d, c, idle_ms, keep))
		dismiss(c);
	pthread_mutex_unlock(&d->lock);
}

static bool crew_spares(struct crew *c)
{
	list_for_each (it, &c->seats) {
		struct worker *w = container_of(it, struct worker, all);
		if (w->state == WORKER_IDLE && w->backend->spare && w->backend->spare(w))
			return true;
	}
	return false;
}

bool roster_spare(struct dispatch *d)
{
	bool spared = false;

	pthread_mutex_lock(&d->lock);
	for (struct list *at = d->resting.prev; !spared && at != &d->resting; at = at->prev)
		spared = crew_spares(container_of(at, struct crew, resting));
	/* Nor does each seat of a process that has others busy. */
	for (struct list *at = d->crews.prev; !spared && at != &d->crews; at = at->prev)
		spared = crew_spares(container_of(at, struct crew, all));
	pthread_mutex_unlock(&d->lock);
	return spared;
}
