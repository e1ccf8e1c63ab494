/* SPDX-License-Identifier: MIT
 *
 * access_line: what the access log says of one request: the items of access.format, executed.
 * Runs in: the gateway. Knows no file: bytes go to a buffer.
 */
#ifndef HEARTH_ACCESS_LINE_H
#define HEARTH_ACCESS_LINE_H

#include "gateway/request.h"

/* The line of a request that is over before its script has exited: complete but for what that will
 * have used. */
struct access_late {
	struct list link;   /* access_log's: on a list while there is a line */
	struct request *of; /* access_log's: its line is still to come */
	struct buf text, marks;
	uint32_t pid; /* of the script, as soon as it is known */
	struct mono engaged;
	bool json;
};

/* Adds the line of a request that is over now; `peer` is the client's address as text. False: no
 * memory, and the buffer is as it was. */
bool access_line_put(struct buf *b, const struct request *r, const char *peer, struct mono now);
/* Does it ask for what its script has not told yet (r->late)? */
bool access_line_lacks(const struct request *r);
/* The same in two steps. False: no memory, and there is no line. */
bool access_line_begin(
	struct access_late *late, const struct request *r, const char *peer, struct mono now);
bool access_line_end(
	struct buf *b, const struct access_late *late, const struct usage *u, struct mono now);

#endif
