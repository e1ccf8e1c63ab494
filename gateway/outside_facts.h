/* SPDX-License-Identifier: MIT
 *
 * outside_facts: how the addresses of an external pool stand, for whoever shows it.
 * Runs in: the gateway.
 */
#ifndef HEARTH_OUTSIDE_FACTS_H
#define HEARTH_OUTSIDE_FACTS_H

#include "common/chan.h"
#include "gateway/outside.h"

/* One address; of a name, each that it leads to. */
struct outside_row {
	char address[OUTSIDE_LABEL_MAX];
	uint32_t busy, idle; /* connections */
	uint32_t resting_ms; /* 0: it does not rest */
	uint64_t requests, failed;
	char why[OUTSIDE_WHY_MAX]; /* it has failed last; "" if it is well */
};

/* Any lane. NULL and *n == 0: it is no external pool, or no memory. The caller frees it. */
struct outside_row *outside_look(struct dispatch *d, size_t *n);

void outside_facts_begin(struct chan *up);
/* Lane 0: what is news of them goes to the manager, each word of backend by itself. */
void outside_facts_tell(struct dispatch *d);

#endif
