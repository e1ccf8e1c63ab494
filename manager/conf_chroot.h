/* SPDX-License-Identifier: MIT
 *
 * conf_chroot: whether what a pool names can be found by those who have another root.
 * Runs in: the manager. Rules of one pool for conf_check; looks at the file system.
 */
#ifndef HEARTH_CONF_CHROOT_H
#define HEARTH_CONF_CHROOT_H

#include "manager/conf_world.h"

/* Where it is not, nothing can be said of what is in there. */
bool conf_chroot_is_there(const struct conf_pool *pool);
void conf_chroot_check(struct check *k, struct conf_pool *pool);

#endif
