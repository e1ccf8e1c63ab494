/* SPDX-License-Identifier: MIT
 *
 * standing: whether a pool takes requests, and what the gateway is told of that and of what else
 * only we know. A pool whose workers die one after the other is shut: its requests are answered at
 * once, while one worker at a time goes ahead and tries.
 * Runs in: the manager.
 */
#ifndef HEARTH_STANDING_H
#define HEARTH_STANDING_H

#include "common/chan.h"
#include "manager/pools.h"

/* Call after everything that may matter: decides about the door, says so in the log when it moves,
 * and sends what has changed, a few times a second at most. to NULL: there is nobody to be told.
 * False: the letter could not be sent. */
bool standing_review(struct pool *p, struct chan *to);
/* To a gateway that knows nothing yet. */
bool standing_tell(struct pool *p, struct chan *to);

/* Milliseconds until it is tried again; 0 if the door is not shut for being broken. */
int64_t standing_retry_ms(const struct pool *p);
/* Does nobody serve, and did the last ones who were started die at once? */
bool standing_is_hopeless(struct pool *p);

#endif
