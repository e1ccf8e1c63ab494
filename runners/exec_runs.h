/* SPDX-License-Identifier: MIT
 *
 * exec_runs: the runs of a runner, by number and by pid, and how they end.
 * Runs in: hearth-exec. Does not know the channel; the runner reaps and tells.
 *
 * A run is its main process and all who descend from it. When the main process is gone the run is
 * over for the gateway; what it left behind is hunted (exec_hunt).
 */
#ifndef HEARTH_EXEC_RUNS_H
#define HEARTH_EXEC_RUNS_H

#include <sys/types.h>

#include "common/span.h"
#include "runners/exec_hunt.h"

#define RUN_BUCKETS 1024

struct runs {
	struct loop *loop;
	struct hunt hunt;
	struct list all;
	size_t running;
	struct list by_id[RUN_BUCKETS], by_pid[RUN_BUCKETS];
};

struct run {
	struct runs *table;
	struct list all, by_id, by_pid;
	struct timer deadline; /* SIGKILL for all of it */
	uint32_t id;
	pid_t pid; /* of the main process, and of its group */
};

void runs_init(struct runs *t, struct loop *l);
/* NULL if there is no memory. */
struct run *runs_add(struct runs *t, uint32_t id);
void run_started(struct run *r, pid_t pid);
/* It never started. NULL is nothing. */
void run_drop(struct run *r);

/* NULL if there is none. */
struct run *runs_by_id(struct runs *t, uint32_t id);
struct run *runs_by_pid(struct runs *t, pid_t pid);

/* SIGTERM to all of it now, SIGKILL after the grace. A later call can only shorten it. */
void run_kill(struct run *r, uint32_t grace_ms);
/* Its main process was reaped. Takes r. */
void run_ended(struct run *r);

/* SIGKILL to everybody who came from here, and waits for them. */
void runs_end_all(struct runs *t);

#endif
