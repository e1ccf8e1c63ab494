/* SPDX-License-Identifier: MIT
 *
 * conf_expand: what stands for something else in the values of a pool: $pool and $prefix.
 * Runs in: the manager. Pure.
 */
#ifndef HEARTH_CONF_EXPAND_H
#define HEARTH_CONF_EXPAND_H

#include "manager/directive.h"

/* The text with nothing left in it to be replaced, so that a dump can be loaded. pool NULL: the
 * text as it is. */
const char *conf_expand(struct conf *conf, const struct conf_pool *pool, const char *text);
/* If `d` is the prefix: the directive among those set before that has begun without it, or NULL. */
const char *conf_expand_late(const struct directive *d, const struct conf_marks *before);

#endif
