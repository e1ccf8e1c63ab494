/* SPDX-License-Identifier: MIT
 *
 * relay: a script's output on its way to the front: first a CGI head, then a body.
 * Runs in: the gateway. The same for FastCGI's STDOUT and for a pipe.
 */
#ifndef HEARTH_RELAY_H
#define HEARTH_RELAY_H

#include "gateway/request.h"

/* More output. NULL, or why it is nonsense (the caller fails the request). */
const char *relay_output(struct request *r, struct span bytes);
/* The output is complete. NULL: the response is too, and r is gone; or why it cannot be. */
const char *relay_end(struct request *r);

/* The same, and the end of the worker's part: a response that cannot be is logged and failed.
 * False: so it was. */
bool relay_finish(struct request *r, const char *tag);

#endif
