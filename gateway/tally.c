/* SPDX-License-Identifier: MIT
 *
 * tally: see tally.h.
 */
#include "gateway/tally.h"

#include "common/span.h"

const uint32_t tally_bounds_us[TALLY_BOUNDS] = {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
	250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000, 60000000};

const char *const tally_ending_names[ENDED_REASONS] = {
	[ENDED_TERMINATE_TIMEOUT] = "terminate_timeout",
	[ENDED_HEADER_TIMEOUT] = "header_timeout",
	[ENDED_NONSENSE] = "nonsense",
	[ENDED_CRASHED] = "crashed",
	[ENDED_BODY_LOST] = "body_lost",
	[ENDED_CLIENT_LEFT] = "client_left",
};

void tally_peak(_Atomic uint64_t *to, uint64_t seen)
{
	uint64_t was = tally_get(to);

	while (was < seen && !atomic_compare_exchange_weak_explicit(
				     to, &was, seen, memory_order_relaxed, memory_order_relaxed))
		;
}

void tally_time(struct tally_times *t, int64_t us)
{
	uint64_t v = us > 0 ? (uint64_t)us : 0;
	size_t i = 0;

	while (i < TALLY_BOUNDS && v > tally_bounds_us[i])
		i++;
	tally_add(&t->buckets[i], 1);
	tally_add(&t->sum_us, v);
}

uint64_t tally_times_count(const struct tally_times *t)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= TALLY_BOUNDS; i++)
		n += tally_get(&t->buckets[i]);
	return n;
}

/* The place of a status never changes once it has one. */
static struct tally_status *place_of(struct tally *t, uint32_t code)
{
	for (size_t i = 0; i < TALLY_STATUSES; i++) {
		struct tally_status *s = &t->statuses[i];
		uint32_t has = atomic_load_explicit(&s->code, memory_order_relaxed);
		if (has == 0 && atomic_compare_exchange_strong(&s->code, &has, code))
			return s;
		if (has == code)
			return s;
	}
	return NULL;
}

void tally_status(struct tally *t, unsigned code)
{
	struct tally_status *s = code ? place_of(t, code) : NULL;

	tally_add(s ? &s->n : &t->other_statuses, 1);
}

uint64_t tally_statuses(const struct tally *t, unsigned from, unsigned to)
{
	uint64_t n = 0;

	for (size_t i = 0; i < TALLY_STATUSES; i++) {
		uint32_t code = atomic_load_explicit(&t->statuses[i].code, memory_order_relaxed);
		if (code >= from && code <= to)
			n += tally_get(&t->statuses[i].n);
	}
	return n;
}
