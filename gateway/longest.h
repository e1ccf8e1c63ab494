/* SPDX-License-Identifier: MIT
 *
 * longest: the requests that have run for longest, over all pools, for somebody who watches.
 * Runs in: the gateway, lane 0.
 */
#ifndef HEARTH_LONGEST_H
#define HEARTH_LONGEST_H

#include "gateway/plan.h"

/* What anybody may ask for at once. */
#define LONGEST_MAX 100

struct longest {
	uint32_t pool, pid;
	int64_t us;
	uint64_t request;
	char line[512]; /* method and target, escaped */
};

/* The longest first. How many there are: at most `most`, for which there is room at `to`. */
size_t longest_find(const struct plan *p, struct longest *to, size_t most);

#endif
