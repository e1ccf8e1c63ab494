/* SPDX-License-Identifier: MIT
 *
 * conf_pages: the rules for pages that the gateway answers by itself: pm.status_path and ping.path.
 * Runs in: the manager.
 */
#ifndef HEARTH_CONF_PAGES_H
#define HEARTH_CONF_PAGES_H

#include "manager/conf_world.h"

void check_pages(struct check *k, struct conf_pool *pool);

#endif
