/* SPDX-License-Identifier: MIT
 *
 * exec_spawn: from the letter RUN to a started program, at about the price of posix_spawn.
 * Runs in: hearth-exec. Does not know the channel, nor what becomes of the process.
 *
 * Everything a child needs is laid out by its parent first: between vfork and exec the two share
 * one memory, and the child does nothing there but system calls.
 */
#ifndef HEARTH_EXEC_SPAWN_H
#define HEARTH_EXEC_SPAWN_H

#include <limits.h>
#include <signal.h>
#include <sys/types.h>

#include "common/limit.h"
#include "common/msg.h"

/* Strings of a letter as execve wants them: an array that ends in NULL. */
struct words {
	const char **at;
	size_t room;
};

/* Where a start failed. */
enum exec_step {
	STEP_PREPARE,
	STEP_PROCESS,
	STEP_DESCRIPTORS,
	STEP_DIRECTORY,
	STEP_LIMITS,
	STEP_EXEC
};

/* One start. Lives as long as the runner, so that its arrays are grown once and not per run; the
 * strings in it are the letter's own and end with it. */
struct exec_job {
	struct words argv, envp;
	char directory[PATH_MAX]; /* empty: where the runner is */
	int fds[3];
	pid_t runner;
	struct limit limits[LIMITS_MAX]; /* of every program, not of the runner */
	size_t nlimits;
	sigset_t mask; /* the empty one; here, as sanitizers frown on locals of a child_stack */
	enum exec_step step; /* of the failure, if error is not 0 */
	int error;
};

void exec_job_init(struct exec_job *job);
/* Takes limits as the runner's arguments, the first of which is args[0]. NULL, or the one that is
 * none. */
const char *exec_job_limit(struct exec_job *job, char *const *args);
/* Lays out what the letter orders; fds stay the caller's. NULL, or how the letter breaks the
 * protocol. A lawful letter that cannot be obeyed is left in job->error. */
const char *exec_job_set(struct exec_job *job, const struct msg_run *order, const int fds[3]);
/* Starts it: the pid, which is also its session and its process group, or 0 with job->error. */
pid_t exec_spawn(struct exec_job *job);

#endif
