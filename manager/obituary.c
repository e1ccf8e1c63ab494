/* SPDX-License-Identifier: MIT
 *
 * obituary: see obituary.h.
 */
#include "manager/obituary.h"

#include <stdio.h>

void last_words_add(struct last_words *w, const char *line)
{
	snprintf(w->line[w->said++ % OBITUARY_LINES], OBITUARY_CHARS + 1, "%s", line);
}

const char *last_words_at(const struct last_words *w, unsigned i)
{
	unsigned first = w->said > OBITUARY_LINES ? w->said - OBITUARY_LINES : 0;

	if (i >= OBITUARY_LINES || i >= w->said)
		return NULL;
	return w->line[(first + i) % OBITUARY_LINES];
}

const char *last_words_end(const struct last_words *w)
{
	return w->said ? w->line[(w->said - 1) % OBITUARY_LINES] : "";
}

struct death *obituary_add(struct obituary *o)
{
	struct death *d = &o->at[o->deaths++ % OBITUARY_DEATHS];

	*d = (struct death){.lived_ms = -1};
	return d;
}

const struct death *obituary_at(const struct obituary *o, unsigned i)
{
	if (i >= OBITUARY_DEATHS || i >= o->deaths)
		return NULL;
	return &o->at[(o->deaths - 1 - i) % OBITUARY_DEATHS];
}
