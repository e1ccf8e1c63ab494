/* SPDX-License-Identifier: MIT
 *
 * roster: the workers of one pool: who is idle, who leaves, who is buried.
 * Runs in: the gateway. With dispatch, which adds the line of requests, the only thing that lanes
 * share; nobody else looks into struct dispatch.
 */
#ifndef HEARTH_ROSTER_H
#define HEARTH_ROSTER_H

#include "gateway/said.h"
#include "gateway/worker.h"

/* What only the manager knows of a pool. */
struct standing {
	enum msg_door door;
	uint32_t retry_after_ms; /* while the door is not open */
	uint32_t starting, children;
	uint64_t began_ms; /* since 1970 */
	uint64_t started, died, recycled, full;
	char last_death[256];
};

struct dispatch {
	_Atomic unsigned refs;
	pthread_mutex_t lock;
	uint32_t pool, max_children;
	struct list *idle; /* one list a lane, most recently used first */
	struct list line;
	struct list workers;
	uint32_t nworkers, nidle, nbusy, waiting, max_waiting;
	bool permits, closed;
	unsigned open_lanes;
	struct mono quiet_since;
	uint64_t requests, refused, timed_out;
	struct standing standing;

	struct said_limit said;

	_Atomic bool touched;
	struct mail mail;
	void (*need)(struct dispatch *d);
};

struct dispatch *dispatch_new(const struct plan_pool *pool);
struct dispatch *dispatch_ref(struct dispatch *d);
void dispatch_unref(struct dispatch *d);
uint32_t dispatch_pool_id(const struct dispatch *d);
/* Any lane. */
void dispatch_take_standing(struct dispatch *d, const struct msg_pool_standing *m);
/* For what its workers and scripts say. */
struct said_limit *dispatch_said(struct dispatch *d);

/* `buried` is told in lane 0 of every worker that was a process: nothing refers to it any more. */
void roster_on_buried(void (*buried)(struct worker *w));
/* Lane 0; the worker may be anything but buried. */
void roster_leave(struct worker *w);
void roster_gone(struct worker *w);
/* The pool is in no plan any more. Processes are the manager's to call back; permits (workers
 * without one) go by themselves; what waits in line is taken back, lane by lane. */
void roster_dissolve(struct dispatch *d);
/* Lets go of workers that have been idle for idle_ms, but keeps so many. */
void roster_trim(struct dispatch *d, uint32_t idle_ms, uint32_t keep);

/* ---- under the lock ---- */

/* An idle worker of this lane, else of another; it is busy and at home here then. */
struct worker *roster_take_idle(struct dispatch *d);
void roster_put_idle(struct dispatch *d, struct worker *w);
/* The one that has been idle for longest. */
struct worker *roster_coldest(struct dispatch *d);
/* It is in no list and does nothing: to the grave. */
void roster_retire(struct worker *w);

#endif
