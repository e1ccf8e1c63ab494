/* SPDX-License-Identifier: MIT
 *
 * clock: monotonic time, wrapped so that it cannot be mixed with the time of day.
 */
#ifndef HEARTH_CLOCK_H
#define HEARTH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct mono {
	int64_t us;
};

#define MONO_NEVER ((struct mono){INT64_MAX})

struct mono mono_now(void);

/* The time of day, to be shown and not to be reckoned with. */
int64_t clock_since_1970_ms(void);

static inline bool mono_is_never(struct mono t)
{
	return t.us == INT64_MAX;
}

/* Never stays never, and a negative or absurd sum becomes never rather than the past. */
static inline struct mono mono_add_ms(struct mono t, int64_t ms)
{
	if (mono_is_never(t) || ms > (INT64_MAX - t.us) / 1000)
		return MONO_NEVER;
	return (struct mono){t.us + ms * 1000};
}

static inline bool mono_before(struct mono a, struct mono b)
{
	return a.us < b.us;
}

static inline int64_t mono_us_between(struct mono from, struct mono to)
{
	return to.us - from.us;
}

static inline int64_t mono_ms_between(struct mono from, struct mono to)
{
	return (to.us - from.us) / 1000;
}

#endif
