/* SPDX-License-Identifier: MIT
 *
 * suggest: names of directives, and of pools, that are nearly right.
 * Runs in: the manager. Pure.
 */
#ifndef HEARTH_SUGGEST_H
#define HEARTH_SUGGEST_H

#include "manager/directive.h"

/* "; did you mean X?", if some row of the section is near to the name by its spelling or by what
 * others call it; "; it belongs in X" if it is known there; what to do instead, if it is php-fpm's
 * and nothing of ours. SECTIONS: any section. */
void suggest(enum conf_section section, const char *name, struct buf *out);

/* The name of a pool that is nearest to one that nobody has; NULL: none is near. */
const char *suggest_pool(const struct conf *conf, const char *name);

#endif
