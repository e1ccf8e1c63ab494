/* SPDX-License-Identifier: MIT
 *
 * fuzz_forwarded: whatever stands in the lists of proxies, the client is an address of them or the
 * peer; and whatever a client sends, it is the one whom a trusted proxy names behind that.
 *
 * Input: header lines, as they stand in a request.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/forwarded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {65536, 65536, HTTP_HEADERS_MAX};

/* 10.0.0.0/8 */
static bool trusts(const void *arg, const struct ip *ip)
{
	(void)arg;
	return ip_is_v4(ip) && ip->bytes[12] == 10;
}

static struct ip ip(const char *text)
{
	struct ip it;

	assert(ip_parse(span_of(text), &it));
	return it;
}

/* False: it is no request. */
static bool ask(const uint8_t *data, size_t size, const char *more, struct forwarded *f)
{
	static struct http_head head;
	static const char begin[] = "GET / HTTP/1.1\r\nHost: a\r\n";
	const size_t n = sizeof begin - 1 + size + strlen(more) + 2;
	char *text = malloc(n + 1);
	size_t scan = 0;
	ssize_t used;

	assert(text);
	memcpy(text, begin, sizeof begin - 1);
	memcpy(text + sizeof begin - 1, data, size);
	snprintf(text + sizeof begin - 1 + size, strlen(more) + 3, "%s\r\n", more);
	text = realloc(text, n); /* without the NUL */
	assert(text);
	*f = (struct forwarded){.client = {ip("10.0.0.1"), 77}};
	memset(&head, 0, offsetof(struct http_head, headers));
	used = http_parse_head(text, n, &scan, &limits, &head);
	if (used > 0)
		forwarded_read(&head, text, trusts, NULL, f);
	free(text);
	return used == (ssize_t)n;
}

static bool has(const uint8_t *data, size_t size, const char *name)
{
	const size_t n = strlen(name);

	for (size_t i = 0; i + n <= size; i++)
		if (strncasecmp((const char *)data + i, name, n) == 0)
			return true;
	return false;
}

static void is_named(const uint8_t *data, size_t size, const char *more)
{
	const struct ip wanted = ip("192.0.2.77");
	struct forwarded f;

	if (!ask(data, size, more, &f))
		return;
	assert(ip_eq(&f.client.ip, &wanted) && f.client.port == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct forwarded f;

	if (size == 0 || size > 4096 || !ask(data, size, "", &f))
		return 0;
	assert(!ip_is_none(&f.client.ip));
	is_named(data, size, "X-Forwarded-For: 192.0.2.77\r\n");
	is_named(data, size, "x-forwarded-for: nonsense, 192.0.2.77 , 10.9.9.9\r\nA: b\r\n");
	if (!has(data, size, "X-Forwarded-For")) {
		is_named(data, size, "Forwarded: for=192.0.2.77\r\n");
		is_named(data, size, "Forwarded: for=\"x, for=192.0.2.77, for=\"10.9.9.9:1\"\r\n");
	}
	/* In the last line of the client's, if that is one. */
	if (strncasecmp((const char *)data, "X-Forwarded-For:", 16) == 0 &&
		memchr(data, '\r', size) == data + size - 2)
		is_named(data, size - 2, ", 192.0.2.77\r\n");
	if (strncasecmp((const char *)data, "Forwarded:", 10) == 0 &&
		memchr(data, '\r', size) == data + size - 2)
		is_named(data, size - 2, ",for=192.0.2.77;proto=http\r\n");
	return 0;
}
