/* SPDX-License-Identifier: MIT
 *
 * conf_show: the configuration, and what there is to configure, as text for people.
 * Runs in: the manager, for `check -v`, `explain` and the manuals. All of it comes from the table.
 */
#ifndef HEARTH_CONF_SHOW_H
#define HEARTH_CONF_SHOW_H

#include "manager/conf.h"

/* What is in force, defaults included, as a file that loads again and gives the same dump. */
void conf_dump(const struct conf *conf, struct buf *out);
/* All about the directives of that name, which may have something in brackets. False if there is
 * none; then `out` says so, and what may have been meant. */
bool conf_explain(const char *name, struct buf *out);

/* The annotated hearth.conf, and the directives for hearth.conf(5). */
void conf_annotated(struct buf *out);
void conf_manual(struct buf *out);

/* Whether a reload finds nothing changed. */
bool conf_global_equal(const struct conf_global *a, const struct conf_global *b);
bool conf_gateway_equal(const struct conf_gateway *a, const struct conf_gateway *b);
bool conf_pool_equal(const struct conf_pool *a, const struct conf_pool *b);

#endif
