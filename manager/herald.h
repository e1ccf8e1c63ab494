/* SPDX-License-Identifier: MIT
 *
 * herald: what whoever started us hears of the house, and when: that it is open, how its pools
 * stand, and that it is alive. Runs in: the manager. Reads everything, changes nothing; while
 * nobody listens it does nothing at all. That a reload begins and ends is said in reload.c, and
 * that the house closes in house.c.
 */
#ifndef HEARTH_HERALD_H
#define HEARTH_HERALD_H

#include "manager/house.h"

struct herald {
	struct house *house;
	struct timer refresh, beat;
	char line[512];   /* as last told */
	uint64_t counted; /* requests, when that was last looked at */
	struct mono counted_at;
	uint64_t tenths;        /* of a request a second, then */
	struct looker question; /* to the gateway: whether it still answers */
	bool asked;             /* ... it has not yet */
	bool late;              /* ... and a sign of life waits for that */
	struct mono served;     /* when a gateway was last seen that has taken its plan */
};

/* Takes what comes of the house's news; the first sign of life. Call before anything is started. */
void herald_begin(struct herald *he, struct house *h);
/* The house is open. `moved`: it is another process than the one that was started. */
void herald_open(struct herald *he, bool moved);
void herald_end(struct herald *he);

/* Tenths of a request a second. Pure. */
uint64_t herald_tenths(uint64_t requests, int64_t ms);
/* How the house stands, in a line. */
void herald_put_line(struct house *h, uint64_t tenths, struct buf *out);

#endif
