/* SPDX-License-Identifier: MIT
 *
 * tally: what is counted of a pool, and how long things took, for metrics and status pages.
 * Runs in: the gateway. Lanes add to one tally at once, so all of it is atomic; what is read is
 * every number by itself, not all of them at one moment. No system call, no allocation, no lock.
 */
#ifndef HEARTH_TALLY_H
#define HEARTH_TALLY_H

#include <stdatomic.h>

#include "common/clock.h"

/* Upper bounds of the buckets of each histogram; beyond the last there is one more. */
#define TALLY_BOUNDS 16
extern const uint32_t tally_bounds_us[TALLY_BOUNDS];

/* Statuses that are counted one by one; a pool that has more has the rest together. */
#define TALLY_STATUSES 24

struct tally_times {
	_Atomic uint64_t buckets[TALLY_BOUNDS + 1]; /* each its own, not added up */
	_Atomic uint64_t sum_us;
};

/* Why a process was ended before its time, or ended by itself. */
enum tally_ending {
	ENDED_TERMINATE_TIMEOUT,
	ENDED_HEADER_TIMEOUT,
	ENDED_NONSENSE,    /* it broke the protocol */
	ENDED_CRASHED,     /* it went away while it served a request */
	ENDED_BODY_LOST,   /* we could not give it what was to be its request's body */
	ENDED_CLIENT_LEFT, /* nobody waits for its script */
	ENDED_REASONS
};

extern const char *const tally_ending_names[ENDED_REASONS];

struct tally_status {
	_Atomic uint32_t code; /* 0: free */
	_Atomic uint64_t n;
};

struct tally {
	struct tally_times queue;   /* from the line to a worker */
	struct tally_times request; /* from its first byte to the last of its answer */
	struct tally_times first;   /* from being given to a worker to the head of its answer */
	struct tally_times spawn;   /* from the start of a process to its being ready */
	struct tally_status statuses[TALLY_STATUSES];
	_Atomic uint64_t other_statuses;
	_Atomic uint64_t ended[ENDED_REASONS];
	_Atomic uint64_t cold; /* requests that waited for a process to start */
	_Atomic uint64_t received, sent;
	_Atomic uint64_t memory_peak; /* bytes of one process, as far as anybody has looked */
	_Atomic int64_t opened_us;    /* when its first runner came */
};

static inline void tally_add(_Atomic uint64_t *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static inline uint64_t tally_get(const _Atomic uint64_t *of)
{
	return atomic_load_explicit(of, memory_order_relaxed);
}

static inline void tally_ended(struct tally *t, enum tally_ending why)
{
	tally_add(&t->ended[why], 1);
}

/* *to is the highest of all it was told. */
void tally_peak(_Atomic uint64_t *to, uint64_t seen);
/* A negative time is none. */
void tally_time(struct tally_times *t, int64_t us);
uint64_t tally_times_count(const struct tally_times *t);
void tally_status(struct tally *t, unsigned code);
/* Of all that were counted, those from `from` to `to`. */
uint64_t tally_statuses(const struct tally *t, unsigned from, unsigned to);

#endif
