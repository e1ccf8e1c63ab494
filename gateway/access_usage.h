/* SPDX-License-Identifier: MIT
 *
 * access_usage: what a line of the access log says of the process that has served the request: who
 * it was, and what it took. Of a script that is known only when it has exited, which may be later
 * than the line is made: then the places are marked, and filled in at last.
 * Runs in: the gateway.
 */
#ifndef HEARTH_ACCESS_USAGE_H
#define HEARTH_ACCESS_USAGE_H

#include "gateway/access_value.h"
#include "gateway/request.h"

/* The line of a request that is over before its script has exited: complete but for what that will
 * have used. */
struct access_late {
	struct list link;         /* access_log's: on a list while there is a line */
	struct request *of;       /* access_log's: its line is still to come */
	struct access_file *file; /* access_log's: where the line goes */
	struct buf text, marks;
	uint32_t pid; /* of the script, as soon as it is known */
	struct mono engaged;
	bool json;
};

/* Items of the table in access_line. */
void put_worker_pid(struct line *l, const struct access_item *it);
void put_cpu(struct line *l, const struct access_item *it);
void put_memory(struct line *l, const struct access_item *it);

/* Adds a late line, complete now. False: no memory, and the buffer is as it was. */
bool access_usage_fill(
	struct buf *b, const struct access_late *late, const struct usage *u, struct mono now);

#endif
