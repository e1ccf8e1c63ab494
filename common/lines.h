/* SPDX-License-Identifier: MIT
 *
 * lines: somebody's output, cut into lines as it comes in pieces. Pure but for memory.
 * Runs in: the manager (what workers say), the gateway (what scripts say).
 */
#ifndef HEARTH_LINES_H
#define HEARTH_LINES_H

#include "common/span.h"

#define LINES_MAX 1024 /* if nothing else is said */

/* Zero is a good beginning. */
struct lines {
	size_t used, room;
	size_t most; /* the rest of a longer line is dropped, and "..." stands for it */
	bool cut;
	char *line; /* grows with what is said */
};

/* Calls fn for every line that is complete, without its end; empty ones are left out. */
void lines_take(
	struct lines *l, struct span bytes, void (*fn)(void *arg, const char *line), void *arg);
/* Nothing more will come: what is there is a line. */
void lines_end(struct lines *l, void (*fn)(void *arg, const char *line), void *arg);
/* What there is of a line is forgotten. */
void lines_free(struct lines *l);

#endif
