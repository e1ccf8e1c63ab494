/* SPDX-License-Identifier: MIT
 *
 * http_front: the HTTP/1.1 face: reads requests out of a conn, writes responses into it.
 * Runs in: the gateway. Decides framing and persistence (RFC 9112 6 and 9.3); where a request goes
 * is decided by whoever `admit` is.
 */
#ifndef HEARTH_HTTP_FRONT_H
#define HEARTH_HTTP_FRONT_H

#include "gateway/conn.h"
#include "gateway/request.h"

extern const struct conn_face http_face;
/* What the layer above makes of requests, given once at start. */
struct http_host {
	/* The head is read: find out who will answer. 0, or the status to refuse with. */
	int (*admit)(struct request *r);
	/* The body is read as well, or is passed on as it comes: have it answered. */
	void (*serve)(struct request *r);
	/* The client left while the request was being served. */
	void (*forget)(struct request *r);
	/* The client has room again for what its worker has to say. */
	void (*resume)(struct request *r);
	/* Of a body that is passed on: more has come, or its end. */
	void (*more)(struct request *r);
	/* It will not be complete: its worker must see that, and the client this status. */
	void (*spoil)(struct request *r, int status);
	/* Has somebody else to say that it may come in, before its body is asked for or read? It is
	 * for `serve` to ask him, and to come back for the body then. NULL: nobody has. */
	bool (*asks)(const struct request *r);
};

void http_front_init(const struct http_host *host);
/* A request that is served, and whose body was left alone till now, needs it first: `serve` is
 * called again when all of it is there. The client may be gone when this returns, and r with it. */
void http_front_read_body(struct request *r);
/* A connection was accepted, and c->peer is its client; who may have too many, and is told so. */
void http_front_open(struct conn *c);
/* No new requests: idle connections close, the others after what they do now. */
void http_front_drain(struct conn *c);

#endif
