/* SPDX-License-Identifier: MIT
 *
 * dispatch: see dispatch.h. The line is first come, first served over all lanes.
 */
#include "gateway/dispatch.h"

#include <inttypes.h>

#include "common/log.h"
#include "gateway/door.h"
#include "gateway/scoreboard.h"

void dispatch_on_need(struct dispatch *d, void (*need)(struct dispatch *d))
{
	d->need = need;
}

static void (*serve_anew)(struct request *r);

void dispatch_on_homeless(void (*serve)(struct request *r))
{
	serve_anew = serve;
}

/* ---- telling the manager that it could help ---- */

static void deliver_need(struct lane *l, struct mail *m)
{
	struct dispatch *d = container_of(m, struct dispatch, mail);

	(void)l;
	atomic_store(&d->touched, false);
	if (d->need)
		d->need(d);
	dispatch_unref(d);
}

/* Once a turn at most, and only while the pool may still grow: not a letter a request. */
static void tell_need(struct dispatch *d)
{
	bool may_grow = d->closed || d->ncrews < d->max_children;

	if (may_grow && !atomic_exchange(&d->touched, true)) {
		dispatch_ref(d);
		lane_post(&lanes[0], &d->mail, deliver_need);
	}
}

/* ---- under the lock ---- */

static void line_add(struct dispatch *d, struct request *r, bool first)
{
	if (first)
		list_push_front(&d->line, &r->wait);
	else
		list_push_back(&d->line, &r->wait);
	if (++d->waiting > d->max_waiting)
		d->max_waiting = d->waiting;
	tell_need(d);
}

/* ---- requests ---- */

static void on_queue_timeout(struct timer *t)
{
	struct request *r = container_of(t, struct request, deadline);
	struct dispatch *d = r->pool->dispatch;
	bool waits;

	pthread_mutex_lock(&d->lock);
	waits = r->state == REQ_WAITING;
	if (waits) {
		r->answer.retry_after_s = door_retry_after_s(d, r);
		roster_line_remove(d, r);
		d->timed_out++;
	}
	pthread_mutex_unlock(&d->lock);
	if (waits) {
		log_warn("[pool %s] request %016" PRIx64 " waited longer than pm.queue_timeout",
			r->pool->name, r->id);
		request_fail(r, 503);
	}
}

static void wait_in_line(struct request *r)
{
	if (!r->deadline.fn)
		timer_init(&r->deadline, on_queue_timeout);
	if (r->pool->queue_timeout_ms) /* from the first time on: a retry earns no more */
		timer_set(&r->lane->loop, &r->deadline,
			mono_add_ms(r->entered, r->pool->queue_timeout_ms));
}

void dispatch_enter(struct request *r)
{
	struct dispatch *d = r->pool->dispatch;
	struct worker *w = NULL;
	const char *away = NULL;

	if (r->state != REQ_WAITING) /* in another line, till now */
		r->queue_us = 0;
	r->entered = r->lined = r->lane->loop.now;
	request_become(r, REQ_WAITING);
	pthread_mutex_lock(&d->lock);
	d->requests++;
	if (list_empty(&d->line) && door_lets_in(d, r))
		w = roster_take_idle(d);
	if (w)
		scoreboard_begin(w, r);
	else
		away = door_turns_away(d, r, false);
	if (!w && !away)
		line_add(d, r, false);
	pthread_mutex_unlock(&d->lock);
	if (w) {
		worker_engage(w, r);
	} else if (away) {
		door_tell(d, r, away);
		request_fail(r, 503);
	} else {
		wait_in_line(r);
	}
}

bool dispatch_is_current(const struct request *r)
{
	const struct plan *p = r->lane->plan;
	const struct plan_pool *now = r->plan == p ? r->pool : plan_pool(p, r->pool->id);

	return now && now->dispatch == r->pool->dispatch;
}

static void try_another(struct dispatch *d, struct request *r)
{
	bool stays = dispatch_is_current(r);
	const char *away = NULL;
	struct worker *other;

	pthread_mutex_lock(&d->lock);
	other = roster_take_idle(d);
	if (other)
		scoreboard_begin(other, r);
	if (!other && stays)
		away = door_turns_away(d, r, true);
	if (!other && stays && !away)
		line_add(d, r, true);
	pthread_mutex_unlock(&d->lock);
	if (other) {
		worker_engage(other, r);
	} else if (away) {
		door_tell(d, r, away);
		request_fail(r, 503);
	} else if (stays) {
		wait_in_line(r);
	} else {
		serve_anew(r);
	}
}

void dispatch_retry(struct worker *w)
{
	struct request *r = w->request;

	w->request = NULL;
	r->worker = NULL;
	request_body_from_start(r); /* at once: more of it may come in while it waits */
	if (r->tries >= REQUEST_TRIES) {
		log_error("[pool %s] request %016" PRIx64 ": no worker took it in %u tries",
			r->pool->name, r->id, r->tries);
		request_fail(r, 502);
		return;
	}
	request_become(r, REQ_WAITING);
	r->lined = r->lane->loop.now;
	try_another(w->dispatch, r);
}

bool dispatch_forget(struct request *r)
{
	struct dispatch *d = r->pool->dispatch;
	struct worker *w = r->worker;
	bool granted;

	if (w) {
		r->unwanted = true;
		if (r->streams)
			worker_fed(w); /* nobody but the worker is late from here on */
		r->worker = NULL;
		w->request = NULL;
		w->backend->abandon(w, r);
		return true;
	}
	pthread_mutex_lock(&d->lock);
	granted = r->state == REQ_GRANTED;
	if (r->state == REQ_WAITING)
		roster_line_remove(d, r);
	pthread_mutex_unlock(&d->lock);
	return !granted;
}

bool dispatch_take_back(struct request *r)
{
	struct dispatch *d = r->pool->dispatch;
	bool waits;

	pthread_mutex_lock(&d->lock);
	waits = r->state == REQ_WAITING;
	if (waits)
		roster_line_remove(d, r);
	pthread_mutex_unlock(&d->lock);
	if (waits) {
		r->deadline.due = MONO_NEVER; /* it was that of this line */
		r->queue_us += (uint64_t)mono_us_between(r->lined, r->lane->loop.now);
	}
	return waits;
}

/* A worker that another lane gave to one of our requests has arrived. */
static void on_grant(struct lane *l, struct mail *m)
{
	struct worker *w = container_of(m, struct worker, grant);
	struct request *r = w->request;

	w->backend->move(w, NULL, l);
	if (r->conn && !r->spoiled) {
		worker_engage(w, r);
		return;
	}
	/* Its client left meanwhile, or broke off. */
	w->request = NULL;
	if (r->conn) {
		request_fail(r, r->spoiled);
	} else {
		request_become(r, REQ_DONE);
		request_free(r);
	}
	dispatch_idle(w);
}

/* Under the lock. True if the request is of this lane and the caller shall engage it. */
static bool give(struct worker *w, struct request *r)
{
	scoreboard_begin(w, r);
	if (r->lane == w->home)
		return true;
	request_become(r, REQ_GRANTED);
	w->request = r;
	w->backend->move(w, w->home, NULL);
	w->home = r->lane;
	lane_post(r->lane, &w->grant, on_grant);
	return false;
}

static struct worker *next_pair(struct dispatch *d, struct request **r)
{
	struct worker *w;

	if (list_empty(&d->line) || !(w = roster_take_idle(d)))
		return NULL;
	*r = list_first(&d->line, struct request, wait);
	roster_line_remove(d, *r);
	return w;
}

/* Under the lock, which is let go while a request starts. */
static void serve_line(struct dispatch *d)
{
	struct request *r;
	struct worker *w;

	while ((w = next_pair(d, &r))) {
		bool ours = give(w, r);
		pthread_mutex_unlock(&d->lock);
		if (ours)
			worker_engage(w, r);
		pthread_mutex_lock(&d->lock);
	}
}

void dispatch_serve(struct dispatch *d)
{
	pthread_mutex_lock(&d->lock);
	serve_line(d);
	pthread_mutex_unlock(&d->lock);
}

void dispatch_idle(struct worker *w)
{
	struct dispatch *d = w->dispatch;
	struct request *next = NULL;

	timer_stop(&lane_here->loop, &w->deadline);
	pthread_mutex_lock(&d->lock);
	scoreboard_end(w);
	if (w->crew->leaving) {
		roster_retire(w);
	} else if (d->closed || d->choose || list_empty(&d->line)) {
		roster_put_idle(d, w);
	} else {
		next = list_first(&d->line, struct request, wait);
		roster_line_remove(d, next);
		roster_give(w);
		if (!give(w, next))
			next = NULL;
	}
	if (d->nbusy == 0 && d->waiting == 0)
		d->quiet_since = lane_here->loop.now;
	if (d->choose) /* it may be another who is to take the next */
		serve_line(d);
	pthread_mutex_unlock(&d->lock);
	if (next)
		worker_engage(w, next);
}

/* ---- workers come ---- */

void dispatch_join_busy(struct worker *w)
{
	struct dispatch *d = w->dispatch;

	dispatch_ref(d);
	w->tally = &d->tally;
	pthread_mutex_lock(&d->lock);
	roster_add(w);
	pthread_mutex_unlock(&d->lock);
}

void dispatch_join(struct worker *w)
{
	dispatch_join_busy(w);
	dispatch_idle(w);
}

bool dispatch_lock_if_idle(struct worker *w)
{
	struct dispatch *d = w->dispatch;

	pthread_mutex_lock(&d->lock);
	if (w->state == WORKER_IDLE && w->home == lane_here)
		return true;
	pthread_mutex_unlock(&d->lock);
	return false;
}

void dispatch_unlock(struct dispatch *d)
{
	pthread_mutex_unlock(&d->lock);
}

/* ---- permits ---- */

bool dispatch_is_permits(const struct dispatch *d)
{
	return d->permits;
}

void dispatch_begin_closed(struct dispatch *d)
{
	d->permits = d->closed = true;
}

void dispatch_lane_opens(struct dispatch *d, bool open)
{
	pthread_mutex_lock(&d->lock);
	d->open_lanes += open ? 1u : -1u;
	d->closed = d->open_lanes < nlanes;
	d->quiet_since = lane_here->loop.now;
	if (d->closed && d->waiting)
		tell_need(d);
	serve_line(d);
	door_review(d);
	pthread_mutex_unlock(&d->lock);
}

bool dispatch_close_if_idle(struct dispatch *d, uint32_t idle_ms)
{
	bool quiet;

	pthread_mutex_lock(&d->lock);
	quiet = d->nbusy == 0 && d->waiting == 0 &&
		mono_ms_between(d->quiet_since, mono_now()) >= idle_ms;
	if (quiet)
		d->closed = true;
	pthread_mutex_unlock(&d->lock);
	return quiet;
}

void dispatch_count_timed_out(struct dispatch *d)
{
	pthread_mutex_lock(&d->lock);
	d->timed_out++;
	pthread_mutex_unlock(&d->lock);
}

void dispatch_count_slow(struct dispatch *d)
{
	atomic_fetch_add_explicit(&d->slow, 1, memory_order_relaxed);
}

void dispatch_facts(struct dispatch *d, struct dispatch_facts *f)
{
	struct mono now = mono_now();
	struct crew *c;

	pthread_mutex_lock(&d->lock);
	c = roster_coldest(d);
	*f = (struct dispatch_facts){.idle = d->outside ? d->kept : d->nidle,
		.busy = d->nbusy,
		.waiting = d->waiting,
		.max_waiting = d->max_waiting,
		.requests = d->requests,
		.refused = d->refused,
		.timed_out = d->timed_out,
		.slow = d->slow,
		.max_busy = d->max_busy};
	if (!list_empty(&d->line))
		f->oldest_wait_ms = (uint32_t)mono_ms_between(
			list_first(&d->line, struct request, wait)->entered, now);
	if (d->permits)
		f->longest_idle_ms = d->closed || d->nbusy || d->waiting
					     ? 0
					     : (uint32_t)mono_ms_between(d->quiet_since, now);
	else if (c)
		f->longest_idle_ms = (uint32_t)mono_ms_between(c->idle_since, now);
	pthread_mutex_unlock(&d->lock);
}

struct dispatch_facts *dispatch_told(struct dispatch *d)
{
	return &d->told;
}

void dispatch_standing(struct dispatch *d, struct standing *s)
{
	pthread_mutex_lock(&d->lock);
	*s = d->standing;
	if (d->down && s->door == DOOR_OPEN)
		s->door = DOOR_BROKEN;
	pthread_mutex_unlock(&d->lock);
}
