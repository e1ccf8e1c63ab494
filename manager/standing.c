/* SPDX-License-Identifier: MIT
 *
 * standing: see standing.h.
 */
#include "manager/standing.h"

#include "common/log.h"
#include "manager/pool_facts.h"

/* From one letter to the next. */
#define EVERY_MS 100

/* When to ask again for a pool that somebody has drained: nobody knows. */
#define DRAINED_RETRY_MS 10000

/* ---- the door ---- */

/* How long a worker must live to open the door: one that dies later is no early death. In pools
 * where idle workers are let go before that, half of what they have. */
static int64_t trial_ms(const struct pool *p)
{
	int64_t idle = p->limits.on_demand ? p->limits.idle_ms / 2 : SIZING_EARLY_MS;

	return idle < SIZING_EARLY_MS ? idle : SIZING_EARLY_MS;
}

/* The one that has been there for longest, of those that serve; NULL: nobody does. */
static const struct worker *eldest(struct pool *p)
{
	const struct worker *found = NULL;

	list_for_each (it, &p->workers) {
		const struct worker *w = container_of(it, struct worker, link);
		if (w->state == WORKER_READY && (!found || mono_before(w->born, found->born)))
			found = w;
	}
	return found;
}

/* What starts well may die a moment later, so that a door that is shut takes more to open than one
 * that is open takes to stay so. */
static enum msg_door door_of(struct pool *p)
{
	const struct worker *w = eldest(p);

	if (p->drained)
		return DOOR_DRAINED;
	if (p->streak < SIZING_STREAK_BROKEN)
		return DOOR_OPEN;
	if (p->door != DOOR_BROKEN)
		return w ? DOOR_OPEN : DOOR_BROKEN;
	return w && (w->worked || worker_age_ms(w) >= trial_ms(p)) ? DOOR_OPEN : DOOR_BROKEN;
}

bool standing_is_hopeless(struct pool *p)
{
	return p->streak >= SIZING_STREAK_BROKEN && !eldest(p);
}

int64_t standing_retry_ms(const struct pool *p)
{
	int64_t since = mono_ms_between(p->last_early, p->set->loop->now);
	int64_t left = sizing_backoff_ms(p->streak, p->limits.backoff_ms) - since;

	return p->door != DOOR_BROKEN || left < 0 ? 0 : left;
}

static void say_door(const struct pool *p, enum msg_door was)
{
	if (p->door == DOOR_DRAINED)
		log_notice("[pool %s] takes no new requests: it is drained", p->name);
	else if (p->door == DOOR_OPEN)
		log_notice("[pool %s] takes requests again%s", p->name,
			was == DOOR_BROKEN ? ": a worker has stayed" : "");
	else
		log_error("[pool %s] is shut, its requests are answered 503: %u starts in a row "
			  "failed, the last worker %s. The next try is in %lld ms. See what the "
			  "program says (hearth status %s), mend it, and the pool opens by itself",
			p->name, p->streak, p->last_death, (long long)standing_retry_ms(p),
			p->name);
}

static void decide(struct pool *p)
{
	enum msg_door was = p->door;

	p->door = door_of(p);
	if (p->door == was)
		return;
	say_door(p, was);
	if (p->set->on_door)
		p->set->on_door(p->set->owner);
}

/* ---- the letter ---- */

static struct msg_pool_standing compose(struct pool *p)
{
	struct msg_pool_standing m = {.pool = p->number,
		.door = p->door,
		.retry_after_ms = (uint32_t)standing_retry_ms(p),
		.starting = pool_count(p, WORKER_STARTING),
		.began_ms = p->began_ms,
		.started = p->started,
		.died = p->died,
		.recycled = p->recycled,
		.full = p->full,
		.last_death = span_of(p->last_death)};

	list_for_each (it, &p->workers)
		m.children++;
	if (p->door == DOOR_DRAINED)
		m.retry_after_ms = DRAINED_RETRY_MS;
	return m;
}

static unsigned deaths_of(const struct pool *p)
{
	return p->dead ? p->dead->deaths : 0;
}

/* The time until the next try passes by itself; its end is known with the death before it. */
static bool is_news(const struct pool *p, const struct msg_pool_standing *m)
{
	const struct msg_pool_standing *old = &p->told.letter;

	return m->door != old->door || m->starting != old->starting ||
	       m->children != old->children || m->started != old->started || m->died != old->died ||
	       m->recycled != old->recycled || m->full != old->full ||
	       deaths_of(p) != p->told.deaths;
}

static void on_again(struct timer *t)
{
	struct pool *p = container_of(t, struct pool, told.again);

	if (p->conf && !p->set->ending)
		p->set->ops->stand(p->set->wall, p);
}

/* At the latest when a worker on trial has passed it: nothing else may happen until then. */
static void come_back(struct pool *p, int64_t ms)
{
	const struct worker *w = p->door == DOOR_BROKEN ? eldest(p) : NULL;
	int64_t trial = w ? trial_ms(p) - worker_age_ms(w) : -1;

	if (w && (ms < 0 || trial < ms))
		ms = trial > 0 ? trial : 0;
	if (!p->told.again.fn)
		timer_init(&p->told.again, on_again);
	if (ms >= 0)
		timer_set_ms(p->set->loop, &p->told.again, ms);
}

static bool send_letter(struct pool *p, const struct msg_pool_standing *m, struct chan *to)
{
	p->told.letter = *m;
	p->told.letter.last_death = SPAN_NONE; /* it does not stay as it was then */
	p->told.deaths = deaths_of(p);
	p->told.at = p->set->loop->now;
	return chan_send(to, MSG_POOL_STANDING, m, NULL);
}

bool standing_review(struct pool *p, struct chan *to)
{
	struct msg_pool_standing m;
	int64_t rest = -1;
	bool ok = true;

	decide(p);
	m = compose(p);
	if (to && is_news(p, &m)) {
		rest = mono_is_never(p->told.at)
			       ? 0
			       : EVERY_MS - mono_ms_between(p->told.at, p->set->loop->now);
		if (rest <= 0 || m.door != p->told.letter.door) {
			ok = send_letter(p, &m, to);
			rest = -1;
		}
	}
	come_back(p, rest);
	return ok;
}

bool standing_tell(struct pool *p, struct chan *to)
{
	struct msg_pool_standing m;

	if (!p->conf)
		return true;
	decide(p);
	m = compose(p);
	return send_letter(p, &m, to);
}
