/* SPDX-License-Identifier: MIT
 *
 * access_line: what the access log says of one request: the items of access.format, executed.
 * Runs in: the gateway. Knows no file: bytes go to a buffer.
 */
#ifndef HEARTH_ACCESS_LINE_H
#define HEARTH_ACCESS_LINE_H

#include "gateway/request.h"

/* Adds the line of a request that is over now; `peer` is the client's address as text. False: no
 * memory, and the buffer is as it was. */
bool access_line_put(struct buf *b, const struct request *r, const char *peer, struct mono now);

#endif
