/* SPDX-License-Identifier: MIT
 *
 * feed: ways to serve bytes to a parser: whole, one by one, cut anywhere, and always so that the
 * byte behind the last one is in no page of ours.
 * Runs in: unit tests only.
 */
#ifndef HEARTH_TESTS_FEED_H
#define HEARTH_TESTS_FEED_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/span.h"

#define ck_span_is(piece, text)                                                                   \
	do {                                                                                      \
		struct span piece_ = (piece);                                                     \
		ck_assert_msg(                                                                    \
			span_is(piece_, (text)), "'%.*s' is not '%s'", SPAN_FMT(piece_), (text)); \
	} while (0)

/* The first `first` bytes come at once, then `step` at a time. */
struct feed_plan {
	size_t first, step;
};

/* All ways for n bytes: 0 is whole, 1 is byte by byte, the others are one cut each. */
static inline size_t feed_plans(size_t n)
{
	return n < 2 ? 1 : n + 1;
}

static inline struct feed_plan feed_plan(size_t which, size_t n)
{
	switch (which) {
	case 0:
		return (struct feed_plan){n, n};
	case 1:
		return (struct feed_plan){1, 1};
	default:
		return (struct feed_plan){which - 1, n};
	}
}

/* How much has come after one more arrival. */
static inline size_t feed_next(struct feed_plan plan, size_t came, size_t n)
{
	size_t more = came == 0 ? plan.first : plan.step;

	return n - came < more ? n : came + more;
}

/* Memory whose end is followed by an unmapped page. */
struct feed_wall {
	char *start, *end;
};

static inline struct feed_wall feed_wall(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size / page + 1) * page;
	char *p = mmap(
		NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + room, page, PROT_NONE) != 0)
		abort();
	return (struct feed_wall){p, p + room};
}

/* Copies n bytes flush against the wall: each call moves them, as a growing buffer would. */
static inline char *feed_put(struct feed_wall wall, const void *bytes, size_t n)
{
	char *p = wall.end - n;

	if (n > (size_t)(wall.end - wall.start))
		abort();
	/* What lies before must not be read either: make it poison for a parser. */
	memset(wall.start, 0x01, (size_t)(p - wall.start));
	if (n > 0)
		memcpy(p, bytes, n);
	return p;
}

static inline void feed_wall_free(struct feed_wall wall)
{
	munmap(wall.start, (size_t)(wall.end - wall.start) + (size_t)sysconf(_SC_PAGESIZE));
}

#endif
