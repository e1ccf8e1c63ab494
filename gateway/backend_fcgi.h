/* SPDX-License-Identifier: MIT
 *
 * backend_fcgi: speaks FastCGI to a long-lived worker over its own socket.
 * Runs in: the gateway. The connection is made when the first request comes (libfcgi drops one
 * that is silent for 2 s), kept open, and carries one request at a time (libfcgi throws away what
 * comes behind the current one).
 */
#ifndef HEARTH_BACKEND_FCGI_H
#define HEARTH_BACKEND_FCGI_H

#include "gateway/fcgi_seat.h"

/* A process without seats gets them, and takes so many requests at once, each over a connection of
 * its own. Lane 0. False: it gets none, as when the path is too long for a socket. */
bool fcgi_worker_join(struct crew *c, uint32_t seats, struct span path);

/* ---- what servers that are not ours have in common with workers (outside_seat.c) ---- */

/* A seat that is all zeros, of this kind; not connected, and nobody's peer yet. */
void fcgi_seat_sit(
	struct fcgi_seat *f, const struct backend *b, const struct fcgi_end *end, struct crew *c);
void fcgi_seat_resume(struct worker *w);
void fcgi_seat_more(struct worker *w);
void fcgi_seat_move(struct worker *w, struct lane *from, struct lane *to);
void fcgi_seat_forget(struct worker *w, struct lane *l);

#endif
