/* SPDX-License-Identifier: MIT
 *
 * http_coding: which content codings a client accepts (RFC 9110 12.5.3).
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log.
 */
#ifndef HEARTH_HTTP_CODING_H
#define HEARTH_HTTP_CODING_H

#include "gateway/http_parse.h"

/* In the order of preference among those that a client likes alike. */
enum http_coding { CODING_BR, CODING_GZIP, CODING_IDENTITY, CODINGS };

/* By Accept-Encoding: 0 to 1000 for each; 0: it is not acceptable. Without the field, and with an
 * empty one, only identity is: old clients that do not name a coding seldom know one. Identity is
 * acceptable as a last resort (1) unless it is said otherwise. An element that cannot be read says
 * nothing. */
struct http_codings {
	uint16_t weight[CODINGS];
};

void http_codings_read(const struct http_head *head, const char *base, struct http_codings *out);

/* The best of those whose bit (1 << coding) is set in `there`. If none is acceptable, identity:
 * an answer that the client may not like is worth more than a 406, and RFC 9110 allows it. */
enum http_coding http_coding_best(const struct http_codings *c, unsigned there);

#endif
