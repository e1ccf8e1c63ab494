/* SPDX-License-Identifier: MIT
 *
 * conf_check: the rules across directives, and those that need a look at the machine: programs,
 * directories, users.
 * Runs in: the manager. Asks the file system and the user database, changes neither.
 */
#ifndef HEARTH_CONF_CHECK_H
#define HEARTH_CONF_CHECK_H

#include "manager/conf.h"

/* Adds a complaint for each rule that `conf` breaks. Finishes what is good: programs get their
 * full path, host names become lower case. */
void conf_check(struct conf *conf, struct complaints *c);

#endif
