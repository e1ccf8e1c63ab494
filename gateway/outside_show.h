/* SPDX-License-Identifier: MIT
 *
 * outside_show: the addresses of external pools, in the gateway's own pages.
 * Runs in: the gateway, any lane.
 */
#ifndef HEARTH_OUTSIDE_SHOW_H
#define HEARTH_OUTSIDE_SHOW_H

#include "gateway/open_metrics.h"
#include "gateway/outside_facts.h"

/* A comma and a member of a pool's JSON object; of other pools nothing. False: no memory. */
bool outside_show(struct buf *b, struct dispatch *d);

/* Families, and their samples of one pool. */
#define OUTSIDE_METRICS 4
void outside_metric_family(struct open_metrics *m, size_t i);
void outside_metric(struct open_metrics *m, size_t i, const char *pool, struct dispatch *d);

#endif
