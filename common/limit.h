/* SPDX-License-Identifier: MIT
 *
 * limit: what a process may be limited in (setrlimit(2)), by the names that users know.
 * Runs in: the manager, and in children between fork and exec, theirs and the runners'.
 *
 * How they get from the manager to a runner, which sets them in each script: as arguments
 * "NAME=SOFT:HARD", in the kernel's own units (runners/PROTOCOL.md).
 */
#ifndef HEARTH_LIMIT_H
#define HEARTH_LIMIT_H

#include <sys/resource.h>

#include "common/span.h"

enum limit_kind { LIMIT_BYTES, LIMIT_COUNT, LIMIT_SECONDS };

struct limit_row {
	const char *name;
	int resource;
	enum limit_kind kind;
};

#define LIMITS_MAX 9

struct limit {
	const struct limit_row *row;
	struct rlimit is; /* RLIM_INFINITY: unlimited */
};

/* The row of a name, or NULL. */
const struct limit_row *limit_find(struct span name);

#define LIMIT_TEXT_MAX 64

/* An argument for a runner, and back. False: it is none. */
void limit_put(const struct limit *l, char to[static LIMIT_TEXT_MAX]);
bool limit_parse(const char *argument, struct limit *l);

/* System calls only, for a child that shares its memory. Sets it for this process and looks whether
 * it holds; -1 with errno. */
int limit_set(const struct limit *l);
/* The hard limit of this process is no less than this one afterwards, so that it, or a child that
 * has no privilege any more, can set it. */
int limit_allow(const struct limit *l);

#endif
