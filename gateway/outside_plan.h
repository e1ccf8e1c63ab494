/* SPDX-License-Identifier: MIT
 *
 * outside_plan: what an external pool is made of: addresses as the plan has them, or as names lead
 * to them by now, and seats.
 * Runs in: the gateway, lane 0.
 */
#ifndef HEARTH_OUTSIDE_PLAN_H
#define HEARTH_OUTSIDE_PLAN_H

#include "gateway/outside.h"

/* The pool's dispatcher gets its addresses and its seats, or follows a new plan: addresses that are
 * the same keep their connections; of others they end after what they do. */
void outside_follow(struct dispatch *d, const struct plan_pool *pool);
void outside_scale(struct dispatch *d, uint32_t n);
/* It is in no plan any more. */
void outside_leave(struct dispatch *d);
/* Once a second: connections that were idle for too long are closed. */
void outside_tick(struct dispatch *d);

#endif
