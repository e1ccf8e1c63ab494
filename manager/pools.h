/* SPDX-License-Identifier: MIT
 *
 * pools: all of them together: the plan transaction, one order for everybody, looking up.
 * Runs in: the manager.
 */
#ifndef HEARTH_POOLS_H
#define HEARTH_POOLS_H

#include "manager/pool.h"

void pools_init(struct pools *ps, struct loop *l);
/* The plan transaction, as listeners have it: prepare offers, then commit or revert. A pool whose
 * configuration did not change keeps its number and its workers. */
bool pools_prepare(struct pools *ps, const struct conf *conf, char *why, size_t size);
void pools_commit(struct pools *ps);
void pools_revert(struct pools *ps);
/* Starts what is missing everywhere. */
void pools_review(struct pools *ps);
void pools_gateway_lost(struct pools *ps);
/* One order for every worker there is; from then on none is started. */
void pools_end(struct pools *ps, enum worker_event order, const char *why);
bool pools_empty(struct pools *ps);
/* Frees what has no worker left. */
void pools_close(struct pools *ps);

struct pool *pools_find(struct pools *ps, uint32_t number);
struct pool *pools_find_name(struct pools *ps, const char *name);
/* The name that is nearest to one that nobody has; NULL: none is near. */
const char *pools_suggest(struct pools *ps, const char *name);
struct worker *pools_find_worker(struct pools *ps, uint32_t id);

#endif
