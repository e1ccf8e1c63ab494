/* SPDX-License-Identifier: MIT
 *
 * said: see said.h.
 */
#include "gateway/said.h"

#include "common/log.h"

/* For one request; a script that babbles must not fill the disk. */
#define LINES_OF_A_REQUEST 100

static void record(void *arg, const char *line)
{
	struct said *s = arg;

	if (++s->count <= LINES_OF_A_REQUEST)
		log_warn("%s said into stderr: \"%s\"%s", s->tag, line,
			s->count == LINES_OF_A_REQUEST ? " (its further lines are dropped)" : "");
}

void said_begin(struct said *s)
{
	s->count = 0;
	s->lines.used = 0;
	s->lines.cut = false;
}

void said_take(struct said *s, struct span bytes)
{
	lines_take(&s->lines, bytes, record, s);
}

void said_end(struct said *s)
{
	lines_end(&s->lines, record, s);
}
