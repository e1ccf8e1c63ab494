/* SPDX-License-Identifier: MIT
 *
 * access_line: what the access log says of one request: the items of access.format, executed.
 * Runs in: the gateway. Knows no file: bytes go to a buffer.
 */
#ifndef HEARTH_ACCESS_LINE_H
#define HEARTH_ACCESS_LINE_H

#include "gateway/access_usage.h"

/* Adds the line of a request that is over now; `peer` is the client's address as text. False: no
 * memory, and the buffer is as it was. */
bool access_line_put(struct buf *b, const struct request *r, const char *peer, struct mono now);
/* Is it left out, by access.suppress_path? */
bool access_line_is_suppressed(const struct request *r);
/* Does it ask for what its script has not told yet (r->late)? */
bool access_line_lacks(const struct request *r);
/* The same without what is not known yet: access_usage_fill adds that. False: no memory, and there
 * is no line. */
bool access_line_begin(
	struct access_late *late, const struct request *r, const char *peer, struct mono now);

#endif
