/* SPDX-License-Identifier: MIT
 *
 * status_page: the status and ping pages of a pool, as php-fpm has them, whatever face asks.
 * Runs in: the gateway, any lane. Needs no worker, and wakes nobody; who may ask is not decided
 * here.
 */
#ifndef HEARTH_STATUS_PAGE_H
#define HEARTH_STATUS_PAGE_H

#include "common/buf.h"
#include "gateway/plan.h"

/* Always 200. */
struct status_reply {
	const char *type;   /* the value of Content-Type */
	const char *fields; /* further header fields, "Name: value\r\n" each */
	struct buf body;    /* the caller's to free */
};

/* Is this path (in normal form) one of these pages of the pool? */
bool status_page_is(const struct plan_pool *pool, struct span path);
/* The page. False: there is none of that path, or no memory for it; `out` is empty then. */
bool status_page(const struct plan_pool *pool, struct span path, struct span query,
	struct status_reply *out);

#endif
