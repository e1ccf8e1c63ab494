/* SPDX-License-Identifier: MIT
 *
 * outside: see outside.h.
 *
 * An address that fails rests; until its rest is over nothing is sent there. Then one request tries
 * it, as if it were well: if that fails too, the request has lost nothing, since it was not begun,
 * and the next rest is longer. If nobody is heard there at once it goes elsewhere, and the
 * connection is tried on without it. The first answer that is a response makes it well. Requests
 * that were on their way when it failed, and fail after it, are not counted again.
 *
 * A child of php-fpm, and a program of libfcgi that has one thread, serves one connection until
 * that ends, even if nothing comes over it. So where new connections are not accepted, idle ones
 * make way for them, and are kept no longer.
 */
#include "gateway/outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "gateway/door.h"
#include "gateway/quota.h"

static void (*tell_news)(struct dispatch *d);

void outside_init(void (*tell)(struct dispatch *d))
{
	tell_news = tell;
}

struct outside_address *outside_ref(struct outside_address *a)
{
	atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
	return a;
}

void outside_unref(struct outside_address *a)
{
	if (!a || atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(a->label);
	free(a);
}

/* ---- resting seats ---- */

void outside_rises(struct outside_seat *s)
{
	list_remove(&s->kept);
	s->f.w.bare = false;
	if (s->is_kept) {
		s->where->idle--;
		s->of->dispatch->kept--;
	}
	s->is_kept = false;
}

static void be_bare(struct outside_seat *s)
{
	s->f.w.bare = true;
	list_push_front(&s->of->bare, &s->kept);
}

void outside_rests(struct outside_seat *s)
{
	struct outside *o = s->of;

	if (s->f.link.io.fd >= 0 && (s->where->gone || s->where->unheard))
		fcgi_seat_hang_up(&s->f);
	s->is_kept = s->f.link.io.fd >= 0;
	if (!s->is_kept) {
		be_bare(s);
		return;
	}
	s->where->idle++;
	o->dispatch->kept++;
	list_push_front(&s->where->kept[s->f.w.home->index], &s->kept);
}

void outside_bares(struct outside_seat *s)
{
	outside_rises(s);
	be_bare(s);
}

void outside_shut(struct outside_seat *s)
{
	struct lane *home = s->f.w.home;

	fcgi_link_move(&s->f.link, &home->loop, home == lane_here, NULL);
	fd_close(&s->f.link.io.fd);
	outside_bares(s);
}

/* ---- whom to ask ---- */

/* The warmest connection, best in our own lane; else one that is to be made; else another's. */
static struct outside_seat *seat_for(struct outside *o, struct outside_address *a)
{
	struct list *from = &a->kept[lane_here->index];
	struct crew *coldest;

	for (unsigned i = 0; list_empty(from) && i < nlanes; i++)
		from = &a->kept[i];
	if (list_empty(from))
		from = &o->bare;
	if (!list_empty(from))
		return list_first(from, struct outside_seat, kept);
	coldest = roster_coldest(o->dispatch);
	return coldest ? outside_seat_of(list_first(&coldest->seats, struct worker, all)) : NULL;
}

static struct worker *choose_seat(struct dispatch *d)
{
	struct outside *o = d->outside;
	size_t i = outside_choose(o->standings, o->n, o->turn, lane_here->loop.now);
	struct outside_seat *s = i == OUTSIDE_NOBODY ? NULL : seat_for(o, o->at[i]);
	struct outside_address *a;

	if (!s)
		return NULL;
	a = s->at = outside_ref(o->at[i]);
	o->turn = i + 1;
	a->standing.busy++;
	a->sums.requests++;
	s->trial = a->standing.failures > 0;
	if (s->trial) {
		a->standing.rests_until = mono_add_ms(lane_here->loop.now, OUTSIDE_TRIAL_MS);
		outside_review(o);
	}
	return &s->f.w;
}

static void is_heard(struct outside_seat *s)
{
	s->at->unheard -= s->unheard;
	s->unheard = false;
}

void outside_is_unheard(struct outside_seat *s)
{
	struct outside *o = s->of;
	struct outside_address *a = s->at;
	struct list *kept = NULL;

	pthread_mutex_lock(&o->dispatch->lock);
	a->unheard += !s->unheard;
	s->unheard = true;
	for (unsigned i = 0; a->idle && i < nlanes; i++)
		if (!list_empty(&a->kept[i]))
			kept = &a->kept[i];
	if (kept)
		outside_shut(list_last(kept, struct outside_seat, kept));
	pthread_mutex_unlock(&o->dispatch->lock);
}

void outside_done(struct outside_seat *s)
{
	is_heard(s);
	s->at->standing.busy--;
	outside_unref(s->at);
	s->at = NULL;
}

bool outside_is_alone(struct outside_seat *s, uint32_t ms)
{
	struct dispatch *d = s->of->dispatch;
	bool spare;

	pthread_mutex_lock(&d->lock);
	spare = d->nidle > 0;
	if (spare) {
		s->at->standing.rests_until = mono_add_ms(lane_here->loop.now, ms);
		outside_review(s->of);
	}
	pthread_mutex_unlock(&d->lock);
	return spare;
}

void outside_is_reached(struct outside_seat *s)
{
	pthread_mutex_lock(&s->of->dispatch->lock);
	s->at->standing.rests_until = lane_here->loop.now;
	outside_review(s->of);
	pthread_mutex_unlock(&s->of->dispatch->lock);
}

bool outside_has_another(const struct outside_seat *s)
{
	struct outside *o = s->of;
	bool found = false;

	pthread_mutex_lock(&o->dispatch->lock);
	for (size_t i = 0; !found && i < o->n; i++)
		found = o->at[i] != s->at &&
			outside_choose(&o->standings[i], 1, 0, lane_here->loop.now) == 0;
	pthread_mutex_unlock(&o->dispatch->lock);
	return found;
}

/* ---- the addresses ---- */

void outside_add(struct outside *o, struct outside_address *a)
{
	o->at = mem_array(o->at, o->n + 1, sizeof *o->at);
	o->standings = mem_array(o->standings, o->n + 1, sizeof *o->standings);
	o->at[o->n] = a;
	o->standings[o->n++] = &a->standing;
}

void outside_drop(struct outside *o, size_t i)
{
	struct outside_address *a = o->at[i];

	a->gone = true;
	for (unsigned lane = 0; lane < nlanes; lane++)
		while (!list_empty(&a->kept[lane]))
			outside_shut(list_first(&a->kept[lane], struct outside_seat, kept));
	o->n--;
	for (size_t k = i; k < o->n; k++) {
		o->at[k] = o->at[k + 1];
		o->standings[k] = o->standings[k + 1];
	}
	outside_unref(a);
}

/* ---- how they fare ---- */

static void on_news(struct lane *l, struct mail *m);

/* Lane 0 looks at who may be asked again, and who waits for that. */
static void post_news(struct outside *o)
{
	if (atomic_exchange(&o->posted, true))
		return;
	dispatch_ref(o->dispatch);
	lane_post(&lanes[0], &o->news, on_news);
}

void outside_review(struct outside *o)
{
	struct dispatch *d = o->dispatch;

	d->down = outside_is_down(o->standings, o->n);
	d->down_until = outside_soonest(o->standings, o->n);
	if (d->down)
		door_review(d);
	post_news(o);
}

static uint32_t any_number(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof n, GRND_NONBLOCK) != (ssize_t)sizeof n)
		n = (uint32_t)mono_now().us;
	return n;
}

/* Under the lock: how long it rests from now on; 0: it did so already. */
static uint32_t begin_rest(struct outside_seat *s, const char *why)
{
	struct outside_address *a = s->at;
	struct outside_standing *now = &a->standing;
	uint32_t ms;

	a->sums.failed++;
	if (!s->trial && now->failures && mono_before(lane_here->loop.now, now->rests_until))
		return 0;
	s->trial = false;
	ms = outside_rest_ms(++now->failures, s->of->rest_most_ms, any_number());
	now->rests_until = mono_add_ms(lane_here->loop.now, ms);
	snprintf(a->why, sizeof a->why, "%s", why);
	atomic_store(&a->ails, true);
	return ms;
}

void outside_failed(struct outside_seat *s, const char *why)
{
	struct outside *o = s->of;
	uint32_t ms;

	pthread_mutex_lock(&o->dispatch->lock);
	ms = begin_rest(s, why);
	if (ms && !s->at->gone)
		outside_review(o);
	pthread_mutex_unlock(&o->dispatch->lock);
	if (ms && quota_may_say(&s->at->said_at, lane_here->loop.now))
		log_warn("[pool %s] %s rests for %u ms: %s", o->pool, s->at->label, ms, why);
}

void outside_is_broken(struct outside_seat *s, const char *why)
{
	struct outside *o = s->of;
	bool another = outside_has_another(s);
	unsigned broken;

	pthread_mutex_lock(&o->dispatch->lock);
	broken = ++s->at->broken;
	atomic_store(&s->at->ails, true);
	pthread_mutex_unlock(&o->dispatch->lock);
	if (outside_is_spoilt(broken, another))
		outside_failed(s, why);
}

void outside_is_heard(struct outside_seat *s)
{
	if (!s->unheard)
		return;
	pthread_mutex_lock(&s->of->dispatch->lock);
	is_heard(s);
	pthread_mutex_unlock(&s->of->dispatch->lock);
}

void outside_answers(struct outside_seat *s)
{
	struct outside *o = s->of;
	struct outside_address *a = s->at;
	bool back;

	if (!atomic_load_explicit(&a->ails, memory_order_relaxed))
		return;
	pthread_mutex_lock(&o->dispatch->lock);
	a->broken = 0;
	back = a->standing.failures > 0;
	a->standing.failures = 0;
	atomic_store(&a->ails, false);
	if (back)
		outside_review(o);
	pthread_mutex_unlock(&o->dispatch->lock);
	if (!back)
		return;
	atomic_store(&a->said_at, 0);
	log_notice("[pool %s] %s is back", o->pool, a->label);
}

/* ---- lane 0 ---- */

/* Under the lock: when the next rest ends. */
static struct mono next_end(const struct outside *o, struct mono now)
{
	struct mono by = MONO_NEVER;

	for (size_t i = 0; i < o->n; i++) {
		const struct outside_standing *s = o->standings[i];
		if (s->failures && mono_before(now, s->rests_until) &&
			mono_before(s->rests_until, by))
			by = s->rests_until;
	}
	return by;
}

static void look(struct outside *o)
{
	struct dispatch *d = o->dispatch;
	struct mono by;

	if (o->left)
		return;
	dispatch_serve(d);
	pthread_mutex_lock(&d->lock);
	by = next_end(o, lane_here->loop.now);
	pthread_mutex_unlock(&d->lock);
	timer_set(&lane_here->loop, &o->wake, by);
	tell_news(d);
}

static void on_wake(struct timer *t)
{
	look(container_of(t, struct outside, wake));
}

static void on_news(struct lane *l, struct mail *m)
{
	struct outside *o = container_of(m, struct outside, news);
	struct dispatch *d = o->dispatch;

	(void)l;
	atomic_store(&o->posted, false);
	look(o);
	dispatch_unref(d);
}

/* ---- birth and death ---- */

static void outside_free(struct outside *o)
{
	for (size_t i = 0; i < o->n; i++)
		outside_unref(o->at[i]);
	for (size_t i = 0; i < o->nnames; i++)
		free(o->names[i].text);
	free(o->at);
	free(o->standings);
	free(o->names);
	free(o->pool);
	free(o);
}

struct outside *outside_new(struct dispatch *d, const char *pool)
{
	struct outside *o = mem_zalloc(sizeof *o);

	o->dispatch = d;
	o->pool = mem_strdup(pool);
	list_init(&o->bare);
	timer_init(&o->wake, on_wake);
	d->outside = o;
	d->drop_outside = outside_free;
	d->choose = choose_seat;
	return o;
}
