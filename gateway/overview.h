/* SPDX-License-Identifier: MIT
 *
 * overview: everything that is known of the gateway and its pools, as one JSON object, with each
 * worker and what it does.
 * Runs in: the gateway, any lane.
 */
#ifndef HEARTH_OVERVIEW_H
#define HEARTH_OVERVIEW_H

#include "gateway/pool_figures.h"

/* False: no memory, and the buffer in any state. */
bool overview_put(struct buf *b, const struct plan *p, bool draining);

#endif
