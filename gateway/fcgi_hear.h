/* SPDX-License-Identifier: MIT
 *
 * fcgi_hear: what a FastCGI program answers, from its connection to the request that it is for.
 * Runs in: the gateway. Knows nothing of how a program is found, told of a request, or ended.
 */
#ifndef HEARTH_FCGI_HEAR_H
#define HEARTH_FCGI_HEAR_H

#include "gateway/fcgi_seat.h"

/* Reads what is there, as far as the client's side can hold it and others get their turn. The seat
 * may be idle behind it, or its connection lost. */
void fcgi_hear(struct fcgi_seat *f);

#endif
