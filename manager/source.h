/* SPDX-License-Identifier: MIT
 *
 * source: a configuration file as lines, made fit for libinih.
 * Runs in: the manager. Knows what a line is; nothing of sections' or directives' meaning.
 *
 * A line is [SECTION], NAME = VALUE, blank or a comment. ; and # begin a comment at the start of a
 * line or behind a blank, outside double quotes; so does a ; at the very end of a line, which files
 * of php-fpm have right behind values. A line ends where it ends: there is no continuation.
 *
 * inih reads sections and names; lines and values are ours. As it is built nearly everywhere it
 * cuts a line at 200 bytes without a word, takes an indented line for more of the value before,
 * knows no quotes and tells a handler no line number. So it is shown `NAME =` only, while the
 * value is kept here, and a section is announced by a line with an empty name, since inih is
 * silent about empty sections. All that it is shown is good: what is not, is complained about.
 */
#ifndef HEARTH_SOURCE_H
#define HEARTH_SOURCE_H

#include "manager/conf.h"

#define SOURCE_LINE_MAX    4095
#define SOURCE_NAME_MAX    127 /* a directive with what stands in brackets behind it */
#define SOURCE_SECTION_MAX 31
/* What inih is shown for a section whose name is refused, so that what follows is not taken for
 * the section before. */
#define SOURCE_NO_SECTION "?"

struct source {
	struct complaints *c;
	const char *file;
	unsigned line;
	const char *value; /* of the line that inih has; valid until the next */
	struct span rest;
	bool announce; /* a section began */
	char text[SOURCE_LINE_MAX + 1];
};

void source_open(struct source *src, const char *file, struct span text, struct complaints *c);
/* What inih calls as if it were fgets. */
char *source_next(char *to, int room, void *source);

#endif
