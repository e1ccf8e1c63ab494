/* SPDX-License-Identifier: MIT
 *
 * spawn_child: what a child does between fork and exec, in which order, and why in that one.
 * Runs in: the child alone, with a copy of the manager's memory and, at first, its privilege.
 */
#ifndef HEARTH_SPAWN_CHILD_H
#define HEARTH_SPAWN_CHILD_H

#include <sys/resource.h>

#include "manager/job.h"

/* What a child that could not exec writes into its pipe; small enough to arrive whole. */
struct spawn_failure {
	int error;
	char step[100];
};

struct birth {
	const struct job *job;
	pid_t manager;
	int news;          /* the pipe for a failure; the exec closes it */
	rlim_t soft_files; /* the most that it has as its soft limit if the job does not say */
};

/* Becomes the job's program. */
_Noreturn void spawn_child(const struct birth *birth);

#endif
