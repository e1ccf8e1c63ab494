/* SPDX-License-Identifier: MIT
 *
 * crew: what the seats of one process share. A seat (struct worker) takes one request at a time;
 * a process has as many of them as it may take requests at once.
 * Runs in: the gateway. Knows nothing of requests; of its seats only that there are such.
 */
#ifndef HEARTH_CREW_H
#define HEARTH_CREW_H

#include "gateway/lane.h"

struct dispatch;

/* Of a crew, the seats that rest in one lane. */
struct crew_lane {
	struct list link; /* the lane's list of those, while it has any */
	struct list idle; /* the one that rested last first */
};

struct crew {
	struct dispatch *dispatch;
	uint32_t id, pid;      /* 0: permits, which are no process */
	uint32_t max_requests; /* 0: as many as come */
	struct list by_id;     /* lane 0's */
	bool met;              /* an earlier gateway knew it: it may be busy for that one */
	_Atomic bool worked;   /* it has answered a request */

	/* Under the dispatcher's lock: */
	struct list all;   /* the dispatcher's */
	struct list seats; /* those that are not buried */
	uint32_t nseats, nidle, nbusy;
	uint32_t taken;         /* requests that it was given */
	uint32_t working;       /* seats with a request, as the scoreboard knows them */
	bool leaving;           /* not to be used again */
	bool gone;              /* the process is dead */
	bool broken;            /* ... or is to be ended, which was said */
	struct list resting;    /* the dispatcher's, while none of its seats is busy */
	struct mono idle_since; /* since then */
	struct crew_lane in[];  /* one a lane */
};

/* Without seats; they sit down by dispatch_join. */
struct crew *crew_new(struct dispatch *d, uint32_t id, uint32_t pid, uint32_t max_requests);
/* One without seats. */
void crew_free(struct crew *c);

/* Lane 0: the process of this number, or NULL. */
struct crew *crew_find(uint32_t id);

#endif
