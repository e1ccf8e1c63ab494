/* SPDX-License-Identifier: MIT
 *
 * run_pumps: what goes through the three pipes of a run. All three are independent, so a script
 * that never reads its input, or floods stderr, blocks nobody.
 * Runs in: the gateway, in the run's home lane.
 */
#ifndef HEARTH_RUN_PUMPS_H
#define HEARTH_RUN_PUMPS_H

#include "gateway/run.h"

/* For a new permit. */
void run_pumps_init(struct run *run);
/* There may be more of the body, or room for it. */
void run_feed(struct run *run);
/* As much of the output as there is, and as its client's side may hold. */
void run_read_out(struct run *run);
/* The client's side has room again. */
void run_read_on(struct run *run);
/* There is no client's side any more: what waits in the pipe is read all the same. */
void run_drain(struct run *run);
/* Does output wait for the client, who is late? */
bool run_waits_for_client(const struct run *run);

#endif
