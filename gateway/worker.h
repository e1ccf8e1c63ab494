/* SPDX-License-Identifier: MIT
 *
 * worker: who serves requests, as seen from here: a seat of a FastCGI process, or a permit to run
 * a script. What all seats of a process have in common is in its crew.
 * Runs in: the gateway. Knows that there are kinds (struct backend), not which.
 *
 * A worker is confined to its home lane while it is busy. While it is idle it belongs to nobody:
 * whoever takes its dispatcher's lock may take the worker, and becomes its home.
 */
#ifndef HEARTH_WORKER_H
#define HEARTH_WORKER_H

#include "gateway/crew.h"
#include "gateway/request.h"

#define WORKER_UNANSWERED_MS 20

struct score;
struct tally;

enum worker_state {
	WORKER_IDLE,
	WORKER_BUSY,
	WORKER_RETIRED, /* out of everything, on its way to the grave */
};

struct worker {
	const struct backend *backend;
	struct dispatch *dispatch;
	struct crew *crew;
	uint32_t id, pid;    /* the crew's */
	struct tally *tally; /* its pool's, once it has joined */
	struct mono joined;
	int64_t born;                    /* the same, in seconds since 1970 */
	struct lane *_Atomic home;       /* whose loop its descriptors are in */
	_Atomic enum worker_state state; /* written under the lock */

	/* Under the dispatcher's lock: */
	bool posted;         /* `life` is in somebody's mail */
	struct list link;    /* the idle list */
	struct list all;     /* the crew's */
	struct score *score; /* what it does (scoreboard); NULL: it had nothing to do yet */
	bool bare;           /* it is idle, and is no process, place for scripts, or connection */

	/* The home lane's alone: */
	struct request *request; /* NULL while busy: nobody wants the answer any more */
	const char *address;     /* of a server that somebody else runs; NULL: it is a process */
	struct timer deadline;   /* of running: the first of these */
	struct mono head_by, slow_at, terminate_at, unanswered_at;

	struct mail life;  /* of its death and retirement */
	struct mail grant; /* of a request that another lane gave it */
};

/* What a kind of worker can do. All are called in the worker's home lane. */
struct backend {
	/* Serve worker->request. */
	void (*start)(struct worker *w);
	/* The client's side has room again. */
	void (*resume)(struct worker *w);
	/* More of its body has come, or the end of it. */
	void (*more)(struct worker *w);
	/* r, which was worker->request, is about to be forgotten: its client left, or broke off in
	 * its body, which must not look complete to the worker. What it still needs of it, it has
	 * to take. Must end in dispatch_idle. */
	void (*abandon)(struct worker *w, struct request *r);
	/* It overran its time: have the process ended, and with it what its other seats do. Leads
	 * to dispatch_idle, at the latest by died. */
	void (*kill)(struct worker *w, const char *why);
	/* The process is dead: what it said before may still be read, when the client's side has
	 * room for it. Must end in dispatch_idle. */
	void (*died)(struct worker *w);
	/* Its descriptors go to another lane's loop: `from` still has them. Under the lock. */
	void (*move)(struct worker *w, struct lane *from, struct lane *to);
	/* Close what it holds (home lane), and then free it (lane 0, which says goodbye). */
	void (*close)(struct worker *w);
	/* Any lane: no event that its loop has fetched may reach it any more. NULL: it has none. */
	void (*forget)(struct worker *w, struct lane *l);
	void (*bury)(struct worker *w);
	/* Under the lock, and NULL if that is nothing to it: it rests no more, for good or ill; its
	 * request is over (home lane); and, behind that, it rests. */
	void (*rises)(struct worker *w);
	void (*done)(struct worker *w);
	void (*rests)(struct worker *w);
	/* Under the lock, any lane, of one that rests: it gives up a descriptor that it can do
	 * without. False, or NULL: it has none. */
	bool (*spare)(struct worker *w);
	/* It has had worker->request for WORKER_UNANSWERED_MS, and not answered yet. NULL: nobody
	 * asks. */
	void (*unanswered)(struct worker *w);
};

/* Busy, at home in this lane, in no list. */
void worker_init(struct worker *w, const struct backend *b, struct crew *c);
/* Gives it a request, from its home lane; the worker may have failed when this returns. */
void worker_engage(struct worker *w, struct request *r);
/* It is busy with something that we know nothing of, and may be so for ms (0: for ever). */
void worker_busy_for(struct worker *w, uint32_t ms);
/* The worker's request has sent its head: only the whole time counts from here. */
void worker_head_came(struct worker *w);
/* It was given what there is of a body that is passed on as it comes: more of that may be read; and
 * as long as it waits for that, it is not the one that is late. */
void worker_fed(struct worker *w);
/* The worker has answered to the end. `worked` is called in the home lane, once a process. */
void worker_on_worked(void (*worked)(struct worker *w));
void worker_worked(struct worker *w);
/* Its request runs for longer than request_slowlog_timeout: `slow` is called once, in the home
 * lane. */
void worker_on_slow(void (*slow)(const struct worker *w, const struct request *r));

#endif
