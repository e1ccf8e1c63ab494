/* SPDX-License-Identifier: MIT
 *
 * fcgi_request: the course of a request that came by FastCGI, from its first parameters to its end.
 * Runs in: the gateway. What it is for, and who answers it, is its host's to say.
 */
#ifndef HEARTH_FCGI_REQUEST_H
#define HEARTH_FCGI_REQUEST_H

#include "gateway/fcgi_push.h"
#include "gateway/http_front.h"

void fcgi_request_init(const struct http_host *host);
/* The pool that the plan has for the connection that it came by, or NULL. */
const struct plan_pool *fcgi_request_pool(const struct request *r, const struct plan *p);
/* It came where that pool's own pages are answered, and nothing else. */
bool fcgi_request_is_for_pages(const struct request *r, const struct plan *p);
/* What a record means for it: one of its streams goes on or ends, or it is aborted. Jobs do not go
 * while records are read, but its request may. */
void fcgi_request_event(struct fcgi_job *j, enum fcgi_deed deed, struct span data);
/* It will not be whole: it is answered with this status, if that is still possible. */
void fcgi_request_spoil(struct fcgi_job *j, int status);
/* Nobody wants its answer any more. */
void fcgi_request_forget(struct fcgi_job *j);

#endif
