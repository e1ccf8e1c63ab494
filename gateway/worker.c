/* SPDX-License-Identifier: MIT
 *
 * worker: see worker.h.
 */
#include "gateway/worker.h"

#include <inttypes.h>

#include "common/log.h"
#include "gateway/access_log.h"
#include "gateway/tally.h"

static void on_overrun(struct timer *t)
{
	struct worker *w = container_of(t, struct worker, deadline);
	struct request *r = w->request;
	bool whole = !mono_before(lane_here->loop.now, w->terminate_at);
	const char *why = whole ? "request_terminate_timeout" : "response_header_timeout";

	w->request = NULL;
	if (w->tally)
		tally_ended(w->tally, whole ? ENDED_TERMINATE_TIMEOUT : ENDED_HEADER_TIMEOUT);
	if (r) {
		log_warn("[pool %s] child %u, request %016" PRIx64 " \"%.*s %.*s\": %s passed",
			r->pool->name, r->usage.pid, r->id, SPAN_FMT(request_method(r)),
			SPAN_FMT(request_target(r)), why);
		r->worker = NULL;
		request_fail(r, 504);
	}
	w->backend->kill(w, why);
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

static void arm(struct worker *w, const struct request *r)
{
	struct mono now = lane_here->loop.now;
	struct mono head_by = deadline_of(now, r->pool->header_timeout_ms);

	w->terminate_at = deadline_of(now, r->pool->terminate_timeout_ms);
	timer_set(&lane_here->loop, &w->deadline,
		mono_before(head_by, w->terminate_at) ? head_by : w->terminate_at);
}

void worker_fed(struct worker *w)
{
	struct request *r = w->request;
	struct mono by;

	if (!r->read_whole && !r->unwanted)
		r->front->pull(r);
	if (r->raw_done)
		return;
	by = deadline_of(lane_here->loop.now, r->pool->header_timeout_ms);
	if ((!r->read_whole && !r->unwanted && r->body_at == r->body_len) ||
		mono_before(w->terminate_at, by))
		by = w->terminate_at;
	timer_set(&lane_here->loop, &w->deadline, by);
}

void worker_head_came(struct worker *w)
{
	w->deadline.due = w->terminate_at; /* later than what is armed: the heap need not know */
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
	arm(w, r);
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
	timer_init(&w->deadline, on_overrun);
}
