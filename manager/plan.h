/* SPDX-License-Identifier: MIT
 *
 * plan: the configuration as letters: one transaction, from PLAN_BEGIN to PLAN_COMMIT.
 * Runs in: the manager. Sends what the next plan wants; what that leads to is the downlink's.
 */
#ifndef HEARTH_PLAN_H
#define HEARTH_PLAN_H

#include "common/chan.h"
#include "manager/journal.h"
#include "manager/listeners.h"
#include "manager/pools.h"

struct plan {
	uint32_t generation;
	const struct conf *conf;
	struct listeners *doors;
	struct pools *pools;
	const struct journal *journal;
};

void plan_send(const struct plan *p, struct chan *to);

/* threads = auto: half of the cores, rounded up; the workers need the rest. */
unsigned plan_threads(const struct conf *conf);

/* A number that no pool has: the gateway refuses a plan in which one is named so. */
#define PLAN_NOBODY UINT32_MAX

/* The number of the pool of this name, or PLAN_NOBODY; 0 if there is no name. That is the one on
 * offer: a pool that is changed has another number than the one that serves under its name. */
uint32_t plan_number_of(const struct plan *p, const char *name);

#endif
