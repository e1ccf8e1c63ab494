/* SPDX-License-Identifier: MIT
 *
 * pool: the workers of one pool. Does what sizing decides, on the facts the gateway sends.
 * Runs in: the manager. Reaches the gateway through the wall vtable only, given at birth.
 */
#ifndef HEARTH_POOL_H
#define HEARTH_POOL_H

#include "manager/pool_state.h"

/* Takes its place in the set, as fresh; starts nobody. False: `why`. */
bool pool_new(struct pools *ps, const struct conf_pool *c, char *why, size_t size);
/* Asks what to do now, and does it. Call after everything that may matter. */
void pool_review(struct pool *p);
/* Lets its workers leave, and goes with the last of them: p may be freed already. */
void pool_retire(struct pool *p);
void pool_free(struct pool *p);
/* Runners die with the gateway they talked to; FastCGI workers wait for the next. */
void pool_gateway_lost(struct pool *p);
/* What stands in the plan that is being offered, or else in the active one; NULL: nothing. */
const struct conf_pool *pool_offered(const struct pool *p);

/* There may be so many from now on; 0: as configured. Surplus workers leave when they are idle. */
void pool_scale(struct pool *p, unsigned most);
/* Drained, it serves what has come in and starts nobody for anything else. */
void pool_drain(struct pool *p, bool drained);

void pool_take_facts(struct pool *p, const struct msg_fact_pool *facts);
/* This worker has answered its first request, so the pool is not broken. */
void pool_take_proof(struct pool *p, struct worker *w, uint32_t id);
/* The gateway uses this worker no more. */
void pool_take_left(struct worker *w);
/* One more; NULL: that failed, and was said. */
struct worker *pool_start_one(struct pool *p);
/* What it would start now if process.max were none. */
unsigned pool_wants(struct pool *p);
/* Tells the gateway about those it has not met. */
void pool_introduce(struct pool *p);

#endif
