/* SPDX-License-Identifier: MIT
 *
 * fuzz_cgi_head: the verdict on a script's head does not depend on how it was cut, and nothing a
 * script echoes becomes a header of its own.
 *
 * Input: one byte that picks the limits, one that picks the cut, then what a script writes.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/cgi_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cgi_limits limits[] = {{65536, HTTP_HEADERS_MAX}, {100, 3}, {1, UINT32_MAX}};

static ssize_t parse(const uint8_t *data, size_t size, size_t first, size_t step,
	const struct cgi_limits *lim, struct cgi_head *head)
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
		used = cgi_head_parse(copy, came, &scan, lim, head);
		assert(scan <= came);
		free(copy);
	} while (used == 0 && came < size);
	return used;
}

static void check_value(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		assert(http_is(s.p[i], HTTP_VALUE));
	assert(s.n == 0 || (s.p[0] != ' ' && s.p[s.n - 1] != ' '));
}

static void check_head(const struct cgi_head *h, const char *base, const struct cgi_limits *lim)
{
	static const char *const gone[] = {"Status", "Content-Length", "Connection",
		"Transfer-Encoding", "Trailer", "X-Sendfile", "X-Accel-Redirect"};

	assert(h->status >= 100 && h->status <= 999);
	assert(h->nheaders <= lim->max_headers && h->nheaders <= HTTP_HEADERS_MAX);
	for (size_t i = 0; i < h->nheaders; i++) {
		struct span name = http_span(base, h->headers[i].name);

		assert(name.n > 0);
		for (size_t k = 0; k < name.n; k++)
			assert(http_is(name.p[k], HTTP_TOKEN));
		check_value(http_span(base, h->headers[i].value));
	}
	for (size_t i = 0; i < nitems(gone); i++)
		assert(!http_find(h->headers, h->nheaders, base, gone[i]));
	check_value(http_span(base, h->reason));
	assert((h->redirect != CGI_NO_REDIRECT) == (h->location.len > 0));
	assert(h->redirect != CGI_LOCAL_REDIRECT || base[h->location.off] == '/');
	assert(h->redirect != CGI_LOCAL_REDIRECT || h->nheaders <= 2);
	assert((h->file != CGI_NO_FILE) == (h->file_name.len > 0));
	check_value(http_span(base, h->file_name));
	assert(h->has_content_length || h->content_length == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cgi_head whole, again;

	if (size < 2 || size > 2048)
		return 0;

	const struct cgi_limits *lim = &limits[data[0] % nitems(limits)];
	const size_t cut = (size_t)data[1] + 1;

	data += 2;
	size -= 2;

	ssize_t verdict = parse(data, size, size, size, lim, &whole);

	assert(parse(data, size, 1, 1, lim, &again) == verdict);
	assert(parse(data, size, cut, cut, lim, &again) == verdict);
	assert(verdict <= (ssize_t)size && verdict <= (ssize_t)lim->max_head_size);
	if (verdict < 0)
		assert(whole.why[0] && strcmp(whole.why, again.why) == 0 &&
			whole.where == again.where && whole.where <= size);
	if (verdict <= 0)
		return 0;
	assert(memcmp(&whole, &again, offsetof(struct cgi_head, headers)) == 0);
	assert(memcmp(whole.headers, again.headers, whole.nheaders * sizeof *whole.headers) == 0);
	check_head(&whole, (const char *)data, lim);
	return 0;
}
