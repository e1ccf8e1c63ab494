/* SPDX-License-Identifier: MIT
 *
 * fcgi_front: the FastCGI face of a pool: web servers send requests here, several at once on a
 * connection if they like, and get them answered.
 * Runs in: the gateway. What a request is for, and who answers it, is decided by whoever `admit`
 * is.
 */
#ifndef HEARTH_FCGI_FRONT_H
#define HEARTH_FCGI_FRONT_H

#include "gateway/fcgi_reply.h"
#include "gateway/fcgi_request.h"

extern const struct conn_face fcgi_face;

void fcgi_front_init(const struct http_host *host);
/* A connection was accepted; whoever may not is disconnected. */
void fcgi_front_open(struct conn *c);
/* It closes when what it carries is answered. */
void fcgi_front_drain(struct conn *c);
/* What its lane serves by has changed: `each` is called for each of its requests that is somebody's
 * to answer. It may not survive that. */
void fcgi_front_move(struct conn *c, void (*each)(struct request *r));

#endif
