/* SPDX-License-Identifier: MIT
 *
 * http_parse: the head of an HTTP/1.x request, bytes in, offsets out.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; knows nothing of
 * connections, of bodies' bytes, or of what a target means.
 *
 * Where RFC 9112 lets a recipient be lenient and another recipient on the way might be lenient in
 * another manner, this parser refuses: two readings of one message are how requests are smuggled.
 * What it decides where the RFC leaves a choice, by section:
 *
 *	2.2	a bare LF ends no line, a bare CR is no space: 400. Up to four empty lines
 *		before a request are forgiven, white space before the first field is not
 *	2.3	HTTP/1.x is 1.0 or 1.1; HTTP/0.9 and other spellings are 400, later majors
 *		(HTTP/2's preface among them) 505
 *	3	one space between the parts, no other white space; a method is any token
 *	3.2	no byte of a target outside 0x21 to 0x7e; Host once and valid, in 1.0 too
 *	5.2	folded lines: 400
 *	6.1	Transfer-Encoding is "chunked" and nothing else, and not in HTTP/1.0; with
 *		another coding before it 501. Empty list elements: 400
 *	6.3	both framing fields, Content-Length twice or as a list, even if they agree: 400
 *
 * and, by RFC 9110:
 *
 *	5.3	Content-Type, Content-Range, Authorization, Proxy-Authorization twice, even if
 *		they agree: 400. Of two the next reader might believe the other one
 *	5.5	NUL or any control but HTAB in a value: 400, never replaced
 */
#ifndef HEARTH_HTTP_PARSE_H
#define HEARTH_HTTP_PARSE_H

#include <sys/types.h>

#include "gateway/http_field.h"

#define HTTP_HEADERS_MAX 128
#define HTTP_METHOD_MAX  32

/* In bytes, line ends included: the whole head, its first line; and how many header lines. */
struct http_limits {
	uint32_t max_head_size, max_request_line, max_headers;
};

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

/* A request head, and what its framing headers say, decided here once for everybody. */
struct http_head {
	struct http_field method, target;
	struct http_field host;  /* empty if there was none, which only HTTP/1.0 may do */
	uint64_t content_length; /* 0 unless has_content_length */
	enum http_body_kind body;
	uint8_t minor; /* HTTP/1.minor: 0, or 1 for all from 1 on (RFC 9110 2.5) */
	bool has_host, has_content_length;
	bool keep_alive;      /* the client would go on after this request (RFC 9112 9.3) */
	bool expect_continue; /* it waits for "100 Continue" (RFC 9110 10.1.1) */
	bool expect_other;    /* it expects something we never do: 417 */

	/* The parser's own, until it gives its verdict. */
	uint8_t phase, empty_lines, singles;
	bool has_coding, chunked, coding_unknown, says_close, says_keep_alive;
	uint32_t line, mark;

	uint32_t nheaders;
	struct http_header headers[HTTP_HEADERS_MAX];
};

/* Reads a request head from p[0..n), the bytes that came so far.
 *
 * Returns the number of bytes the head takes; 0 for "need more"; or the status to refuse with:
 *	-400	malformed
 *	-414	the request line is longer than it may be
 *	-431	too many headers, too large a head
 *	-501	a method longer than any we know (RFC 9112 3); a transfer coding we do not know
 *	-505	not HTTP/1.x
 * After a refusal nothing that follows can be trusted: answer and close.
 *
 * Set *scan to 0 for a new head. `*scan` and `out` are the parser's memory: keep both, with the
 * same bytes at the start of the (possibly moved) buffer, until the verdict. Each byte is looked
 * at once, and the verdict falls at the first byte that decides it; so it is the same however the
 * bytes were cut. Of out->headers only as many are touched as came. */
ssize_t http_parse_head(const char *p, size_t n, size_t *scan, const struct http_limits *lim,
	struct http_head *out);

/* The value of the first header of this name; SPAN_NONE (p is NULL) if there is none. */
struct span http_value(const struct http_head *head, const char *base, const char *name);

#endif
