/* SPDX-License-Identifier: MIT
 *
 * said: what a script or a worker writes to its standard error becomes records of the error log:
 * one a line, each with the name of whose words they are, and not without end.
 * Runs in: the gateway.
 */
#ifndef HEARTH_SAID_H
#define HEARTH_SAID_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/lines.h"

/* What all processes of a pool may say together: so many lines at once, and a second. */
#define SAID_AT_ONCE  1000
#define SAID_A_SECOND 100

/* Shared by all lanes, and how the pool wants it. Zero is a good beginning. */
struct said_limit {
	_Atomic int64_t paid_until; /* in microseconds: every line costs some */
	_Atomic uint32_t dropped;   /* and not told yet */
	bool mute;                  /* nothing is kept of it */
	bool plain;                 /* in a log that is text a line stands alone */
};

struct said {
	struct said_limit *limit; /* the pool's */
	char tag[256]; /* "[pool cgi] request 12: script /x", also after the request is gone */
	unsigned count;
	struct lines lines;
};

/* For a new request; the tag is the caller's to fill in. */
void said_begin(struct said *s, struct said_limit *limit);
void said_free(struct said *s);
void said_take(struct said *s, struct span bytes);
void said_end(struct said *s);

/* Once in a while: what was dropped of a pool's words since. */
void said_tell_dropped(struct said_limit *limit, const char *pool);

#endif
