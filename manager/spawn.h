/* SPDX-License-Identifier: MIT
 *
 * spawn: a program becomes a process. The only fork in the manager.
 * Runs in: the manager, and in the child until its exec. Knows nothing of pools or of readiness.
 */
#ifndef HEARTH_SPAWN_H
#define HEARTH_SPAWN_H

#include "manager/job.h"

/* The soft limit on open files that children get: old programs put descriptors into an fd_set, and
 * close all there might be before they start others. New ones raise it themselves. */
#define SPAWN_SOFT_FILES 1024

/* Call once at start: raises our own limit on open files. Children get back the soft limit that we
 * were started with, unless it is above SPAWN_SOFT_FILES. */
void spawn_raise_files(void);

/* The pid, or -1 with errno. *news becomes the end of a pipe that tells how the exec went. */
pid_t spawn_start(const struct job *job, int *news);

enum spawn_news { SPAWN_PENDING, SPAWN_EXECED, SPAWN_FAILED };

/* Reads the pipe, never blocks. For SPAWN_FAILED `why` has "STEP: reason". */
enum spawn_news spawn_read_news(int news, char *why, size_t size);

/* Opens hearth's own helper program for job.binary: it then starts even for a user who cannot
 * reach its path. Looks beside our own binary, then in the libexec directory (HEARTH_LIBEXEC in
 * the environment overrides the built-in one). -1: `why` names both places. */
int spawn_find_helper(const char *name, char *why, size_t size);

#endif
