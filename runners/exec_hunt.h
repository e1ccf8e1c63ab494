/* SPDX-License-Identifier: MIT
 *
 * exec_hunt: whole families end: those of runs that are to be killed, and what ended runs have left
 * behind, whatever session it has made for itself.
 * Runs in: hearth-exec. Knows pids, and from its owner which of them are runs.
 *
 * Every run's main process is the reaper of its own orphans (exec_spawn), so all who descend from a
 * run stay below it while it lives. When it has ended they come to the runner, the next reaper
 * above. Therefore: a child of the runner that is no run is a leftover.
 *
 * Where leftovers are kept, this is for those of runs that were told to end: they were told, or
 * come from somebody who was.
 */
#ifndef HEARTH_EXEC_HUNT_H
#define HEARTH_EXEC_HUNT_H

#include "common/loop.h"
#include "common/tree.h"

/* Who has had its SIGTERM, and when it will be killed; or, if that is never, who is kept. */
struct told {
	pid_t pid;
	struct mono due;
};

struct hunt {
	struct loop *loop;
	struct timer timer;   /* the next look for leftovers */
	struct mono looked;   /* the last one */
	struct mono said_at;  /* when the log heard of one */
	bool keeps;           /* what runs leave behind when they end by themselves is left alone */
	bool fresh;           /* a run has ended since the last look */
	struct mono heritage; /* the earliest due of those who died since there were leftovers */
	unsigned in_vain;     /* looks in a row that had to kill */
	struct told *told;
	size_t ntold, room;
	struct tree children, below;
	bool (*is_run)(void *arg, pid_t pid);
	void *arg;
};

void hunt_init(struct hunt *h, struct loop *l, bool (*is_run)(void *arg, pid_t pid), void *arg);

/* SIGTERM to a process and all below it, once to each; who surfaces as a leftover is killed at
 * `due`, or at the earliest of them. */
void hunt_tell(struct hunt *h, pid_t root, struct mono due);
/* SIGKILL to them, and to the root's whole group. */
void hunt_kill(struct hunt *h, pid_t root);

/* A run has ended, and there may be leftovers. */
void hunt_run_ended(struct hunt *h);
/* It was waited for: its number is free. */
void hunt_reaped(struct hunt *h, pid_t pid);
/* The runner has no child at all. */
void hunt_nobody(struct hunt *h);

/* SIGKILL to everybody who came from here, and waits for them. */
void hunt_end_all(struct hunt *h);

#endif
