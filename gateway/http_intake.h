/* SPDX-License-Identifier: MIT
 *
 * http_intake: bytes of a connection become the head and the body of a request.
 * Runs in: the gateway. Knows nothing of phases and deadlines, nor of answers: whoever calls
 * (http_front) refuses, waits, or goes on.
 */
#ifndef HEARTH_HTTP_INTAKE_H
#define HEARTH_HTTP_INTAKE_H

#include "gateway/conn.h"
#include "gateway/request.h"

/* What came of it; or the status to refuse the request with. */
enum http_intake {
	INTAKE_DRY,   /* nothing can be done until more bytes come */
	INTAKE_MORE,  /* bytes came: there is something to look at, and may be more to read */
	INTAKE_WHOLE, /* this part of the request is complete */
	INTAKE_OVER,  /* the client will send no more; a request without a head is gone */
};

/* Reads for the head of c->request, which begins with its first byte. */
int http_intake_read(struct conn *c);
/* Is the head complete? INTAKE_DRY: not yet. */
int http_intake_parse(struct request *r);
/* The head is complete and its pool is known: what body does it announce, and would we read it? 0,
 * or a status. */
int http_intake_frame(struct request *r);
/* Takes what of the body came with the head. 0, or a status. */
int http_intake_rest(struct request *r);
/* Reads for the body, if it is one that is passed on: no more than there is room for. */
int http_intake_body(struct conn *c);
/* What was sent behind `old` begins the next request. NULL: there is nothing. */
struct request *http_intake_next(struct conn *c, const struct request *old);

#endif
