/* SPDX-License-Identifier: MIT
 *
 * top_pen: see top_pen.h.
 */
#include "manager/top_pen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- text ---- */

void pen_begin(struct pen *p)
{
	p->left = p->cols;
}

void pen_end(struct pen *p)
{
	buf_puts(p->out, "\n");
}

/* As much of it as fits. Whoever wrote it, a cell is taken to be a character. */
static void put_cells(struct pen *p, const char *text)
{
	size_t n = 0;

	for (; text[n]; n++) {
		bool begins = ((unsigned char)text[n] & 0xc0) != 0x80;
		if (begins && p->left == 0)
			break;
		p->left -= begins;
	}
	buf_put(p->out, text, n);
}

void pen_put(struct pen *p, enum colour c, const char *fmt, ...)
{
	bool coloured = p->colour && c != COLOUR_OFF;
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	buf_puts(p->out, colour_text(coloured, c));
	put_cells(p, text);
	buf_puts(p->out, colour_text(coloured, COLOUR_OFF));
}

void pen_age(struct pen *p, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s < 60)
		pen_put(p, COLOUR_OFF, "up %" PRIu64 "s", s);
	else if (s < 3600)
		pen_put(p, COLOUR_OFF, "up %" PRIu64 "m", s / 60);
	else if (s < 86400)
		pen_put(p, COLOUR_OFF, "up %" PRIu64 "h%" PRIu64 "m", s / 3600, s % 3600 / 60);
	else
		pen_put(p, COLOUR_OFF, "up %" PRIu64 "d%" PRIu64 "h", s / 86400, s % 86400 / 3600);
}

/* Short enough for its column, whatever it is. */
const char *pen_rate(double rate, char to[static 16])
{
	if (rate < 0)
		snprintf(to, 16, "-");
	else
		snprintf(to, 16, rate < 1000 ? "%.1f" : "%.0f", rate);
	return to;
}

void pen_number(struct pen *p, uint64_t n, int cells, enum colour c)
{
	static const char units[] = "kMGTPE";
	double v = (double)n;
	char text[24];
	size_t unit = 0;

	snprintf(text, sizeof text, "%" PRIu64, n);
	if ((int)strlen(text) >= cells) {
		while ((v /= 1000) >= 999.5)
			unit++;
		snprintf(text, sizeof text, v < 9.95 ? "%.1f%c" : "%.0f%c", v, units[unit]);
	}
	pen_put(p, n ? c : COLOUR_OFF, "%*s", cells, text);
}

/* ---- bars ---- */

struct part {
	enum colour colour;
	const char *block, *letter;
};

static const struct part busy_part = {COLOUR_GREEN, "█", "#"};
static const struct part full_part = {COLOUR_RED, "█", "#"};
static const struct part idle_part = {COLOUR_CYAN, "▒", "="};
static const struct part starting_part = {COLOUR_YELLOW, "░", "+"};
static const struct part waiting_part = {COLOUR_RED, "▚", "!"};
static const struct part free_part = {COLOUR_DIM, "·", "."};

/* How many of the cells n of `most` are; one at least if there is any. */
static unsigned share(uint64_t n, uint64_t most, unsigned cells)
{
	double part = most ? (double)n / (double)most : 0;
	unsigned got = (unsigned)((part > 1 ? 1 : part) * cells + 0.5);

	return n > 0 && got == 0 ? 1 : got;
}

/* Takes its cells from what is left of the bar. */
static void put_part(struct pen *p, const struct part *part, unsigned cells, unsigned *left)
{
	char text[4 * TOP_BAR_MOST + 1] = "";
	size_t n = 0;

	cells = cells < *left ? cells : *left;
	*left -= cells;
	for (unsigned i = 0; i < cells && n + 4 < sizeof text; i++)
		n += (size_t)snprintf(
			text + n, sizeof text - n, "%s", p->utf8 ? part->block : part->letter);
	if (cells)
		pen_put(p, part->colour, "%s", text);
}

void pen_bar(struct pen *p, const struct top_pool *pool, unsigned cells)
{
	const uint64_t *v = pool->value;
	unsigned waiting = share(v[TOP_WAITING], v[TOP_MAX_QUEUE], cells / 2);
	unsigned left = cells - waiting;
	bool full = v[TOP_BUSY] >= v[TOP_MAX];

	put_part(p, full ? &full_part : &busy_part, share(v[TOP_BUSY], v[TOP_MAX], cells), &left);
	put_part(p, &idle_part, share(v[TOP_IDLE], v[TOP_MAX], cells), &left);
	put_part(p, &starting_part, share(v[TOP_STARTING], v[TOP_MAX], cells), &left);
	put_part(p, &free_part, left, &left);
	put_part(p, &waiting_part, waiting, &waiting);
}
