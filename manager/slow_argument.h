/* SPDX-License-Identifier: MIT
 *
 * slow_argument: the placeholders in the arguments of slowlog_command.
 * Runs in: the manager. Pure but for memory.
 */
#ifndef HEARTH_SLOW_ARGUMENT_H
#define HEARTH_SLOW_ARGUMENT_H

#include <sys/types.h>

#include "common/span.h"

/* What %p, %r and %s stand for. */
struct slow_names {
	pid_t pid;
	uint64_t request;
	struct span script;
};

/* NULL, or what is wrong with it. */
const char *slow_argument_check(const char *configured);
/* To be freed. */
char *slow_argument(const char *configured, const struct slow_names *names);

#endif
