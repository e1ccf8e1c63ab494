/* SPDX-License-Identifier: MIT
 *
 * pool_deaths: what a pool remembers of the deaths of its workers: the last ones in words, and how
 * many rounds of early deaths came in a row, until there is a sign that things are well again.
 * Runs in: the manager. Keeps count; what follows from it is decided by sizing and standing.
 */
#ifndef HEARTH_POOL_DEATHS_H
#define HEARTH_POOL_DEATHS_H

#include "manager/pool_state.h"

/* A worker died and nobody had asked it to; `how` is a sentence's end. */
void pool_mourn(struct pool *p, const struct worker *w, const char *how);
/* One could not even be started. */
void pool_mourn_unborn(struct pool *p, const char *why);

/* A worker that lives on ends a streak of early deaths. */
void pool_forgive(struct pool *p);
/* This one goes because it had nothing to do. */
void pool_forgive_idle(struct pool *p, const struct worker *w);
/* A worker that has answered ends it at once. w NULL: it is dead, and `id` is left of it: the word
 * may come behind the death, as the worker answers, ends by itself, and the kernel is faster than
 * the letter. False: that is nothing new. */
bool pool_believe(struct pool *p, struct worker *w, uint32_t id);

#endif
