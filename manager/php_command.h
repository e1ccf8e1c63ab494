/* SPDX-License-Identifier: MIT
 *
 * php_command: whether a command is PHP, and which one a pool of php-fpm's lacks here: there, the
 * program is php-fpm itself.
 * Runs in: the manager. Looks for programs, and starts none.
 */
#ifndef HEARTH_PHP_COMMAND_H
#define HEARTH_PHP_COMMAND_H

#include "manager/conf.h"

/* Which word of a command is php-cgi, whatever starts it; as many as there are: none. */
size_t php_command_word(const struct words *command);
/* Whether it is php-cgi, or a program whose name begins with php, such as a wrapper of it. */
bool php_command_is_php(const struct words *command);

/* Whether its file may have been written for php-fpm: there it is reached by its listen alone, and
 * pm must be set. */
bool php_command_is_lacking(const struct conf_pool *pool);
/* What to do about it, with the php-cgi that is on this machine, of the version in the path of the
 * file (/etc/php/8.2/) if it is there. */
const char *php_command_advice(struct conf *conf, const struct conf_pool *pool);

#endif
