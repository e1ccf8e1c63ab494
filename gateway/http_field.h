/* SPDX-License-Identifier: MIT
 *
 * http_field: what header fields are made of: classes of bytes, lists, lengths, names of hosts.
 * Runs in: the gateway. Pure. Shared by everything that reads a head: requests, trailers, targets,
 * scripts' answers.
 */
#ifndef HEARTH_HTTP_FIELD_H
#define HEARTH_HTTP_FIELD_H

#include "common/span.h"

/* What a byte may be part of. */
enum http_class {
	HTTP_TOKEN = 1,  /* RFC 9110 5.6.2 */
	HTTP_VALUE = 2,  /* a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 5.5) */
	HTTP_TARGET = 4, /* a request target: 0x21 to 0x7e */
	HTTP_NAME = 8,   /* the name of a host: letters, digits, and "-._~" (RFC 3986 2.3) */
	HTTP_SUB = 16,   /* what else is plain in one: "!&()*+;=", see http_host_valid() */
};

extern const uint8_t http_class[256];

static inline bool http_is(char c, unsigned wanted)
{
	return (http_class[(unsigned char)c] & wanted) != 0;
}

static inline bool http_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The value of a hex digit, or -1. */
static inline int http_hex(char c)
{
	if (http_is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A place in the caller's buffer, which may move while more bytes arrive. */
struct http_field {
	uint32_t off, len;
};

static inline struct span http_span(const char *base, struct http_field f)
{
	return (struct span){base + f.off, f.len};
}

struct http_header {
	struct http_field name, value;
};

/* The first header of this name (in any case), or NULL. */
const struct http_header *http_find(
	const struct http_header *headers, size_t n, const char *base, const char *name);

/* Takes the next element off a comma-separated list (RFC 9110 5.6.1), without the white space
 * around it. False when the list is used up. Empty elements are given as they come. */
bool http_next_element(struct span *list, struct span *element);

/* Digits and nothing else, in value below 10^18: what a Content-Length may be (RFC 9110 8.6:
 * leading zeros are digits). No sum of two of them wraps. */
bool http_length(struct span text, uint64_t *length);

/* host [":" port] as in Host (RFC 9110 7.2), never empty, without userinfo. An IPv6 address in
 * brackets; or a name as in RFC 3986 3.2.2, of which three of the sub-delims are left out: a comma
 * because it is how two fields are joined into one (RFC 9110 5.3), "'" and "$" because scripts put
 * this value into pages, queries and commands. Only UTF-8 may be percent-encoded. No empty labels
 * (".a", "a..b") but for the root's ("a."). */
bool http_host_valid(struct span host);

#endif
