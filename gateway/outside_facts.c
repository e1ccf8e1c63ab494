/* SPDX-License-Identifier: MIT
 *
 * outside_facts: see outside_facts.h.
 */
#include "gateway/outside_facts.h"

#include <stdio.h>
#include <stdlib.h>

static struct chan *up;

/* ---- each address ---- */

/* Of one that rests, at least 1. One that is being tried after a rest does so still. */
static uint32_t resting_ms(const struct outside_standing *s, struct mono now)
{
	int64_t ms = mono_ms_between(now, s->rests_until);

	if (s->failures == 0 && !s->barred)
		return 0;
	return ms < 1 ? 1 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static void copy(struct outside_row *to, const struct outside_address *a, struct mono now)
{
	*to = (struct outside_row){.busy = a->standing.busy,
		.idle = a->idle,
		.resting_ms = resting_ms(&a->standing, now),
		.requests = a->sums.requests,
		.failed = a->sums.failed};
	snprintf(to->address, sizeof to->address, "%s", a->label);
	snprintf(to->why, sizeof to->why, "%s", to->resting_ms ? a->why : "");
}

struct outside_row *outside_look(struct dispatch *d, size_t *n)
{
	struct outside_row *rows = NULL;
	struct outside *o = d->outside;

	*n = 0;
	if (!o)
		return NULL;
	pthread_mutex_lock(&d->lock);
	rows = o->n ? calloc(o->n, sizeof *rows) : NULL;
	for (size_t i = 0; rows && i < o->n; i++)
		copy(&rows[(*n)++], o->at[i], mono_now());
	pthread_mutex_unlock(&d->lock);
	return rows;
}

/* ---- the manager ---- */

void outside_facts_begin(struct chan *to)
{
	up = to;
}

/* A name rests if all of its addresses do, and no longer than the first of them. */
static void add(struct msg_fact_backend *m, const struct outside_address *a, struct mono now)
{
	uint32_t ms = resting_ms(&a->standing, now);

	m->busy += a->standing.busy;
	m->idle += a->idle;
	m->requests += a->sums.requests;
	m->failed += a->sums.failed;
	if (ms >= m->resting_ms)
		return;
	m->resting_ms = ms;
	m->why = ms ? span_of(a->why) : SPAN_LIT("");
}

static struct msg_fact_backend figures_of(const struct outside *o, size_t name)
{
	struct mono now = lane_here->loop.now;
	struct msg_fact_backend m = {.pool = dispatch_pool_id(o->dispatch),
		.address = span_of(o->names[name].text),
		.requests = o->names[name].past.requests,
		.failed = o->names[name].past.failed,
		.resting_ms = UINT32_MAX};

	for (size_t i = 0; i < o->n; i++)
		if (o->at[i]->name == name)
			add(&m, o->at[i], now);
	return m;
}

static bool is_news(const struct outside_name *name, const struct msg_fact_backend *m)
{
	const struct msg_fact_backend *told = &name->told;

	return !told->pool || told->busy != m->busy || told->idle != m->idle ||
	       told->requests != m->requests || told->failed != m->failed ||
	       !told->resting_ms != !m->resting_ms || m->resting_ms > told->resting_ms ||
	       !span_is(m->why, name->told_why);
}

void outside_facts_tell(struct dispatch *d)
{
	struct outside *o = d->outside;

	for (size_t i = 0; o && up && i < o->nnames; i++) {
		struct outside_name *name = &o->names[i];
		struct msg_fact_backend m;
		char why[OUTSIDE_WHY_MAX];

		pthread_mutex_lock(&d->lock);
		m = figures_of(o, i);
		snprintf(why, sizeof why, "%.*s", SPAN_FMT(m.why));
		pthread_mutex_unlock(&d->lock);
		m.why = span_of(why);
		if (!is_news(name, &m))
			continue;
		chan_send(up, MSG_FACT_BACKEND, &m, NULL);
		name->told = m;
		memcpy(name->told_why, why, sizeof why);
	}
}
