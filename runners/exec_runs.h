/* SPDX-License-Identifier: MIT
 *
 * exec_runs: the runs of a runner, by number and by pid, and how they end.
 * Runs in: hearth-exec. Does not know the channel; the runner reaps and tells.
 *
 * A run is its main process and the process group that it leads. When the main process is gone
 * the run is over for the gateway; what is left of the group is told to leave and then killed.
 * A descendant that made a session of its own has asked to outlive the request, and is left alone
 * until the runner itself ends.
 */
#ifndef HEARTH_EXEC_RUNS_H
#define HEARTH_EXEC_RUNS_H

#include <sys/types.h>

#include "common/loop.h"
#include "common/span.h"

#define RUN_BUCKETS 1024

struct runs {
	struct loop *loop;
	struct list all;
	size_t running; /* whose main process lives */
	struct list by_id[RUN_BUCKETS], by_pid[RUN_BUCKETS];
};

struct run {
	struct runs *table;
	struct list all, by_id, by_pid;
	struct timer deadline; /* SIGKILL for the group */
	uint32_t id;
	pid_t pid;  /* of the main process, and of its group */
	bool ended; /* the main process is reaped; this is about its leftovers */
};

void runs_init(struct runs *t, struct loop *l);
/* NULL if there is no memory. */
struct run *runs_add(struct runs *t, uint32_t id);
void run_started(struct run *r, pid_t pid);
/* It never started. NULL is nothing. */
void run_drop(struct run *r);

/* NULL if there is none, or it has ended. */
struct run *runs_by_id(struct runs *t, uint32_t id);
struct run *runs_by_pid(struct runs *t, pid_t pid);

/* SIGTERM to the group now, SIGKILL after the grace. A later call can only shorten it. */
void run_kill(struct run *r, uint32_t grace_ms);
/* Its main process was reaped. Takes r. */
void run_ended(struct run *r);

/* SIGKILL to everybody who came from here, and waits for them. */
void runs_end_all(struct runs *t);

#endif
