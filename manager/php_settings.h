/* SPDX-License-Identifier: MIT
 *
 * php_settings: php_value and its kin: whether they can be said to PHP, and how.
 * Runs in: the manager. Knows how php-cgi takes settings and how it reads them; not who starts it.
 *
 * php-cgi takes settings as arguments, -d name=value. What scripts shall not change stands there a
 * second time, in a section [PATH=/DIRECTORY] for each directory of /: PHP applies such a section
 * to the scripts below its directory, which cannot be / itself, and lets nobody change at run time
 * what one has set. php-fpm, behind an external pool, takes the variables PHP_VALUE and
 * PHP_ADMIN_VALUE of a request.
 */
#ifndef HEARTH_PHP_SETTINGS_H
#define HEARTH_PHP_SETTINGS_H

#include "manager/conf_world.h"

/* Lines of php.ini for some settings, each ended by a newline. */
void php_settings_put(const struct pairs *values, const struct pairs *flags, struct buf *out);
/* The pool's command with its settings, to be freed; NULL ends it. `root` is the directory that its
 * processes take for /. */
char **php_settings_argv(const struct conf_pool *pool, const char *root);
void php_settings_free(char **argv);

void php_settings_check(struct check *k, struct conf_pool *pool);

#endif
