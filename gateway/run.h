/* SPDX-License-Identifier: MIT
 *
 * run: one process for one request, as seen from here, and how it ends.
 * Runs in: the gateway, which starts nothing itself. The object is a permit, one of the pool's
 * pm.max_children, and is used again; what is in it is of the run that holds it.
 *
 * A run is over when it has exited, and said all it had to say on stdout and stderr: three facts
 * in any order, asked together in one place (run_settle).
 */
#ifndef HEARTH_RUN_H
#define HEARTH_RUN_H

#include "gateway/access_log.h"
#include "gateway/pipes.h"
#include "gateway/runner.h"
#include "gateway/said.h"

/* How long a descendant may keep the output open after the script itself has exited. */
#define RUN_AFTER_EXIT_MS 1000

enum run_seen { SEEN_EXIT = 1, SEEN_OUT = 2, SEEN_ERR = 4, SEEN_ALL = 7 };

/* Of a request that is gone, what its script may still read. */
struct rest {
	struct spool body;
	uint64_t at;
	bool whole;
};

struct run {
	struct worker w;
	struct house_of_permits *house; /* backend_run's */
	struct list issued;             /* ... and its list */
	uint32_t number;                /* of the permit, and of its run */
	struct runner *runner;          /* while a process may exist */
	struct pipes pipes;
	unsigned seen;
	struct mono asked; /* when the runner was asked to start it */
	bool began;        /* the runner has said how */
	bool out_readable;
	bool alone; /* nobody wants the answer any more, or it is complete */
	bool told;  /* the log knows how it ended, or that we have ended it */
	bool dying; /* we have */
	bool quits; /* this was the permit's last run */
	int status; /* of wait(2), once SEEN_EXIT; -1 unknown */
	uint32_t kill_grace_ms;
	struct timer pause, grace, abort;
	struct rest rest;
	struct access_late late;
	struct said said; /* stderr; its tag names this run in all records */
};

static inline struct run *run_of(struct worker *w)
{
	return container_of(w, struct run, w);
}

static inline struct loop *run_loop(const struct run *run)
{
	return &((struct lane *)run->w.home)->loop;
}

/* All that is logged of it from now on says so. */
void run_is_pid(struct run *run, uint32_t pid);
/* What it has used; or nobody will ever say. The line of the access log that waits may go. */
void run_has_used(struct run *run, uint64_t cpu_us, uint64_t peak_kb);
void run_tells_no_more(struct run *run);

/* For a new permit, and at its end. */
void run_init(struct run *run, uint32_t number);
void run_free(struct run *run);

/* The request goes, and with it what the script has not read of its body: that ends here, or the
 * script would wait for the rest of it for ever. Unless it is to end itself. */
void run_let_go(struct run *run);
/* ... with this status; `why` goes into the log. */
void run_give_up(struct run *run, int status, const char *why);
/* Its client has left, or broke off in the body: it may go on for the pool's abort_grace. */
void run_abandon(struct run *run, struct request *r);
/* Has the process and all that it has started ended: SIGTERM, and after the pool's kill_grace
 * SIGKILL. The caller has said why, in one line of the log. Idempotent. */
void run_kill(struct run *run);
/* A pipe is at its end, or is of no use any more. */
void run_ended(struct run *run, struct io *io, enum run_seen what);
/* Has everything been seen? Then the permit is free. Call after every fact. */
void run_settle(struct run *run);

#endif
