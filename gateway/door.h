/* SPDX-License-Identifier: MIT
 *
 * door: whether a pool takes requests at all, or answers 503 at once and says when to come again.
 * Runs in: the gateway. The manager says how the pool stands (POOL_STANDING); what that means for
 * those who come and those who wait is decided here.
 */
#ifndef HEARTH_DOOR_H
#define HEARTH_DOOR_H

#include "gateway/roster.h"

/* Any lane. */
void door_take_standing(struct dispatch *d, const struct msg_pool_standing *m);

/* Any lane: somebody who could serve has gone; are there those who wait for nobody now? */
void door_look(struct dispatch *d);

/* ---- under the lock ---- */

/* May it have one that is idle, if there is one? */
static inline bool door_lets_in(const struct dispatch *d, const struct request *r)
{
	return d->standing.door != DOOR_DRAINED || request_is_moved(r);
}

/* NULL, or why it cannot wait here: its answer says when to come again, and it is counted. Again:
 * it was in here before. */
const char *door_turns_away(struct dispatch *d, struct request *r, bool again);
/* What a 503 says of when to come again. */
uint32_t door_retry_after_s(const struct dispatch *d, const struct request *r);
/* As door_look. */
void door_review(struct dispatch *d);

/* ---- */

/* Not under the lock: why it was turned away, once in a while. */
void door_tell(struct dispatch *d, const struct request *r, const char *why);

#endif
