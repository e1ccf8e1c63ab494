/* SPDX-License-Identifier: MIT
 *
 * access_value: a value in a line of the access log: as text, where what is not known is a dash,
 * or as JSON, where it is null.
 * Runs in: the gateway. Knows no request.
 */
#ifndef HEARTH_ACCESS_VALUE_H
#define HEARTH_ACCESS_VALUE_H

#include "common/access_format.h"
#include "common/buf.h"
#include "common/clock.h"

struct request;

struct line {
	struct buf *b;
	const struct request *r; /* whose it is */
	const char *peer;
	struct mono now;
	struct buf *marks; /* access_line's: where values are left out for now; NULL: nowhere */
	bool json, failed; /* failed: there was no memory */
};

/* As it is; where a client had no say. */
void put_plain(struct line *l, struct span s);
void put_unknown(struct line *l);
/* Escaped, and nothing for nothing; where a text has no quotes of its own. */
void put_escaped(struct line *l, struct span s);
/* Without p it is not known. In a text an empty one is a dash too, lest columns move. */
void put_text(struct line *l, struct span s);
void put_number(struct line *l, uint64_t v);
/* v divided by 10 to the power of `places`. */
void put_fraction(struct line *l, uint64_t v, unsigned places);
/* In the unit of the item. */
void put_time(struct line *l, const struct access_item *it, struct mono from, struct mono to);
/* A time of day, in microseconds, in the format of the item. */
void put_date(struct line *l, const struct access_item *it, int64_t us);

#endif
