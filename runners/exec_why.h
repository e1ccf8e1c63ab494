/* SPDX-License-Identifier: MIT
 *
 * exec_why: why a program did not start, in words that say what to mend.
 * Runs in: hearth-exec, after a failure only; it looks at the files again.
 */
#ifndef HEARTH_EXEC_WHY_H
#define HEARTH_EXEC_WHY_H

#include <stddef.h>

#include "runners/exec_spawn.h"

/* Writes one sentence about job->error to `to`; returns it. */
const char *exec_why(const struct exec_job *job, char *to, size_t size);

#endif
