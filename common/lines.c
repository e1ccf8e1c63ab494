/* SPDX-License-Identifier: MIT
 *
 * lines: see lines.h.
 */
#include "common/lines.h"

#include <stdlib.h>

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

/* Room for so many more bytes, and what stands for the rest. */
static bool grow(struct lines *l, size_t n)
{
	size_t need = l->used + n + sizeof "...", room = 2 * l->room > 128 ? 2 * l->room : 128;
	char *line;

	if (need <= l->room)
		return true;
	room = room > need ? room : need;
	line = realloc(l->line, room);
	if (!line)
		return false;
	l->line = line;
	l->room = room;
	return true;
}

/* A NUL would end the record for everybody who reads it as a string. */
static void take_piece(struct lines *l, struct span piece)
{
	size_t most = l->most ? l->most : LINES_MAX;
	size_t n = piece.n < most - l->used ? piece.n : most - l->used;

	if (l->cut || piece.n == 0)
		return;
	l->cut = n < piece.n;
	if (!grow(l, n)) {
		l->cut = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		l->line[l->used++] = piece.p[i] ? piece.p[i] : ' ';
}

void lines_free(struct lines *l)
{
	free(l->line);
	*l = (struct lines){.most = l->most};
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
