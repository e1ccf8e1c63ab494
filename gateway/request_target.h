/* SPDX-License-Identifier: MIT
 *
 * request_target: what is asked for by a request, read from its target and its Host; or by a local
 * redirect's.
 * Runs in: the gateway. Knows no routes and no files.
 */
#ifndef HEARTH_REQUEST_TARGET_H
#define HEARTH_REQUEST_TARGET_H

#include "gateway/request.h"

/* r->target, r->path and r->host. 0, or the status to refuse it with. */
int request_read_target(struct request *r);
/* It is served as the plan's fallback from now on, till its target is read again; the target itself
 * and its query stay what was asked for. False: no memory. */
bool request_fall_back(struct request *r);

#endif
