/* SPDX-License-Identifier: MIT
 *
 * fuzz_http_parse: the verdict on a request head does not depend on how it was cut, and what was
 * accepted keeps the promises of http_parse.h.
 *
 * Input: one byte that picks the limits, one that picks the cut, then what a client sends.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/http_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits[] = {
	{32768, 8192, 100},
	{200, 64, 4},
	{64, 200, 128},
	{65536, 65536, UINT32_MAX},
};

/* Parses `step` bytes at a time after the first `first`, each time in a buffer of its own. */
static ssize_t parse(const uint8_t *data, size_t size, size_t first, size_t step,
	const struct http_limits *lim, struct http_head *head)
{
	size_t came = 0, scan = 0;
	ssize_t used;

	do {
		size_t more = came == 0 ? first : step;
		char *copy;

		came = size - came < more ? size : came + more;
		copy = malloc(came ? came : 1);
		assert(copy);
		memcpy(copy, data, came);
		used = http_parse_head(copy, came, &scan, lim, head);
		assert(scan <= came);
		free(copy);
	} while (used == 0 && came < size);
	return used;
}

static void check_bytes(struct span s, enum http_class wanted)
{
	for (size_t i = 0; i < s.n; i++)
		assert(http_is(s.p[i], wanted));
}

static void check_head(
	const struct http_head *h, const char *base, ssize_t used, const struct http_limits *lim)
{
	assert(used <= (ssize_t)lim->max_head_size);
	assert(memcmp(base + used - 4, "\r\n\r\n", 4) == 0);
	assert(h->method.len >= 1 && h->method.len <= HTTP_METHOD_MAX && h->target.len >= 1);
	check_bytes(http_span(base, h->method), HTTP_TOKEN);
	check_bytes(http_span(base, h->target), HTTP_TARGET);
	assert(h->nheaders <= lim->max_headers && h->nheaders <= HTTP_HEADERS_MAX);
	for (size_t i = 0; i < h->nheaders; i++) {
		assert(h->headers[i].name.len > 0);
		check_bytes(http_span(base, h->headers[i].name), HTTP_TOKEN);
		check_bytes(http_span(base, h->headers[i].value), HTTP_VALUE);
	}
	assert(h->minor <= 1 && (h->minor == 0 || h->has_host));
	assert(!h->has_host || http_host_valid(http_span(base, h->host)));
	assert(h->has_host == (http_find(h->headers, h->nheaders, base, "host") != NULL));
	assert((h->body == HTTP_BODY_CHUNKED) ==
		(http_find(h->headers, h->nheaders, base, "transfer-encoding") != NULL));
	assert(h->body != HTTP_BODY_CHUNKED || !h->has_content_length);
	assert((h->body == HTTP_BODY_LENGTH) == (h->content_length > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_head whole, again;

	if (size < 2 || size > 2048)
		return 0;

	const struct http_limits *lim = &limits[data[0] % nitems(limits)];
	const size_t cut = (size_t)data[1] + 1;

	data += 2;
	size -= 2;

	ssize_t verdict = parse(data, size, size, size, lim, &whole);

	assert(parse(data, size, 1, 1, lim, &again) == verdict);
	assert(parse(data, size, cut, size, lim, &again) == verdict);
	assert(verdict <= (ssize_t)size);
	if (verdict <= 0)
		return 0;
	assert(memcmp(&whole, &again, offsetof(struct http_head, headers)) == 0);
	assert(memcmp(whole.headers, again.headers, whole.nheaders * sizeof *whole.headers) == 0);
	check_head(&whole, (const char *)data, verdict, lim);
	/* What follows a head has no say in it. */
	assert(parse(data, (size_t)verdict, cut, cut, lim, &again) == verdict);
	return 0;
}
