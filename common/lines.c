/* SPDX-License-Identifier: MIT
 *
 * lines: see lines.h.
 */
#include "common/lines.h"

void lines_end(struct lines *l, void (*fn)(void *arg, const char *line), void *arg)
{
	if (l->used && l->line[l->used - 1] == '\r')
		l->used--;
	if (l->used) {
		memcpy(l->line + l->used, l->cut ? "..." : "", l->cut ? 4 : 1);
		fn(arg, l->line);
	}
	l->used = 0;
	l->cut = false;
}

/* A NUL would end the record for everybody who reads it as a string. */
static void take_piece(struct lines *l, struct span piece)
{
	for (size_t i = 0; i < piece.n && !l->cut; i++) {
		if (l->used == LINES_MAX)
			l->cut = true;
		else
			l->line[l->used++] = piece.p[i] ? piece.p[i] : ' ';
	}
}

void lines_take(
	struct lines *l, struct span bytes, void (*fn)(void *arg, const char *line), void *arg)
{
	const char *end;

	while (bytes.n && (end = memchr(bytes.p, '\n', bytes.n))) {
		size_t n = (size_t)(end - bytes.p);
		take_piece(l, (struct span){bytes.p, n});
		lines_end(l, fn, arg);
		bytes = span_from(bytes, n + 1);
	}
	take_piece(l, bytes);
}
