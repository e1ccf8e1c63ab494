/* SPDX-License-Identifier: MIT
 *
 * listener: accepts connections for one lane and hands them to their face.
 * Runs in: the gateway. Every lane listens on every socket; the kernel wakes one of them.
 */
#ifndef HEARTH_LISTENER_H
#define HEARTH_LISTENER_H

#include "gateway/lane.h"

/* Accepts on the listeners of the lane's plan, and on no others any more. */
void listener_follow_plan(struct lane *l);
void listener_stop(struct lane *l);

#endif
