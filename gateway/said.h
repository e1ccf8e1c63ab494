/* SPDX-License-Identifier: MIT
 *
 * said: what a script or a worker writes to its standard error becomes records of the error log:
 * one a line, each with the name of whose words they are, and not without end.
 * Runs in: the gateway.
 */
#ifndef HEARTH_SAID_H
#define HEARTH_SAID_H

#include "common/lines.h"

struct said {
	char tag[256]; /* "[pool cgi] request 12: script /x", also after the request is gone */
	unsigned count;
	struct lines lines;
};

/* For a new request; the tag is the caller's to fill in. */
void said_begin(struct said *s);
void said_take(struct said *s, struct span bytes);
void said_end(struct said *s);

#endif
