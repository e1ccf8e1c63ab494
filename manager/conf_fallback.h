/* SPDX-License-Identifier: MIT
 *
 * conf_fallback: the path that is served where there is nothing.
 * Runs in: the manager. Asks the file system whether it is that of a file.
 */
#ifndef HEARTH_CONF_FALLBACK_H
#define HEARTH_CONF_FALLBACK_H

#include "manager/conf_world.h"

void conf_fallback_check(struct check *k);

#endif
