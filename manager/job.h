/* SPDX-License-Identifier: MIT
 *
 * job: all that a child of the manager is to be, before there is one.
 * Runs in: the manager, which fills it, and the child, which becomes it. Knows no pool.
 */
#ifndef HEARTH_JOB_H
#define HEARTH_JOB_H

#include <sys/types.h>

#include "common/limit.h"
#include "manager/drop.h"

/* The child gets our descriptor `from` as its `to`; whatever is not in the plan it does not get. */
struct fd_move {
	int from, to;
};

#define JOB_MOVES_MAX 8

struct job {
	char *const *argv; /* argv[0] is the program's path unless `binary` is open */
	char *const *envp;
	int binary;                /* an O_PATH descriptor, or -1 */
	const struct identity *as; /* NULL: as whoever we are */
	const char *chroot;        /* NULL: none */
	const char *chdir;         /* as it is called in there; NULL: / */
	mode_t umask;
	const struct limit *limits;
	size_t nlimits;
	bool lends;    /* its limits are for what it starts, and it must be able to set them */
	bool may_gain; /* setuid programs that it executes have their effect */
	bool batch;    /* scheduled as such */
	bool has_nice;
	int nice;
	struct fd_move moves[JOB_MOVES_MAX];
	size_t nmoves;
	int death_signal; /* what it gets if the manager dies */
};

#endif
