/* SPDX-License-Identifier: MIT
 *
 * obituary: what is remembered of the dead: the last lines that a process has written, and the last
 * deaths of a pool. Rings of fixed size: the newest takes the place of the oldest.
 * Runs in: the manager. Pure: no I/O, no clock, no allocation.
 */
#ifndef HEARTH_OBITUARY_H
#define HEARTH_OBITUARY_H

#include <stdint.h>

#define OBITUARY_DEATHS 8
#define OBITUARY_LINES  5
#define OBITUARY_CHARS  160 /* of a line; the rest is left out */

struct last_words {
	unsigned said; /* in all */
	char line[OBITUARY_LINES][OBITUARY_CHARS + 1];
};

/* The line is escaped already. */
void last_words_add(struct last_words *w, const char *line);
/* The i-th of those that are kept, the oldest first; NULL: there is none. */
const char *last_words_at(const struct last_words *w, unsigned i);
/* The last one, or "". */
const char *last_words_end(const struct last_words *w);

struct death {
	int64_t at_ms;    /* since 1970 */
	int64_t lived_ms; /* -1: it was never born */
	int pid;
	char how[80];  /* "exited with code 1" */
	char why[160]; /* what it was ended for, or why it did not start; or "" */
	struct last_words words;
};

struct obituary {
	unsigned deaths; /* in all */
	struct death at[OBITUARY_DEATHS];
};

/* An empty page for the newest. */
struct death *obituary_add(struct obituary *o);
/* The i-th of those that are remembered, the newest first; NULL: there is none. */
const struct death *obituary_at(const struct obituary *o, unsigned i);

#endif
