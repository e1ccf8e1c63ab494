/* SPDX-License-Identifier: MIT
 *
 * fcgi_knock: is a worker free that an earlier gateway knew? It may be busy for that one still, and
 * what it is asked meanwhile would wait until it is done, whoever else is idle.
 * Runs in: the gateway. Knows nothing of requests.
 */
#ifndef HEARTH_FCGI_KNOCK_H
#define HEARTH_FCGI_KNOCK_H

#include "gateway/fcgi_seat.h"

/* A seat that has joined busy: it is idle when its worker has taken a connection, and the worker is
 * ended if it takes none within request_terminate_timeout. Lane 0. */
void fcgi_knock(struct fcgi_seat *f);
/* Something came over its connection, or will never come. Ends in dispatch_idle. */
void fcgi_knock_answered(struct fcgi_seat *f);
/* It is to be ended. */
void fcgi_knock_stop(struct fcgi_seat *f);

#endif
