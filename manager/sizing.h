/* SPDX-License-Identifier: MIT
 *
 * sizing: how many workers a pool shall have.
 * Pure: numbers in, numbers out. No pids, no clock, no I/O; pool.c obeys.
 */
#ifndef HEARTH_SIZING_H
#define HEARTH_SIZING_H

#include <stdbool.h>
#include <stdint.h>

struct sizing_limits {
	bool on_demand;     /* else: always `most` of them */
	bool whole;         /* runners, which no count of requests needs one each: all or none */
	unsigned most;      /* pm.max_children, or how many runners */
	int64_t idle_ms;    /* pm.process_idle_timeout */
	int64_t backoff_ms; /* restart_backoff_max */
};

struct sizing_facts {
	unsigned starting, ready; /* ours to count */
	unsigned going;           /* leaving, stopping, being killed: they take room until buried */
	unsigned idle, busy, waiting; /* the gateway's to count, as of its last letter */
	int64_t longest_idle_ms;
	unsigned streak;        /* rounds of early deaths in a row */
	unsigned trying;        /* of those starting or ready: born since the last early death */
	int64_t since_death_ms; /* since the last of them */
};

struct sizing {
	unsigned spawn;
	bool trim;       /* let the gateway give back workers idle for idle_ms */
	bool full;       /* more are needed than there may be */
	int64_t wait_ms; /* decide again after this; -1: when something happens */
};

struct sizing sizing_decide(const struct sizing_limits *limits, const struct sizing_facts *facts);

/* What counts as an early death, and how long a worker must live to end a streak. */
#define SIZING_EARLY_MS   2000
#define SIZING_SETTLED_MS 10000

/* How long to wait after so many rounds of early deaths: 0, 100, 200, 400 ms and so on. */
int64_t sizing_backoff_ms(unsigned streak, int64_t most_ms);

#endif
