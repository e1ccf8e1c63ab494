/* SPDX-License-Identifier: MIT
 *
 * worker: see worker.h.
 */
#include "gateway/worker.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "gateway/access_log.h"
#include "gateway/tally.h"

static void (*tell_slow)(const struct worker *w, const struct request *r);

void worker_on_slow(void (*slow)(const struct worker *w, const struct request *r))
{
	tell_slow = slow;
}

static bool is_over(struct mono t)
{
	return !mono_before(lane_here->loop.now, t);
}

static struct mono first(struct mono a, struct mono b)
{
	return mono_before(a, b) ? a : b;
}

static void arm(struct worker *w)
{
	timer_set(&lane_here->loop, &w->deadline,
		first(first(w->unanswered_at, w->head_by), first(w->slow_at, w->terminate_at)));
}

/* As php-fpm words it: there are programs that look for that. */
static void tell_end(const struct worker *w, const struct request *r, const char *why)
{
	struct span script = request_script(r);
	int64_t us = mono_us_between(r->engaged, lane_here->loop.now);
	char child[24];

	snprintf(child, sizeof child, "child %u", r->usage.pid);

	log_event("timeout", LOG_AT_WARNING, r->id,
		"[pool %s] %s%s%s, script '%.*s' (request: \"%.*s %.*s\") execution timed out "
		"(%lld.%06lld sec), terminating: %s passed, request %016" PRIx64,
		r->pool->name, w->address ? w->address : child,
		request_asks(r) ? ", authorizer of pool " : "",
		request_asks(r) ? r->beyond->name : "", SPAN_FMT(script),
		SPAN_FMT(request_method(r)), SPAN_FMT(request_target(r)), (long long)(us / 1000000),
		(long long)(us % 1000000), why, r->id);
}

static void overrun(struct worker *w)
{
	struct request *r = w->request;
	bool whole = is_over(w->terminate_at);
	const char *why = whole ? "request_terminate_timeout" : "response_header_timeout";

	w->request = NULL;
	if (w->tally)
		tally_ended(w->tally, whole ? ENDED_TERMINATE_TIMEOUT : ENDED_HEADER_TIMEOUT);
	if (r) {
		tell_end(w, r, why);
		r->worker = NULL;
		request_fail(r, 504);
	}
	w->backend->kill(w, why);
}

/* Of one whose client has left there is nothing to tell that anybody would miss. */
static void on_deadline(struct timer *t)
{
	struct worker *w = container_of(t, struct worker, deadline);

	if (is_over(w->slow_at)) {
		w->slow_at = MONO_NEVER;
		if (w->request)
			tell_slow(w, w->request);
	}
	if (is_over(w->unanswered_at)) {
		w->unanswered_at = MONO_NEVER;
		if (w->request)
			w->backend->unanswered(w);
	}
	if (is_over(w->head_by) || is_over(w->terminate_at))
		overrun(w);
	else
		arm(w);
}

static void (*tell_worked)(struct worker *w);

void worker_on_worked(void (*worked)(struct worker *w))
{
	tell_worked = worked;
}

void worker_worked(struct worker *w)
{
	if (!atomic_load_explicit(&w->crew->worked, memory_order_relaxed) &&
		!atomic_exchange(&w->crew->worked, true))
		tell_worked(w);
}

static struct mono deadline_of(struct mono now, uint32_t ms)
{
	return ms ? mono_add_ms(now, ms) : MONO_NEVER;
}

static void set_deadlines(struct worker *w, const struct request *r)
{
	struct mono now = lane_here->loop.now;

	w->head_by = deadline_of(now, r->pool->header_timeout_ms);
	w->slow_at = deadline_of(now, r->pool->slow_timeout_ms);
	w->terminate_at = deadline_of(now, r->pool->terminate_timeout_ms);
	w->unanswered_at = deadline_of(now, w->backend->unanswered ? WORKER_UNANSWERED_MS : 0);
	arm(w);
}

void worker_busy_for(struct worker *w, uint32_t ms)
{
	w->unanswered_at = w->head_by = w->slow_at = MONO_NEVER;
	w->terminate_at = deadline_of(lane_here->loop.now, ms);
	arm(w);
}

/* While it waits for more of a body it is not the one that is late. */
void worker_fed(struct worker *w)
{
	struct request *r = w->request;
	bool waits;

	if (!r->read_whole && !r->unwanted)
		r->front->pull(r);
	if (r->raw_done)
		return;
	waits = !r->read_whole && !r->unwanted && r->body_at == r->body_len;
	w->head_by = waits ? MONO_NEVER
			   : deadline_of(lane_here->loop.now, r->pool->header_timeout_ms);
	arm(w);
}

/* No deadline comes earlier by this than what is armed: the heap need not know. */
void worker_head_came(struct worker *w)
{
	w->unanswered_at = w->head_by = MONO_NEVER;
	w->deadline.due = first(w->slow_at, w->terminate_at);
}

void worker_engage(struct worker *w, struct request *r)
{
	request_become(r, REQ_RUNNING);
	r->deadline.due = MONO_NEVER;
	r->engaged = r->lane->loop.now;
	r->queue_us += (uint64_t)mono_us_between(r->lined, r->engaged);
	r->worker = w;
	r->tries++;
	access_log_part(r); /* with one that has sent it here */
	request_runs_as(r, w->pid);
	w->request = r;
	set_deadlines(w, r);
	w->backend->start(w);
}

void worker_init(struct worker *w, const struct backend *b, struct crew *c)
{
	w->backend = b;
	w->dispatch = c->dispatch;
	w->crew = c;
	w->id = c->id;
	w->pid = c->pid;
	w->home = lane_here;
	w->joined = lane_here->loop.now;
	w->born = time(NULL);
	w->state = WORKER_BUSY; /* until dispatch_join */
	list_init(&w->link);
	list_init(&w->all);
	list_init(&w->life.link);
	list_init(&w->grant.link);
	timer_init(&w->deadline, on_deadline);
}
