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

/* NULL: the path is too long for a socket. */
struct worker *fcgi_worker_new(struct dispatch *d, uint32_t id, uint32_t pid, struct span path);

/* broken: called in any lane, the worker's process must be ended. */
void fcgi_backend_init(void (*broken)(struct worker *w, const char *why));

#endif
