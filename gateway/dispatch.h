/* SPDX-License-Identifier: MIT
 *
 * dispatch: one pool as requests see it: who is idle, who waits, and the joining of the two.
 * Runs in: the gateway; the only thing that lanes share. Knows workers through struct backend and
 * requests through struct request, nothing of FastCGI or runners.
 */
#ifndef HEARTH_DISPATCH_H
#define HEARTH_DISPATCH_H

#include "gateway/roster.h"

/* `need` is called in lane 0 when the manager could help: requests wait and workers are few. */
void dispatch_on_need(struct dispatch *d, void (*need)(struct dispatch *d));

/* `serve` is given requests that must be tried again when their pool is in the plan no more. */
void dispatch_on_homeless(void (*serve)(struct request *r));

/* ---- requests; the caller is in the request's lane ---- */

/* Joins it to a worker or puts it in the line; it may be answered when this returns. */
void dispatch_enter(struct request *r);
/* Its client left or broke off: out of the line, or away from its worker. True: nobody holds the
 * request any more. False: a grant is on its way, which will find it orphaned (r->conn == NULL) or
 * spoiled. */
bool dispatch_forget(struct request *r);
/* Out of the line, to be entered elsewhere. False: it has or will have a worker here. */
bool dispatch_take_back(struct request *r);
/* Is its pool's line the one that its lane's plan has? */
bool dispatch_is_current(const struct request *r);
/* The worker never started it: to another one or to the head of the line, unless it was tried too
 * often. The worker is not idle by this: its backend decides what becomes of it. */
void dispatch_retry(struct worker *w);

/* ---- workers ---- */

/* A new worker, ready for work. Lane 0. */
void dispatch_join(struct worker *w);
/* ... that is busy: for it to be idle, call dispatch_idle. */
void dispatch_join_busy(struct worker *w);
/* Busy no more: the next request, or rest, or the grave. Home lane; w->request is NULL. */
void dispatch_idle(struct worker *w);
/* May the home lane act on this worker's idle connection? If so the lock is held afterwards. */
bool dispatch_lock_if_idle(struct worker *w);
void dispatch_unlock(struct dispatch *d);

/* Who waits is served, as far as somebody is idle who may serve. */
void dispatch_serve(struct dispatch *d);

/* Pools whose workers are mere permits (cgi) begin closed, and are open while every lane can use
 * them: this lane can, or can no more. While closed, everybody waits. */
bool dispatch_is_permits(const struct dispatch *d);
void dispatch_begin_closed(struct dispatch *d);
void dispatch_lane_opens(struct dispatch *d, bool open);
/* Closes it if nobody has been busy or waiting for idle_ms. */
bool dispatch_close_if_idle(struct dispatch *d, uint32_t idle_ms);

/* One of its requests was with a worker only to wait there, and has given up. Any lane. */
void dispatch_count_timed_out(struct dispatch *d);
/* One of its requests runs for longer than request_slowlog_timeout. Any lane. */
void dispatch_count_slow(struct dispatch *d);
void dispatch_facts(struct dispatch *d, struct dispatch_facts *f);
/* What the manager was told last; lane 0's. */
struct dispatch_facts *dispatch_told(struct dispatch *d);
/* What the manager has said last. */
void dispatch_standing(struct dispatch *d, struct standing *s);

#endif
