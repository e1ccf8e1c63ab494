/* SPDX-License-Identifier: MIT
 *
 * status: the house as text or JSON.
 * Runs in: the manager. Reads everything, changes nothing.
 */
#ifndef HEARTH_STATUS_H
#define HEARTH_STATUS_H

#include "manager/house.h"

/* pool NULL: all of them. False: no memory. */
bool status_text(struct house *h, struct pool *pool, struct buf *out);
bool status_json(struct house *h, struct pool *pool, struct buf *out);

/* "17s", "5m", "2h10m", "3d4h". */
bool status_put_age(struct buf *out, int64_t ms);
/* A JSON string, quotes and all; bytes that are no UTF-8 become U+FFFD. */
bool status_put_json(struct buf *out, const char *s);

#endif
