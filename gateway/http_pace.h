/* SPDX-License-Identifier: MIT
 *
 * http_pace: the phases of an HTTP connection, and how long a client may take in each.
 * Runs in: the gateway. Decides nothing else: http_front moves from phase to phase, and the conn
 * has the deadline of bytes that do not leave.
 */
#ifndef HEARTH_HTTP_PACE_H
#define HEARTH_HTTP_PACE_H

#include "gateway/conn.h"

enum http_phase {
	IDLE,    /* nothing of a request yet */
	HEAD,    /* some of a head */
	BODY,    /* the head is read, the body is not */
	BUSY,    /* the request is being served */
	CLOSING, /* the last answer is on its way out */
	LINGER,  /* it is out; the client may still be sending (RFC 9112 9.6) */
};

/* May another request be read? A client that does not take its answers gets none; and what is put
 * behind a file would overtake it. */
bool http_may_read(const struct conn *c);
/* Sets the deadline: when the patience with the phase that c is in ends, if it is the client's turn
 * at all. */
void http_rearm(struct conn *c);
void http_enter(struct conn *c, enum http_phase phase);

/* While BUSY: would we read if the client sent more of a body that is passed on as it comes? */
bool http_takes_body(const struct conn *c);
/* Has that become so, or ceased to be? The time in which it is we who do not read is not the
 * client's: the deadline must be set anew. */
bool http_body_turns(struct conn *c);
/* While HEAD: empty lines behind a request are forgiven (RFC 9112 2.2): they begin nothing. */
bool http_said_nothing(const struct conn *c);

#endif
