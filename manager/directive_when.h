/* SPDX-License-Identifier: MIT
 *
 * directive_when: when a directive has an effect: what the rest of its section must say for that.
 * Runs in: the manager. Pure: the flags ONLY_* of a row, and the sections as they are filled; that
 * one without an effect is refused is conf_check's business.
 */
#ifndef HEARTH_DIRECTIVE_WHEN_H
#define HEARTH_DIRECTIVE_WHEN_H

#include "manager/directive.h"

/* What its section must say for the directive to have an effect, or NULL. */
const char *directive_condition(const struct directive *d);
/* ... and what `base`, its section, does not say of that, or NULL. */
const char *directive_unmet(const struct directive *d, const void *base);
/* Whether that is a choice which php-fpm's files may well make otherwise (pm, access.log), and no
 * matter of what kind of pool it is: php-fpm says nothing of such a directive. */
bool directive_is_idle(const struct directive *d, const void *base);
/* False where the rest of its section, which is `base`, makes it meaningless. */
bool directive_applies(const struct directive *d, const void *base);

#endif
