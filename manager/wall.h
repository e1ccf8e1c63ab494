/* SPDX-License-Identifier: MIT
 *
 * wall: what pools say to the gateway, each word a letter. To one that does not listen yet they
 * say nothing; it is shown all there is when it does.
 * Runs in: the manager. Knows neither how the gateway lives nor what it answers: that is
 * downlink's.
 */
#ifndef HEARTH_WALL_H
#define HEARTH_WALL_H

#include "common/chan.h"
#include "manager/pools.h"

struct wall {
	struct chan chan;
	bool active; /* it has taken a plan, so it knows the pools */
	struct worker *gateway;
};

/* The vtable for pools; its `wall` is a struct wall. */
extern const struct wall_ops wall_letters;

/* One pool to a gateway that knows no more of it than the plan says. */
void wall_show(struct wall *to, struct pool *p);

#endif
