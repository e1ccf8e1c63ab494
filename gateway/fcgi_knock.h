/* SPDX-License-Identifier: MIT
 *
 * fcgi_knock: is a worker free, or busy with what we know nothing of? What it is asked meanwhile
 * would wait until it is done, whoever else is idle. Of two kinds there are such: one that an
 * earlier gateway knew may be busy for that one; and one whose answer is complete may go on
 * working behind it (as with fastcgi_finish_request() of php-fpm, or FCGX_Finish_r()).
 * Runs in: the gateway. Knows nothing of requests.
 */
#ifndef HEARTH_FCGI_KNOCK_H
#define HEARTH_FCGI_KNOCK_H

#include "gateway/fcgi_seat.h"

/* A seat that has joined busy: it is idle when its worker has taken a connection, and the worker is
 * ended if it takes none within request_terminate_timeout. Lane 0. */
void fcgi_knock(struct fcgi_seat *f);
/* Its request has been answered to the end. False: its pool is not known to go on working, and so
 * it is idle. Else it is when it reads again, which leads to dispatch_idle; for as long as it
 * likes, since nobody waits for it. */
bool fcgi_knock_behind(struct fcgi_seat *f);
/* What was sent to it some time ago has had no answer yet: has it not even been read? Then the
 * workers of its pool are asked behind their answers from here on, to see if that is why. */
void fcgi_knock_suspect(struct worker *w);

/* While it knocks: something came over its connection. */
void fcgi_knock_event(struct fcgi_seat *f, uint32_t events);
/* Nothing will ever come. Ends in dispatch_idle. */
void fcgi_knock_answered(struct fcgi_seat *f);
/* It is to be ended. */
void fcgi_knock_stop(struct fcgi_seat *f);

#endif
