/* SPDX-License-Identifier: MIT
 *
 * top_page: figures as a page of text, for a window of some size.
 * Runs in: the `hearth top` you type. Pure: no terminal, no clock.
 */
#ifndef HEARTH_TOP_PAGE_H
#define HEARTH_TOP_PAGE_H

#include "manager/top_figures.h"

enum top_sort { TOP_BY_FILE, TOP_BY_BUSY, TOP_BY_WAITING, TOP_BY_RATE, TOP_BY_NAME, TOP_SORTS };

struct top_view {
	unsigned rows, cols; /* rows 0: as many as it takes, and nothing about keys */
	unsigned scroll;     /* pools that are left out at the start */
	enum top_sort sort;
	bool utf8, colour;
	const char *trouble; /* why the figures are not of now; or NULL */
};

/* Lines that end in "\n", of at most cols cells, and at most rows of them. */
bool top_page(const struct top_figures *f, const struct top_view *v, struct buf *out);
/* How many pools fit on the page. */
unsigned top_page_pools(const struct top_figures *f, const struct top_view *v);

#endif
