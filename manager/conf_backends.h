/* SPDX-License-Identifier: MIT
 *
 * conf_backends: the addresses of external pools: each is one that can be connected to, stands
 * there once, and is not where its own pool listens. Runs in: the manager. Connects to nothing and
 * looks no name up: that is the gateway's, later.
 */
#ifndef HEARTH_CONF_BACKENDS_H
#define HEARTH_CONF_BACKENDS_H

#include "manager/conf_world.h"

/* Its words become what they mean: /PATH unix:/PATH. After the rules of its listen. */
void conf_backends_check(struct check *k, struct conf_pool *pool);

#endif
