/* SPDX-License-Identifier: MIT
 *
 * pool_backends: how the addresses of an external pool stand, as the gateway says.
 * Runs in: the manager. Connects to none of them, and decides nothing.
 */
#ifndef HEARTH_POOL_BACKENDS_H
#define HEARTH_POOL_BACKENDS_H

#include "manager/pool_state.h"

/* Nothing is known of any; a pool that is not external has none. */
void pool_backends_init(struct pool *p);
/* False: that is no address of the pool. */
bool pool_backends_take(struct pool *p, const struct msg_fact_backend *m);
/* The gateway that has told it is gone, and its connections with it. */
void pool_backends_forget(struct pool *p);
/* How long the address is left alone; 0: it is not. */
int64_t pool_backends_rest_ms(const struct pool *p, size_t i);

#endif
