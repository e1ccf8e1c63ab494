/* SPDX-License-Identifier: MIT
 *
 * conf_limits: the rules about what processes may have: limits, priority, privilege. What a pool
 * does not say of these, [global] says for it.
 * Runs in: the manager. Rules for conf_check; asks the kernel what hearth itself may give.
 */
#ifndef HEARTH_CONF_LIMITS_H
#define HEARTH_CONF_LIMITS_H

#include "manager/conf_world.h"

/* What [global] says of limits and priority holds as if it stood in the pool; before any rule. */
void conf_limits_inherit(const struct conf_global *g, struct conf_pool *pool);
/* Limits and priority of the house. */
void conf_limits_check(struct check *k);
/* ... and of a pool. */
void conf_limits_check_pool(struct check *k, struct conf_pool *pool);
/* Nobody gets back what the manager itself has given up. */
void conf_limits_check_gain(struct check *k, struct conf_pool *pool);
/* Warns of all that only root could do. */
void conf_limits_check_vain(struct check *k);

#endif
