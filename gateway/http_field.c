/* SPDX-License-Identifier: MIT
 *
 * http_field: see http_field.h.
 */
#include "gateway/http_field.h"

#include <arpa/inet.h>

/* Bits of enum http_class. */
/* clang-format off */
const uint8_t http_class[256] = {
	 0,  0,  0,  0,  0,  0,  0,  0,  0,  2,  0,  0,  0,  0,  0,  0, /* 0x00 */
	 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* 0x10 */
	 2, 23,  6,  7,  7,  7, 23,  7, 22, 22, 23, 23,  6, 15, 15,  6, /* 0x20 */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6, 22,  6, 22,  6,  6, /* 0x30 */
	 6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 0x40 */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  6,  6,  7, 15, /* 0x50 */
	 7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 0x60 */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  7,  6, 15,  0, /* 0x70 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0x80 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0x90 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xa0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xb0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xc0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xd0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xe0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xf0 */
};
/* clang-format on */

/* The first length with 19 digits: far from what wraps, farther from what anybody sends. */
#define LENGTH_END 1000000000000000000u

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool http_next_element(struct span *list, struct span *element)
{
	if (list->p == NULL)
		return false;

	const char *comma = list->n ? memchr(list->p, ',', list->n) : NULL;
	const char *p = list->p;
	size_t n = comma ? (size_t)(comma - p) : list->n;

	*list = comma ? span_from(*list, n + 1) : SPAN_NONE;
	while (n > 0 && is_blank(p[n - 1]))
		n--;
	for (; n > 0 && is_blank(*p); n--)
		p++;
	*element = (struct span){p, n};
	return true;
}

bool http_length(struct span text, uint64_t *length)
{
	uint64_t value = 0;

	if (text.n < 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (!http_is_digit(text.p[i]) || value >= LENGTH_END / 10)
			return false;
		value = value * 10 + (uint64_t)(text.p[i] - '0');
	}
	*length = value;
	return true;
}

/* Bytes of "[IPv6]" with its brackets, or 0. */
static size_t ipv6_length(struct span host)
{
	const char *close = memchr(host.p, ']', host.n);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (!close || (size_t)(close - host.p) > sizeof text)
		return 0;
	size_t n = (size_t)(close - host.p) - 1;
	memcpy(text, host.p + 1, n);
	text[n] = '\0';
	if (memchr(text, '\0', n) || inet_pton(AF_INET6, text, &address) != 1)
		return 0;
	return n + 2;
}

/* Bytes of one character of a name, or 0. What is encoded must be a byte of UTF-8, which is what
 * RFC 3986 3.2.2 encodes in names: an encoded letter would be a second form of one name, and an
 * encoded dot, slash or NUL a costume. */
static size_t name_char(struct span host, size_t at)
{
	if (http_is(host.p[at], HTTP_NAME | HTTP_SUB))
		return 1;
	if (host.p[at] != '%' || host.n - at < 3 || http_hex(host.p[at + 1]) < 8)
		return 0;
	return http_hex(host.p[at + 2]) < 0 ? 0 : 3;
}

/* Bytes of a host name, or 0. */
static size_t name_length(struct span host)
{
	size_t n = 0, more;

	for (; n < host.n && (more = name_char(host, n)) > 0; n += more)
		if (host.p[n] == '.' && (n == 0 || host.p[n - 1] == '.'))
			return 0;
	return n;
}

bool http_host_valid(struct span host)
{
	uint64_t port = 0;

	if (host.n == 0)
		return false;

	size_t n = host.p[0] == '[' ? ipv6_length(host) : name_length(host);

	if (n == 0 || n == host.n)
		return n != 0;
	if (host.p[n] != ':')
		return false;
	/* The port may be missing after its colon, or have zeros before it (RFC 3986 3.2.3). */
	return host.n - n == 1 || (http_length(span_from(host, n + 1), &port) && port <= 65535);
}

const struct http_header *http_find(
	const struct http_header *headers, size_t n, const char *base, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (span_is_nocase(http_span(base, headers[i].name), name))
			return &headers[i];
	return NULL;
}
