/* SPDX-License-Identifier: MIT
 *
 * outside_seat: one of the connections that an external pool may have, and what becomes of a
 * request when the server fails it.
 * Runs in: the gateway. Which server it is, is settled in outside.c.
 */
#ifndef HEARTH_OUTSIDE_SEAT_H
#define HEARTH_OUTSIDE_SEAT_H

#include "gateway/outside.h"

/* One more, which is idle. Lane 0. */
void outside_seat_join(struct outside *o);

#endif
