/* SPDX-License-Identifier: MIT
 *
 * proxy_front: the face of a connection until it has said, by the PROXY protocol, whose it is.
 * Runs in: the gateway. Takes the header off the socket and not a byte more, and makes way for
 * http_front, which never learns that it was there.
 */
#ifndef HEARTH_PROXY_FRONT_H
#define HEARTH_PROXY_FRONT_H

#include "gateway/conn.h"

extern const struct conn_face proxy_face;

/* A connection was accepted where every one must begin with a header. */
void proxy_front_open(struct conn *c);
/* No new requests: one that has just come is still served. */
void proxy_front_drain(struct conn *c);

#endif
