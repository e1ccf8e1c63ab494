/* SPDX-License-Identifier: MIT
 *
 * backend_run: one process a request, started by a runner; its three pipes are ours.
 * Runs in: the gateway, which starts nothing itself. A worker here is a permit: one of the
 * pool's pm.max_children processes may run.
 */
#ifndef HEARTH_BACKEND_RUN_H
#define HEARTH_BACKEND_RUN_H

#include "gateway/runner.h"

extern const struct run_events run_events;

/* A cgi pool has a new line: so many permits, but those that scripts still hold under an older line
 * of a pool of that name come when they are free. Lane 0. */
void run_permits_join(struct dispatch *d, const char *pool, uint32_t n);
/* So many from now on. What is missing is there at once, unless scripts still hold it; of what is
 * too many, the idle ones go first, and busy ones when they are done. */
void run_permits_scale(const struct dispatch *d, const char *pool, uint32_t n);
/* No plan has this line any more. */
void run_permits_leave(const struct dispatch *d, const char *pool);

#endif
