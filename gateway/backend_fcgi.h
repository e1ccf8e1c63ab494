/* SPDX-License-Identifier: MIT
 *
 * backend_fcgi: speaks FastCGI to a long-lived worker over its own socket.
 * Runs in: the gateway. The connection is made when the first request comes (libfcgi drops one
 * that is silent for 2 s), kept open, and carries one request at a time (libfcgi throws away what
 * comes behind the current one).
 */
#ifndef HEARTH_BACKEND_FCGI_H
#define HEARTH_BACKEND_FCGI_H

#include "gateway/dispatch.h"

/* A process without seats gets them, and takes so many requests at once, each over a connection of
 * its own. Lane 0. False: it gets none, as when the path is too long for a socket. */
bool fcgi_worker_join(struct crew *c, uint32_t seats, struct span path);

#endif
