/* SPDX-License-Identifier: MIT
 *
 * pool_facts: a pool in numbers: its workers counted, and the limits and facts that sizing decides
 * on.
 * Runs in: the manager. Starts and ends nobody, and does not know what the numbers lead to.
 */
#ifndef HEARTH_POOL_FACTS_H
#define HEARTH_POOL_FACTS_H

#include "manager/pool_state.h"

/* Its processes are hearth's to start and to end. */
bool pool_hires(const struct pool *p);

unsigned pool_count(struct pool *p, enum worker_state state);
/* Those who are to be replaced have somebody in their place already, or will: they do not count. */
unsigned pool_count_staff(struct pool *p);
/* Of those, who is to be replaced. */
unsigned pool_outdated(struct pool *p);
/* Who was started in such a one's place, while it lives; NULL: nobody. */
const struct worker *pool_heir(struct pool *p);
/* More than there may be: ready ones, which only the gateway knows to be idle. */
bool pool_has_surplus(struct pool *p);

/* How many there may be now, by configuration or by order. */
unsigned pool_most(const struct pool *p);
/* What configuration and orders allow; to be asked again when either has changed. */
struct sizing_limits pool_limits(const struct pool *p);
/* ... and what of that holds at this moment. */
struct sizing_limits pool_limits_now(const struct pool *p);

/* As of now, tokens of pm.max_spawn_rate included. */
struct sizing_facts pool_facts(struct pool *p);
/* The gateway that has told them is gone. */
void pool_forget_facts(struct pool *p);

#endif
