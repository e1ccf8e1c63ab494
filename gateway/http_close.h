/* SPDX-License-Identifier: MIT
 *
 * http_close: how an HTTP connection ends, so that its client sees the last answer (RFC 9112 9.6).
 * Runs in: the gateway. Knows no requests.
 */
#ifndef HEARTH_HTTP_CLOSE_H
#define HEARTH_HTTP_CLOSE_H

#include "gateway/conn.h"

/* There will be no further request; what is queued still goes out. */
void http_no_more(struct conn *c);
/* It has hung up, so long after it was heard, while it is owed an answer: does nobody want that? */
bool http_has_left(struct conn *c, struct mono heard, int64_t grace_ms);
/* While CLOSING: it has gone out. */
void http_finish_closing(struct conn *c);
/* While LINGER: what the client still sends is not for us. False: there is nothing now. */
bool http_throw_away(struct conn *c);

#endif
