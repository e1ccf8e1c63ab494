/* SPDX-License-Identifier: MIT
 *
 * facts: see facts.h.
 */
#include "gateway/facts.h"

#include "gateway/outside_facts.h"
#include "gateway/outside_plan.h"

#define EVERY_MS 1000

static struct {
	struct lane *lane;
	struct chan *up;
	struct timer tick;
	struct msg_fact_totals totals; /* as last told */
} facts;

/* How long the longest idle one has been so: told when it has grown by this part, so that who is to
 * let it go after some time is late by no more of that; and a second. */
#define IDLE_GROWS_BY 16

static bool idle_is_news(uint32_t told_ms, uint32_t now_ms)
{
	return now_ms < told_ms || now_ms - told_ms > told_ms / IDLE_GROWS_BY;
}

bool facts_are_news(const struct dispatch_facts *told, const struct dispatch_facts *now)
{
	return now->waiting > 0 || now->waiting != told->waiting || now->idle != told->idle ||
	       now->busy != told->busy || now->max_waiting != told->max_waiting ||
	       now->max_busy != told->max_busy || now->requests != told->requests ||
	       now->refused != told->refused || now->timed_out != told->timed_out ||
	       now->slow != told->slow || idle_is_news(told->longest_idle_ms, now->longest_idle_ms);
}

static void tell(struct dispatch *d, const struct dispatch_facts *f)
{
	*dispatch_told(d) = *f;
	chan_send(facts.up, MSG_FACT_POOL,
		&(struct msg_fact_pool){.pool = dispatch_pool_id(d),
			.idle = f->idle,
			.busy = f->busy,
			.waiting = f->waiting,
			.oldest_wait_ms = f->oldest_wait_ms,
			.longest_idle_ms = f->longest_idle_ms,
			.requests = f->requests,
			.refused = f->refused,
			.timed_out = f->timed_out,
			.slow = f->slow,
			.max_waiting = f->max_waiting,
			.max_busy = f->max_busy},
		NULL);
}

void facts_tell(struct dispatch *d)
{
	struct dispatch_facts f;

	dispatch_facts(d, &f);
	tell(d, &f);
}

static void tell_news(struct dispatch *d)
{
	struct dispatch_facts f;

	dispatch_facts(d, &f);
	if (facts_are_news(dispatch_told(d), &f))
		tell(d, &f);
}

static void tell_totals(void)
{
	struct msg_fact_totals t = {0};

	for (unsigned i = 0; i < nlanes; i++) {
		t.connections += lanes[i].nconns;
		t.accepted += lanes[i].counters.accepted;
		t.requests += lanes[i].counters.requests;
		t.errors += lanes[i].counters.errors;
	}
	if (memcmp(&t, &facts.totals, sizeof t) != 0)
		chan_send(facts.up, MSG_FACT_TOTALS, &t, NULL);
	facts.totals = t;
}

void facts_tell_news(void)
{
	const struct plan *p = facts.lane->plan;

	for (size_t i = 0; p && i < p->npools; i++) {
		outside_facts_tell(p->pools[i]->dispatch);
		tell_news(p->pools[i]->dispatch);
	}
	tell_totals();
}

static void on_tick(struct timer *t)
{
	const struct plan *p = facts.lane->plan;

	for (size_t i = 0; p && i < p->npools; i++) {
		outside_tick(p->pools[i]->dispatch);
		said_tell_dropped(dispatch_said(p->pools[i]->dispatch), p->pools[i]->name);
	}
	facts_tell_news();
	if (p)
		plan_follow_roots(p);
	timer_set_ms(&facts.lane->loop, t, EVERY_MS);
}

void facts_begin(struct lane *l, struct chan *up)
{
	facts.lane = l;
	facts.up = up;
	timer_init(&facts.tick, on_tick);
	timer_set_ms(&l->loop, &facts.tick, EVERY_MS);
}
