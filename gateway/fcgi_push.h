/* SPDX-License-Identifier: MIT
 *
 * fcgi_push: what is put for a FastCGI connection goes out, those that wait for room go on, and the
 * connection rests, waits or ends when all is said.
 * Runs in: the gateway, confined to the connection's lane. Knows jobs; not what their requests are.
 */
#ifndef HEARTH_FCGI_PUSH_H
#define HEARTH_FCGI_PUSH_H

#include "gateway/fcgi_mux.h"

/* `resume`: the web server has room again for what the request's worker has to say. */
void fcgi_push_init(void (*resume)(struct request *r));
/* Puts on its way what there is, unless records are being read. The connection may be gone behind
 * it. */
void fcgi_push(struct fcgi_mux *m);
/* Sets the connection's deadline, by what it waits for. Call when that may have changed. */
void fcgi_push_rearm(struct conn *c);
/* One that has been read for too long, or NULL. */
struct fcgi_job *fcgi_push_late(const struct conn *c);

#endif
