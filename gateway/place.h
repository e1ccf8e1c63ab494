/* SPDX-License-Identifier: MIT
 *
 * place: which pool, page of our own or file a request is for.
 * Runs in: the gateway. Knows of routes, scripts and files; serves nothing by itself.
 */
#ifndef HEARTH_PLACE_H
#define HEARTH_PLACE_H

#include "gateway/request.h"

/* By the request's plan: sets r->pool, or r->own_page, or neither: it is for a file, if for
 * anything. 0, or the status to refuse with. It may be asked again, by another plan or for another
 * target. */
int place_find(struct request *r);
/* ... of what came by a pool's own listener, which is that pool's. */
int place_find_given(struct request *r);
/* It is not for a file that is there: where the plan's fallback leads. */
int place_find_fallback(struct request *r);

#endif
