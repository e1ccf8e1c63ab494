/* SPDX-License-Identifier: MIT
 *
 * upkeep: notices when a process has served for long enough, or has become too large.
 * Runs in: the manager. Knows a pid and its limits; what follows from it is its owner's business.
 */
#ifndef HEARTH_UPKEEP_H
#define HEARTH_UPKEEP_H

#include "common/loop.h"

struct upkeep_terms {
	uint64_t max_requests;
	uint64_t max_lifetime; /* milliseconds */
	uint64_t max_memory;   /* bytes */
	unsigned jitter;       /* percent */
};

struct upkeep {
	struct timer timer;
	struct loop *loop;
	int pid;
	uint32_t max_requests; /* drawn for this one; the gateway counts them */
	uint64_t max_memory;
	uint64_t bytes; /* as last seen */
	struct mono end;
	void (*due)(struct upkeep *u, const char *limit);
};

/* `due` is called once, with the name of the limit. Zeros in the terms mean no limit. */
void upkeep_begin(struct upkeep *u, struct loop *l, int pid, const struct upkeep_terms *terms,
	void (*due)(struct upkeep *u, const char *limit));
/* Idempotent, and harmless on one that was zeroed and never began. */
void upkeep_end(struct upkeep *u);

/* For jitter. */
uint64_t upkeep_random(void);

#endif
