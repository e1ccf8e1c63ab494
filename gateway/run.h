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

#include "gateway/pipes.h"
#include "gateway/runner.h"
#include "gateway/said.h"

/* How long a descendant may keep the output open after the script itself has exited. */
#define RUN_AFTER_EXIT_MS 1000
/* Between TERM and KILL. */
#define RUN_KILL_GRACE_MS 2000

enum run_seen { SEEN_EXIT = 1, SEEN_OUT = 2, SEEN_ERR = 4, SEEN_ALL = 7 };

struct run {
	struct worker w;
	uint32_t number;       /* of the permit, and of its run */
	struct runner *runner; /* while a process may exist */
	struct pipes pipes;
	unsigned seen;
	bool began; /* the runner has said how */
	bool out_readable;
	int status; /* of wait(2), once SEEN_EXIT; -1 unknown */
	struct timer pause, grace;
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

/* The request goes, and with it what the script has not read of its body: that ends here, or the
 * script would wait for the rest of it for ever. */
void run_let_go(struct run *run);
/* ... with this status; `why` goes into the log. */
void run_give_up(struct run *run, int status, const char *why);
/* A pipe is at its end, or is of no use any more. */
void run_ended(struct run *run, struct io *io, enum run_seen what);
/* Has everything been seen? Then the permit is free. Call after every fact. */
void run_settle(struct run *run);

#endif
