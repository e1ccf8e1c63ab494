/* SPDX-License-Identifier: MIT
 *
 * worker: one process of the house from its birth to its obituary.
 * Runs in: the manager. Knows neither pools nor the gateway: it tells its owner through a vtable.
 * FastCGI workers, runners and the gateway itself all live this life; what differs is in the job.
 */
#ifndef HEARTH_WORKER_H
#define HEARTH_WORKER_H

#include "manager/output.h"
#include "manager/reap.h"
#include "manager/spawn.h"
#include "manager/upkeep.h"

enum worker_state {
	WORKER_STARTING, /* forked; its exec has not succeeded yet */
	WORKER_READY,
	WORKER_LEAVING,  /* no new work; somebody will say that it has LEFT */
	WORKER_STOPPING, /* TERM was sent */
	WORKER_KILLING,  /* KILL was sent */
	WORKER_DEAD,     /* buried; the owner may free it */
	WORKER_STATES
};

enum worker_event {
	WORKER_ON_EXECED,
	WORKER_ON_EXEC_FAILED,
	WORKER_ON_LEAVE,  /* an order: finish what you do and go */
	WORKER_ON_LEFT,   /* nobody uses it any more */
	WORKER_ON_BROKEN, /* it misbehaved */
	WORKER_ON_DEADLINE,
	WORKER_ON_STOP, /* an order: go now */
	WORKER_ON_KILL, /* an order: go at once */
	WORKER_ON_EXITED,
	WORKER_EVENTS
};

extern const char *const worker_state_names[WORKER_STATES];

struct worker;
struct pool;

struct worker_owner {
	void (*ready)(struct worker *w);
	/* False: nobody uses it, so it can be stopped right away. */
	bool (*leave)(struct worker *w);
	/* The last thing that happens; `how` reads "exited with code 1 after ...". */
	void (*dead)(struct worker *w, const char *how);
};

/* How long a state may last. Shared, so that a stop of the house can shorten them for all. */
struct worker_patience {
	int64_t leave_ms; /* work in flight */
	int64_t stop_ms;  /* from TERM to KILL */
};

struct worker {
	struct list link;  /* the owner's */
	struct pool *pool; /* the owner's; NULL: the gateway */
	uint32_t id;
	enum worker_state state;
	struct child child;
	struct loop *loop;
	const struct worker_owner *owner;
	const struct worker_patience *patience;
	struct io news; /* tells how the exec went */
	struct timer deadline;
	struct output out, err;
	bool mute, plain; /* set before it starts: what it says is not kept; or not decorated */
	int pid;          /* stays when the process has gone */
	struct mono born;
	struct mono ready_at; /* never: it did not come that far */
	bool introduced;      /* the gateway knows it */
	bool met;             /* ... one that is gone did, and it may be busy for that still */
	bool worked;          /* ... and says that it has answered a request */
	int socket;           /* FastCGI: its own listening socket, ours until it has it */
	char *path;           /* ... and where that is */
	int channel;          /* runner: the gateway's end of its channel, until handed over */
	bool has_family;      /* runner: it ends the scripts that it has started, if it is let */
	struct upkeep upkeep; /* of FastCGI workers */
	const char *outdated; /* why it is to be replaced; NULL: it is not */
	bool unhurried;       /* may take any time to leave: nobody waits for that */
	int end_signal;       /* of its death; 0: it exited by itself */
	const char *wanted;   /* why we asked it to go; NULL: we did not */
	char fault[160]; /* what it did wrong, if we ended it for that, or why it never started */
	char end[80];    /* how it ended, as the kernel says */
	char title[64];  /* "[pool app] child" */
};

void worker_init(struct worker *w, struct loop *l, const struct worker_owner *owner,
	const struct worker_patience *patience);
/* Starts it: the job's moves get stdout and stderr added. False: it did not even fork; errno. */
bool worker_start(struct worker *w, struct job *job);
/* `why` is for the obituary: a constant for orders, a sentence (copied) for BROKEN. */
void worker_event(struct worker *w, enum worker_event ev, const char *why);
/* Whatever it still holds; not for a living one. Idempotent. */
void worker_release(struct worker *w);

/* What it said last: into stderr, or if that was nothing, into stdout. */
const struct last_words *worker_words(const struct worker *w);
int64_t worker_age_ms(const struct worker *w);

#endif
