/* SPDX-License-Identifier: MIT
 *
 * metrics: the page that Prometheus and its like read: what is counted, of the gateway and of each
 * pool.
 * Runs in: the gateway, any lane.
 */
#ifndef HEARTH_METRICS_H
#define HEARTH_METRICS_H

#include "gateway/pool_figures.h"

/* False: no memory, and the buffer in any state. */
bool metrics_put(struct buf *b, const struct plan *p);

#endif
