/* SPDX-License-Identifier: MIT
 *
 * own_page: an answer that the gateway makes itself, as the response to a request.
 * Runs in: the gateway, in the request's lane. Knows no face and no page.
 */
#ifndef HEARTH_OWN_PAGE_H
#define HEARTH_OWN_PAGE_H

#include "gateway/request.h"

/* 0; or the status for a method that such pages do not have, its Allow among the answer's lines. */
int own_page_refuses(struct request *r);
/* Answers with this body; `fields` are lines. The request is gone then; the body is the caller's.
 */
void own_page_send(
	struct request *r, int status, const char *type, const char *fields, struct span body);

#endif
