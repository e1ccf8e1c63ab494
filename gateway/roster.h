/* SPDX-License-Identifier: MIT
 *
 * roster: the workers of one pool: who is idle, who leaves, who is buried.
 * Runs in: the gateway. With dispatch, which adds the line of requests, the only thing that lanes
 * share; nobody else looks into struct dispatch.
 */
#ifndef HEARTH_ROSTER_H
#define HEARTH_ROSTER_H

#include "gateway/said.h"
#include "gateway/tally.h"
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

/* What the manager hears of a pool. */
struct dispatch_facts {
	uint32_t idle, busy, waiting, max_waiting, max_busy, oldest_wait_ms, longest_idle_ms;
	uint64_t requests, refused, timed_out, slow;
};

struct outside;

struct dispatch {
	_Atomic unsigned refs;
	pthread_mutex_t lock;
	uint32_t pool, max_children;
	struct list *idle;   /* one list a lane, of crews with idle seats there: see roster.c */
	struct list resting; /* crews that do nothing at all, the one that began last first */
	struct list line;
	struct list crews;
	uint32_t ncrews, nready; /* ready: of those, that may be given requests */
	uint32_t nidle, nbusy, max_busy, waiting, max_waiting;
	uint32_t nworking,
		max_working; /* processes, or permits, with a request: the scoreboard's */
	bool spreads;        /* requests over its processes, rather than fill one before another */
	bool permits, closed;
	_Atomic uint32_t surplus; /* permits that go when whoever has one is done */
	unsigned open_lanes;
	struct mono quiet_since;
	uint64_t requests, refused, timed_out;
	_Atomic uint64_t slow; /* ran for longer than request_slowlog_timeout */
	struct standing standing;
	struct mono try_at; /* when its manager tries again, while the door says broken */

	/* Of an external pool: its addresses, who of the idle is to be taken (NULL: nobody now),
	 * how many connections those keep open; and, while all addresses fail, until when. */
	struct outside *outside;
	void (*drop_outside)(struct outside *o);
	struct worker *(*choose)(struct dispatch *d);
	uint32_t kept;
	bool down;
	struct mono down_until;

	struct tally tally;

	struct dispatch_facts told; /* to the manager; lane 0's */

	struct said_limit said;
	_Atomic int64_t said_away; /* when it was last said that requests are turned away */
	_Atomic bool told_php_value;
	_Atomic uint32_t suspected, asked_behind; /* fcgi_knock's */

	_Atomic bool touched;
	struct mail mail;
	void (*need)(struct dispatch *d);
	bool sweeping; /* `sweep` is in somebody's mail */
	struct mail sweep;
};

struct dispatch *dispatch_new(const struct plan_pool *pool);
struct dispatch *dispatch_ref(struct dispatch *d);
void dispatch_unref(struct dispatch *d);
uint32_t dispatch_pool_id(const struct dispatch *d);
/* Lane 0: how many workers there may be. Who has to go for it is not settled by this. */
void dispatch_scale(struct dispatch *d, uint32_t max_children);
/* Any lane: takes so many off the surplus, as far as it goes; how many. */
uint32_t dispatch_less_surplus(struct dispatch *d, uint32_t n);
/* For what its workers and scripts say. */
struct said_limit *dispatch_said(struct dispatch *d);

/* `buried` is told in lane 0 of every process: nothing refers to it any more. */
void roster_on_buried(void (*buried)(struct crew *c));
/* Any lane; of its seats, which may be anything, one at least is not buried. */
void roster_leave(struct crew *c);
/* Lane 0, of a permit: it goes for one of the surplus if there is any and it is idle. One that is
 * busy takes its own, when it is done. */
bool roster_call_back(struct crew *c);
/* Lane 0. */
void roster_gone(struct crew *c);
/* Any lane: it is of no use any more, none of its seats. True: nobody has said so before. */
bool roster_break(struct crew *c);
/* Of the processes that take requests only so many go on: the coldest leave, then any. */
void roster_shed(struct dispatch *d, uint32_t most);
/* The pool is in no plan any more. Processes are the manager's to call back; permits (workers
 * without one) go by themselves; what waits in line is taken back, lane by lane. */
void roster_dissolve(struct dispatch *d);
/* Any lane: one that does nothing, the coldest that can, gives up a descriptor; if all processes
 * have something to do, a seat of one that has nothing. False: none can. */
bool roster_spare(struct dispatch *d);
/* Lets go of processes that have done nothing for idle_ms, but keeps so many idle seats. */
void roster_trim(struct dispatch *d, uint32_t idle_ms, uint32_t keep);

/* ---- under the lock ---- */

/* It waits no more. */
static inline void roster_line_remove(struct dispatch *d, struct request *r)
{
	list_remove(&r->wait);
	d->waiting--;
}

/* A new one; it is busy. */
void roster_add(struct worker *w);
/* An idle worker of this lane, else of another; it is busy and at home here then, and counts as
 * given a request. */
struct worker *roster_take_idle(struct dispatch *d);
/* A busy one is given its next request. */
void roster_give(struct worker *w);
/* Busy no more: it rests. */
void roster_put_idle(struct dispatch *d, struct worker *w);
/* The process that has done nothing for longest. */
struct crew *roster_coldest(struct dispatch *d);
/* Busy no more: to the grave. */
void roster_retire(struct worker *w);

/* All seats, crew after crew; NULL behind the last. */
struct worker *roster_first(struct dispatch *d);
struct worker *roster_next(const struct worker *w);

#endif
