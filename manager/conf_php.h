/* SPDX-License-Identifier: MIT
 *
 * conf_php: what is different in a pool whose programs are PHP: php-cgi, in place of php-fpm.
 * Runs in: the manager. Reads and settles what was configured; runs nothing.
 */
#ifndef HEARTH_CONF_PHP_H
#define HEARTH_CONF_PHP_H

#include "manager/conf_world.h"

/* Where nothing is said, PHP runs only what php-fpm would have it run. */
void conf_php_settle(struct conf *conf, struct conf_pool *pool);
void conf_php_check(struct check *k, struct conf_pool *pool);

#endif
