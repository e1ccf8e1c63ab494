/* SPDX-License-Identifier: MIT
 *
 * seats: what a test that plays a FastCGI program has to know of the gateway's seats.
 * Runs in: unit tests only.
 */
#ifndef HEARTH_TESTS_SEATS_H
#define HEARTH_TESTS_SEATS_H

#include "gateway/fcgi_seat.h"

/* The id of the request that is being served, or is being read to its end though nobody wants the
 * answer: of several, the greatest. */
static inline uint16_t seats_id(struct dispatch *d)
{
	uint16_t wanted = 0, any = 0;

	for (struct worker *w = roster_first(d); w; w = roster_next(w)) {
		uint16_t id = fcgi_seat_of(w)->id;
		if (w->state == WORKER_BUSY && id > any)
			any = id;
		if (w->state == WORKER_BUSY && w->request && id > wanted)
			wanted = id;
	}
	return wanted ? wanted : any;
}

#endif
