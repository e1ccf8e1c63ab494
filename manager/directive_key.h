/* SPDX-License-Identifier: MIT
 *
 * directive_key: what may stand in brackets behind a directive's name: env[NAME], rlimit[core].
 * Runs in: the manager. Pure: knows a row and a text, and not what is done with the value.
 */
#ifndef HEARTH_DIRECTIVE_KEY_H
#define HEARTH_DIRECTIVE_KEY_H

#include "manager/directive.h"

/* NULL, or what is wrong with what stands in brackets behind the name; key NULL: nothing does. */
const char *directive_key(const struct directive *d, const char *key);
/* The name with what may follow it in brackets: env[NAME]. */
void directive_title(const struct directive *d, struct buf *out);

#endif
