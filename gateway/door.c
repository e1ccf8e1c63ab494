/* SPDX-License-Identifier: MIT
 *
 * door: see door.h.
 *
 * Of a pool whose workers die at once the manager says for how long it starts none. Until then
 * nobody need wait; then one request is let in, for which the manager tries a worker (in a pool
 * that starts them on demand it would not otherwise), and the others are still sent away. A worker
 * that has joined takes requests like any other, so the first answer proves the pool well; if it
 * dies, the manager names the next time, and who waits is sent away.
 *
 * Of an external pool it is seen here that all of its addresses fail, and have done so for some
 * time (outside.c); the rest is the same: who comes when one of them may be tried again is let in.
 *
 * What pm.max_queue bounds are those who wait for others to be done. Who waits for a worker that
 * has a seat for him, but has yet to be started, is none of them: otherwise a pool would lose more
 * of a burst the colder it is, and with pm.max_queue = 0 nobody would ever make it start its first
 * worker.
 */
#include "gateway/door.h"

#include "common/log.h"

static bool has_nobody(const struct dispatch *d)
{
	return d->permits ? d->closed : d->nready == 0;
}

static bool is_broken(const struct dispatch *d)
{
	return d->down || (d->standing.door == DOOR_BROKEN && has_nobody(d));
}

/* When that may have an end. */
static struct mono tried_at(const struct dispatch *d)
{
	return d->down ? d->down_until : d->try_at;
}

static uint32_t whole_seconds(int64_t ms)
{
	return ms <= 1000 ? 1 : (uint32_t)((ms + 999) / 1000);
}

/* Seats that nobody has taken yet, whether or not their workers exist. */
static uint64_t seats_to_come(const struct dispatch *d, const struct plan_pool *p)
{
	uint64_t seats = (uint64_t)d->max_children * (p->concurrency ? p->concurrency : 1);

	return seats > d->nbusy ? seats - d->nbusy : 0;
}

static bool line_is_full(const struct dispatch *d, const struct plan_pool *p)
{
	return d->waiting >= p->max_queue + seats_to_come(d, p);
}

/* A line takes about as long as the first in it has waited. */
uint32_t door_retry_after_s(const struct dispatch *d, const struct request *r)
{
	struct mono now = r->lane->loop.now;
	int64_t ms = 0;

	if (d->down || d->standing.door != DOOR_OPEN)
		ms = mono_ms_between(now, tried_at(d));
	else if (!list_empty(&d->line))
		ms = mono_ms_between(list_first(&d->line, struct request, wait)->entered, now);
	return whole_seconds(ms);
}

static const char *why_broken(const struct dispatch *d)
{
	return d->outside ? "none of its addresses answers" : "its workers die at once";
}

/* A local redirect was let in once, and often the one who has sent it here is about to be free. */
static const char *why_not(const struct dispatch *d, const struct request *r, bool again)
{
	bool is_new = !again && !request_is_moved(r);
	bool tries = d->waiting == 0 && !mono_before(r->lane->loop.now, tried_at(d));

	if (is_new && d->standing.door == DOOR_DRAINED)
		return "it is being drained";
	if (is_broken(d) && !tries)
		return why_broken(d);
	if (is_new && line_is_full(d, r->pool))
		return "as many as pm.max_queue allows wait already";
	return NULL;
}

const char *door_turns_away(struct dispatch *d, struct request *r, bool again)
{
	const char *why = why_not(d, r, again);

	if (why) {
		r->answer.retry_after_s = door_retry_after_s(d, r);
		d->refused++;
	}
	return why;
}

void door_tell(struct dispatch *d, const struct request *r, const char *why)
{
	if (quota_may_say(&d->said_away, r->lane->loop.now))
		log_warn("[pool %s] requests are answered 503: %s", r->pool->name, why);
}

/* ---- those who wait ---- */

/* While a worker is being tried they may; and when it may be tried again, which is asked for by
 * waiting. */
static bool waits_for_nobody(const struct dispatch *d)
{
	return d->waiting > 0 && is_broken(d) && d->standing.starting == 0 &&
	       mono_before(mono_now(), tried_at(d));
}

/* Under the lock: this lane's, as if a worker were on its way to them. */
static void take_out(struct dispatch *d, const struct lane *l, struct list *out)
{
	list_for_each (it, &d->line) {
		struct request *r = container_of(it, struct request, wait);
		if (r->lane != l)
			continue;
		roster_line_remove(d, r);
		d->refused++;
		r->answer.retry_after_s = door_retry_after_s(d, r);
		request_become(r, REQ_GRANTED);
		list_push_back(out, &r->wait);
	}
}

static void send_away(struct dispatch *d, struct list *out)
{
	while (!list_empty(out)) {
		struct request *r = list_first(out, struct request, wait);
		list_remove(&r->wait);
		if (r->conn) {
			door_tell(d, r, why_broken(d));
			request_fail(r, r->spoiled ? r->spoiled : 503);
		} else { /* its client left meanwhile */
			request_become(r, REQ_DONE);
			request_free(r);
		}
	}
}

/* From lane to lane: each answers its own. */
static void sweep(struct lane *l, struct mail *m)
{
	struct dispatch *d = container_of(m, struct dispatch, sweep);
	bool last = l->index + 1 == nlanes;
	struct list out;

	list_init(&out);
	pthread_mutex_lock(&d->lock);
	if (waits_for_nobody(d))
		take_out(d, l, &out);
	if (last) {
		d->sweeping = false;
		door_review(d); /* it may have opened and shut on our way */
	}
	pthread_mutex_unlock(&d->lock);
	send_away(d, &out);
	if (last)
		dispatch_unref(d);
	else
		lane_post(&lanes[l->index + 1], m, sweep);
}

void door_review(struct dispatch *d)
{
	if (d->sweeping || !waits_for_nobody(d))
		return;
	d->sweeping = true;
	dispatch_ref(d);
	lane_post(&lanes[0], &d->sweep, sweep);
}

void door_look(struct dispatch *d)
{
	pthread_mutex_lock(&d->lock);
	door_review(d);
	pthread_mutex_unlock(&d->lock);
}

/* ---- what the manager says ---- */

void door_take_standing(struct dispatch *d, const struct msg_pool_standing *m)
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
	d->try_at = mono_add_ms(lane_here->loop.now, s.retry_after_ms);
	door_review(d);
	pthread_mutex_unlock(&d->lock);
}
