/* SPDX-License-Identifier: MIT
 *
 * php_fpm: what the files of php-fpm have and ours have not: directives that mean nothing here, and
 * ways to write a value.
 * Runs in: the manager. Pure, but for the environment, of which values may hold a part.
 */
#ifndef HEARTH_PHP_FPM_H
#define HEARTH_PHP_FPM_H

#include "manager/directive.h"

/* A directive of php-fpm that we have not. */
struct php_fpm_stranger {
	enum conf_section section;
	const char *name;
	const char *advice; /* what does the same, or why nothing has to */
	bool refused;       /* to go on without it would be dangerous */
};

/* In which section it stands is not asked if that is SECTIONS. NULL: php-fpm has no such. */
const struct php_fpm_stranger *php_fpm_stranger(enum conf_section section, const char *name);

/* Whether php-fpm has a directive of that name and meaning. */
bool php_fpm_has(const struct directive *d);

/* The value as our own files would have it: ${NAME} is that variable of the environment, single
 * quotes are quotes, and around lists and numbers any are dropped; a number ends at a ;. The memory
 * is the configuration's. */
const char *php_fpm_value(struct conf *conf, const struct directive *d, const char *text);
/* Whether this value says no more than that there is none. */
bool php_fpm_is_unset(const struct directive *d, const char *text);

#endif
