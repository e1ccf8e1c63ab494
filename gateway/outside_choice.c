/* SPDX-License-Identifier: MIT
 *
 * outside_choice: see outside_choice.h.
 */
#include "gateway/outside_choice.h"

#define FIRST_MS 100

/* In a row: after them it is left alone for longer than 2 s, and has failed for 3 s. */
#define FAILURES_DOWN 6

static bool rests(const struct outside_standing *s, struct mono now)
{
	return s->barred || (s->failures && mono_before(now, s->rests_until));
}

size_t outside_choose(
	const struct outside_standing *const *at, size_t n, size_t turn, struct mono now)
{
	size_t best = OUTSIDE_NOBODY;

	for (size_t k = 0; k < n; k++) {
		size_t i = (turn + k) % n;
		if (!rests(at[i], now) && (best == OUTSIDE_NOBODY || at[i]->busy < at[best]->busy))
			best = i;
	}
	return best;
}

uint32_t outside_rest_ms(unsigned failures, uint32_t most_ms, uint32_t random)
{
	uint64_t ms = FIRST_MS;

	while (failures-- > 1 && ms < most_ms)
		ms *= 2;
	if (ms > most_ms)
		ms = most_ms;
	return (uint32_t)(ms - ms / 4 * (random % 1024) / 1024);
}

bool outside_is_spoilt(unsigned broken, bool has_another)
{
	return broken >= OUTSIDE_BROKEN_MOST && has_another;
}

bool outside_is_down(const struct outside_standing *const *at, size_t n)
{
	size_t i = 0;

	while (i < n && at[i]->failures >= FAILURES_DOWN)
		i++;
	return n && i == n;
}

struct mono outside_soonest(const struct outside_standing *const *at, size_t n)
{
	struct mono by = MONO_NEVER;

	for (size_t i = 0; i < n; i++) {
		struct mono due = at[i]->failures ? at[i]->rests_until : (struct mono){0};
		if (mono_before(due, by))
			by = due;
	}
	return by;
}
