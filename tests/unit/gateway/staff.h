/* SPDX-License-Identifier: MIT
 *
 * staff: fake workers and requests for one pool, and a trace of what happens to them.
 * Runs in: unit tests only.
 *
 * The trace has two or three letters for each event: worker 1 and request a give
 *	1<a	it starts the request	a.	the request is answered	a503	it is refused
 *	1~	it is abandoned		1!	it is to be killed	1+	its process has died
 *	1)	it is closed		1x	it is buried		1A>B	it goes from lane 0
 *to 1
 */
#ifndef HEARTH_TESTS_STAFF_H
#define HEARTH_TESTS_STAFF_H

#include "gateway/dispatch.h"
#include "tests/unit/gateway/stage.h"

static char trace[512];
static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;

static inline void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void note(const char *fmt, ...)
{
	va_list ap;
	size_t n;

	pthread_mutex_lock(&trace_lock);
	n = strlen(trace);
	va_start(ap, fmt);
	if (n > 0)
		trace[n++] = ' ';
	vsnprintf(trace + n, sizeof trace - n, fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&trace_lock);
}

/* What has happened since we last asked. */
static inline void happened(const char *wanted)
{
	pthread_mutex_lock(&trace_lock);
	ck_assert_str_eq(trace, wanted);
	trace[0] = '\0';
	pthread_mutex_unlock(&trace_lock);
}

/* ---- requests ---- */

static struct conn guest; /* every request has a client */
static struct plan_pool *pool;
static struct dispatch *d;

static inline void on_end(struct request *r)
{
	note("%c.", (char)r->id);
	stage_done(r);
}

static inline void on_refuse(struct request *r, int status)
{
	note("%c%d", (char)r->id, status);
	stage_done(r);
}

static inline void on_pull(struct request *r)
{
	(void)r;
}

static const struct front front = {.end = on_end, .refuse = on_refuse, .pull = on_pull};

static inline struct request *request(char name)
{
	struct request *r = stage_request(&front, &guest, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

	r->id = (uint64_t)name;
	r->pool = pool;
	return r;
}

static inline struct request *enter(char name)
{
	struct request *r = request(name);

	dispatch_enter(r);
	return r;
}

static inline void leave_line(struct request *r)
{
	ck_assert(dispatch_forget(r));
	stage_done(r);
}

/* ---- workers ---- */

static inline void on_start(struct worker *w)
{
	note("%u<%c", w->id, (char)w->request->id);
	ck_assert_ptr_eq(w->request->worker, w);
	ck_assert_ptr_eq(w->home, lane_here);
	ck_assert_int_eq(w->state, WORKER_BUSY);
}

static inline void on_resume(struct worker *w)
{
	note("%u^", w->id);
}

static inline void on_more(struct worker *w)
{
	note("%u+", w->id);
}

static inline void on_abandon(struct worker *w, struct request *r)
{
	ck_assert_ptr_null(r->worker);
	note("%u~", w->id);
	ck_assert_ptr_null(w->request);
}

static inline void on_kill(struct worker *w, const char *why)
{
	note("%u! %s", w->id, why);
}

/* What it had said is worth nothing here. */
static inline void on_died(struct worker *w)
{
	struct request *r = w->request;

	note("%u+", w->id);
	w->request = NULL;
	if (r) {
		r->worker = NULL;
		request_fail(r, 502);
	}
	dispatch_idle(w);
}

static bool tell_moves;

static inline void on_move(struct worker *w, struct lane *from, struct lane *to)
{
	if (tell_moves)
		note("%u%s>%s", w->id, from ? (from->index ? "B" : "A") : "",
			to ? (to->index ? "B" : "A") : "");
}

static inline void on_close(struct worker *w)
{
	note("%u)", w->id);
	ck_assert_ptr_eq(w->home, lane_here);
}

static inline void on_forget(struct worker *w, struct lane *l)
{
	ck_assert_ptr_eq(lane_here, l);
	ck_assert_int_eq(w->state, WORKER_RETIRED);
}

static inline void on_bury(struct worker *w)
{
	note("%ux", w->id);
	ck_assert_ptr_eq(lane_here, &lanes[0]);
	free(w);
}

static const struct backend backend = {
	.start = on_start,
	.resume = on_resume,
	.more = on_more,
	.abandon = on_abandon,
	.kill = on_kill,
	.died = on_died,
	.move = on_move,
	.close = on_close,
	.forget = on_forget,
	.bury = on_bury,
};

static inline struct worker *join(uint32_t id)
{
	struct worker *w = calloc(1, sizeof *w);

	worker_init(w, &backend, crew_new(d, id, 100 + id, 0));
	dispatch_join(w);
	return w;
}

/* Its request is answered, and it is free. */
static inline void finish(struct worker *w)
{
	struct request *r = w->request;

	w->request = NULL;
	r->worker = NULL;
	r->front->end(r);
	dispatch_idle(w);
}

/* ---- the pool ---- */

static inline void on_drop(struct dispatch *x)
{
	dispatch_unref(x);
}

static inline void make_pool(struct msg_plan_pool row)
{
	pool = stage_pool(row);
	pool->dispatch = d = dispatch_new(pool);
	pool->drop_dispatch = on_drop;
}

static inline void staff_up(void)
{
	stage_up();
	make_pool((struct msg_plan_pool){.max_children = 4, .max_queue = 3});
}

/* Every worker goes: what is idle at once. */
static inline void dismiss(struct worker *w)
{
	roster_gone(w->crew);
	stage_turn();
}

static inline struct dispatch_facts facts(void)
{
	struct dispatch_facts f;

	dispatch_facts(d, &f);
	return f;
}

static inline void counts(uint32_t idle, uint32_t busy, uint32_t waiting)
{
	struct dispatch_facts f = facts();

	ck_assert_uint_eq(f.idle, idle);
	ck_assert_uint_eq(f.busy, busy);
	ck_assert_uint_eq(f.waiting, waiting);
}

static inline struct worker *permit(uint32_t id)
{
	struct worker *w = calloc(1, sizeof *w);

	worker_init(w, &backend, crew_new(d, id, 0, 0));
	dispatch_join(w);
	return w;
}

#endif
