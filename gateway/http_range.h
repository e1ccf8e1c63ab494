/* SPDX-License-Identifier: MIT
 *
 * http_range: which bytes a Range asks for (RFC 9110 14).
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log.
 */
#ifndef HEARTH_HTTP_RANGE_H
#define HEARTH_HTTP_RANGE_H

#include "common/span.h"

/* More ranges than these nobody needs; a Range that has more is ignored (CVE-2011-3192). */
#define HTTP_RANGES_MAX 8

struct http_range {
	uint64_t from, length; /* length > 0, and all of it there */
};

enum http_range_verdict {
	HTTP_RANGE_NONE,          /* ignore it: everything is sent */
	HTTP_RANGE_SOME,          /* 206 */
	HTTP_RANGE_UNSATISFIABLE, /* 416 */
};

struct http_ranges {
	size_t n;
	struct http_range at[HTTP_RANGES_MAX];
};

/* Reads the value of a Range for a representation of `size` bytes.
 *
 * Ignored: another unit than bytes; anything malformed, a first position behind the last one
 * included; numbers that do not fit into 63 bits (nginx CVE-2017-7529); too many ranges; a suffix
 * of an empty representation, which no Content-Range could describe.
 * Ranges that overlap or touch become one, which stands where the first of them stood: nobody gets
 * a byte twice. The order is else as it was asked for (RFC 9110 15.3.7.2). What lies behind the
 * end is left out; if nothing remains, HTTP_RANGE_UNSATISFIABLE. */
enum http_range_verdict http_range_parse(struct span value, uint64_t size, struct http_ranges *out);

#endif
