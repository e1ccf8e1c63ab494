/* SPDX-License-Identifier: MIT
 *
 * lane: one thread, one event loop, and what a thread keeps for itself.
 * Runs in: the gateway, N of them. A lane owns its connections and requests outright; others reach
 * it only by mail. Knows nothing of HTTP, FastCGI or pools.
 */
#ifndef HEARTH_LANE_H
#define HEARTH_LANE_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "common/buf.h"
#include "common/loop.h"

#define LANE_SCRATCH (64u * 1024)
#define LANE_SPARES  64
#define LANES_MAX    64

struct lane;
struct plan;
struct file_cache;

/* Embedded in what is sent; it may be posted again from the moment fn runs. */
struct mail {
	struct list link;
	void (*fn)(struct lane *lane, struct mail *mail);
};

/* Embedded in what has more to do than one turn shall take. The link is its owner's while nothing
 * is to be done later. */
struct later {
	struct list link;
	void (*fn)(struct later *later);
};

/* Written by their lane alone, read by lane 0 for the facts. */
struct lane_counters {
	_Atomic uint64_t accepted, requests, errors;
};

/* One writer: no locked instruction is needed. */
static inline void lane_count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

struct lane {
	struct loop loop;
	unsigned index;
	pthread_t thread;
	struct plan *plan; /* what new connections are served by */
	char *scratch;     /* LANE_SCRATCH bytes, valid within one callback */
	struct list conns; /* every connection */
	struct list idle,
		fresh; /* those that wait for another request, or the first; oldest first */
	_Atomic unsigned nconns; /* read by lane 0 for the facts */
	struct list ports;       /* what we accept on */
	struct list runners;     /* runners that work for this lane */
	struct timer accept_rest;
	unsigned turned_away;  /* connections that only wait until their client has heard it */
	struct mail shed_mail; /* from another lane: it needs room */
	_Atomic bool shed_asked;
	int fd_most; /* descriptors above it are not for clients */
	bool draining;
	unsigned cut; /* connections that a drain's deadline ended */
	struct timer drain_deadline;
	void (*emptied)(struct lane *l); /* when draining: the last connection is gone */
	struct lane_counters counters;

	struct buf spares[LANE_SPARES]; /* emptied buffers, to be used again */
	unsigned nspares;
	struct list requests; /* request objects, to be used again */
	unsigned nrequests;
	uint64_t next_id;

	time_t date_at;
	char date[32];       /* RFC 9110 5.6.7 */
	char clf_date[32];   /* the access log's */
	struct mono wall_of; /* the turn that `wall_us` is of */
	int64_t wall_us;
	struct list logs;         /* access_log's: queues of lines that may have to be written */
	struct list late;         /* lines which wait for a script to exit */
	struct file_cache *files; /* open files, kept for the next request */

	pthread_mutex_t mail_lock;
	struct list mail;
	struct io bell; /* eventfd */

	struct list later;    /* what goes on in the next turn */
	struct io later_bell; /* an eventfd that always rings, when it is listened to */
	size_t spent; /* bytes that the connection at work has read and written in its turn */
};

/* Every lane there is; fixed when the first plan comes. Lane 0 is the main thread's. */
extern struct lane *lanes;
extern unsigned nlanes;
/* The lane of this thread. */
extern _Thread_local struct lane *lane_here;

/* Lane 0, for this thread. */
void lanes_create(void);
/* Lanes 1 to n - 1, each with a thread of its own. Once. */
void lanes_start(unsigned n);

/* From any thread; fn runs in `to`'s, in the order of posting. */
void lane_post(struct lane *to, struct mail *m, void (*fn)(struct lane *lane, struct mail *mail));

/* Has fn run in the next turn, when others had theirs. Taking the link off its list undoes it. */
void lane_later(struct lane *l, struct later *later);

/* An empty buffer, with room in it if one is spare. */
struct buf lane_buf(struct lane *l);
void lane_buf_back(struct lane *l, struct buf *b);

/* Both are made once a second. */
const char *lane_date(struct lane *l);
const char *lane_clf_date(struct lane *l);
/* The time of day at which this turn began, in microseconds; the clock is asked once a turn. */
int64_t lane_wall_us(struct lane *l);

#endif
