/* SPDX-License-Identifier: MIT
 *
 * conf_doors: the addresses that are listened on, for HTTP and for the FastCGI of pools: each is an
 * address, and only once; and who may come in.
 * Runs in: the manager. Opens nothing.
 */
#ifndef HEARTH_CONF_DOORS_H
#define HEARTH_CONF_DOORS_H

#include "manager/conf_world.h"

/* Of one pool; its words become what they mean: /PATH unix:/PATH, a list with commas words. */
void check_pool_doors(struct check *k, struct conf_pool *pool);
/* All together, after those. */
void check_doors(struct check *k);

#endif
