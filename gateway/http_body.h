/* SPDX-License-Identifier: MIT
 *
 * http_body: where a request's body ends, and what of the bytes is payload (RFC 9112 6 and 7.1).
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; it keeps no payload, and
 * does not know what happens to it.
 *
 * Chunk extensions and trailers are checked as strictly as a head, and dropped: we know none of the
 * extensions (RFC 9112 7.1.1 wants them ignored then), and a script that was started with its
 * header fields has no place for more of them behind the body (RFC 9110 6.5.1 forbids to merge
 * them). So a Content-Length among the trailers is as harmless as any other.
 */
#ifndef HEARTH_HTTP_BODY_H
#define HEARTH_HTTP_BODY_H

#include "gateway/http_parse.h"

struct http_body_limits {
	uint64_t max_body;       /* of payload; UINT64_MAX for no limit */
	uint32_t max_extensions; /* bytes of all chunk extensions, from the size to the CR */
	uint32_t max_trailers;   /* bytes of all trailer lines, without their LF */
};

#define HTTP_BODY_LIMITS(max) ((struct http_body_limits){(max), 4096, 8192})

/* Opaque; may be copied and thrown away at any time. */
struct http_body {
	uint64_t left;    /* payload still to come, in this chunk or in all */
	uint64_t allowed; /* payload of further chunks before it is too much */
	uint32_t extensions, trailers;
	uint8_t state, digits;
};

/* 0; or -413 if the length that was announced is already too much. */
int http_body_start(
	struct http_body *b, const struct http_head *head, const struct http_body_limits *limits);

/* Takes some of the n bytes at p and returns how many: at least one, unless n is 0 or the body is
 * done, and none that belong to what follows the body. *data is the payload among them, in place,
 * possibly empty. Call again with the rest until http_body_done().
 *
 * Negative: the status to refuse with. -400 malformed; -413 more payload than allowed. As with
 * heads, a refusal does not depend on how the bytes were cut, and nothing after it can be trusted.
 */
ssize_t http_body_feed(struct http_body *b, const char *p, size_t n, struct span *data);

bool http_body_done(const struct http_body *b);

#endif
