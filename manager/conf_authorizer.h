/* SPDX-License-Identifier: MIT
 *
 * conf_authorizer: pools that are asked before others.
 * Runs in: the manager.
 */
#ifndef HEARTH_CONF_AUTHORIZER_H
#define HEARTH_CONF_AUTHORIZER_H

#include "manager/conf_world.h"

void conf_authorizer_check(struct check *k, struct conf_pool *pool);
/* Another pool has named it: it is reached by that. */
bool conf_authorizer_is(const struct conf *conf, const struct conf_pool *pool);

#endif
