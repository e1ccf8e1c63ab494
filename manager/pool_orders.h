/* SPDX-License-Identifier: MIT
 *
 * pool_orders: what an operator may do to one pool while everything runs: drain it, undo that, and
 * change how many workers it may have.
 * Runs in: the manager.
 */
#ifndef HEARTH_POOL_ORDERS_H
#define HEARTH_POOL_ORDERS_H

#include "manager/house.h"

/* New requests are answered 503; what came before is served, then the workers leave. The asker is
 * answered when it is done, or when it takes longer than process_control_timeout. */
void pool_order_drain(struct house *h, struct asker *a, struct pool *p);
/* It takes requests again, whether it was drained or not. */
void pool_undrain(struct pool *p);
/* pm.max_children is as `number` says, until the next reload. */
void pool_order_scale(struct house *h, struct asker *a, struct pool *p, const char *number);
/* Nobody waits any more: the house has closed. */
void pool_orders_end(struct house *h);

#endif
