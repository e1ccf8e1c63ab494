/* SPDX-License-Identifier: MIT
 *
 * top_pen: writes a line of `hearth top`, which ends where the window does.
 * Runs in: the `hearth top` you type. Pure.
 */
#ifndef HEARTH_TOP_PEN_H
#define HEARTH_TOP_PEN_H

#include "manager/colour.h"
#include "manager/top_figures.h"

#define TOP_BAR_MOST 60 /* cells */

struct pen {
	struct buf *out;
	unsigned cols, left; /* cells: of a line, of this one */
	bool utf8, colour;
};

void pen_begin(struct pen *p);
void pen_end(struct pen *p);
/* As much of it as fits. */
void pen_put(struct pen *p, enum colour c, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "up 5m". */
void pen_age(struct pen *p, uint64_t ms);
/* To the right of its column, short enough for it, and plain if it is 0. */
void pen_number(struct pen *p, uint64_t n, int cells, enum colour c);
/* A pool's workers and its line: busy, idle, starting, free, waiting. */
void pen_bar(struct pen *p, const struct top_pool *pool, unsigned cells);
/* Requests a second, in few characters. */
const char *pen_rate(double rate, char to[static 16]);

#endif
