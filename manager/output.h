/* SPDX-License-Identifier: MIT
 *
 * output: what a child says on its stdout or stderr becomes records of the error log.
 * Runs in: the manager. The bytes are somebody else's: they are cut, counted, and never believed.
 *
 * The pipe is always drained, whether the lines are wanted or not: a worker never waits for us.
 */
#ifndef HEARTH_OUTPUT_H
#define HEARTH_OUTPUT_H

#include "common/lines.h"
#include "common/loop.h"
#include "manager/obituary.h"

#define OUTPUT_LINES_MAX 100 /* a second; the rest is counted */

struct output {
	struct io io;
	struct loop *loop;
	struct timer second; /* armed while a second is being counted */
	const char *title;   /* "[pool app] child"; the owner keeps it */
	const char *stream;  /* "stderr" */
	bool plain;          /* in a log that is text its lines stand alone */
	int pid;
	unsigned said, dropped; /* in this second */
	struct lines lines;
	struct last_words last;
};

/* Takes fd, the reading end of the pipe, non-blocking. */
void output_open(struct output *o, struct loop *l, int fd, const char *title, const char *stream);
/* Takes what is still there, ends an unfinished line; idempotent. `last` stays readable. */
void output_close(struct output *o);

#endif
