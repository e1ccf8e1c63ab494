/* SPDX-License-Identifier: MIT
 *
 * php_command: which line a pool of php-fpm's lacks here: there, the program is php-fpm itself.
 * Runs in: the manager. Looks for programs, and starts none.
 */
#ifndef HEARTH_PHP_COMMAND_H
#define HEARTH_PHP_COMMAND_H

#include "manager/conf.h"

/* Whether its file may have been written for php-fpm: there it is reached by its listen alone, and
 * pm must be set. */
bool php_command_is_lacking(const struct conf_pool *pool);
/* What to do about it, with the php-cgi that is on this machine, of the version in the path of the
 * file (/etc/php/8.2/) if it is there. */
const char *php_command_advice(struct conf *conf, const struct conf_pool *pool);

#endif
