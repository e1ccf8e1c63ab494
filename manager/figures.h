/* SPDX-License-Identifier: MIT
 *
 * figures: the house in a form that programs read: lines of fields with a tab between them. The
 * first word of a line says what it is about; more fields may come behind those that are here.
 *
 *	house    VERSION PID UPTIME-MS MOOD GENERATION
 *	gateway  PID UPTIME-MS CONNECTIONS ACCEPTED REQUESTS ERRORS STARTS    (PID 0: it is down)
 *	pool     NAME KIND PM STATE RETRY-MS MAX IDLE BUSY STARTING WAITING MAX-QUEUE
 *	         REQUESTS REFUSED TIMED-OUT DEATHS SLOW                       (RETRY-MS -1: none)
 *	running  POOL PID MS REQUEST-ID LINE                                  (the longest first)
 *
 * Runs in: the manager.
 */
#ifndef HEARTH_FIGURES_H
#define HEARTH_FIGURES_H

#include "manager/look.h"

bool figures_put(struct house *h, const struct seen *seen, struct buf *out);

#endif
