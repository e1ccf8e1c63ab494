/* SPDX-License-Identifier: MIT
 *
 * sendfile: answers that are a file because a script has said so (X-Sendfile, X-Accel-Redirect).
 * Runs in: the gateway. The script's word opens nothing by itself: the file lies beneath the pool's
 * sendfile_root, or it is not sent.
 */
#ifndef HEARTH_SENDFILE_H
#define HEARTH_SENDFILE_H

#include "gateway/request.h"

/* Answers with the file that this head (at base) names, and with its other headers: what they say
 * of type, tag and date wins over what we would. Ranges and conditions hold if the status is 200.
 * The request is gone when this returns, or will be when the last of several parts has left. */
void sendfile_serve(struct request *r, const struct cgi_head *h, const char *base);

#endif
