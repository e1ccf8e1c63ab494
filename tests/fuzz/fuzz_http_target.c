/* SPDX-License-Identifier: MIT
 *
 * fuzz_http_target: the normal form is one: nothing in it would be read differently by anybody
 * else, and reading it again changes nothing.
 *
 * Input: a byte that says OPTIONS, or picks a small buffer; then the target.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/http_parse.h"
#include "gateway/http_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segment(struct span s)
{
	assert(!span_is(s, ".") && !span_is(s, ".."));
	for (size_t i = 0; i < s.n; i++)
		assert((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f);
}

static void check_path(struct span path)
{
	assert(path.n > 0 && path.p[0] == '/' && path.p[path.n] == '\0');
	for (size_t i = 1, start = 1; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		assert(i == path.n || i > start); /* only the last segment may be empty */
		check_segment((struct span){path.p + start, i - start});
		start = i + 1;
	}
}

/* Writes the path with all but letters, digits and slashes encoded; returns the length. */
static size_t encode(struct span path, char *to)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];

		if (c == '/' || (http_is((char)c, HTTP_NAME) && c != '.')) {
			to[n++] = (char)c;
		} else {
			to[n++] = '%';
			to[n++] = digits[c >> 4];
			to[n++] = digits[c & 15];
		}
	}
	return n;
}

static void check_fixed_point(struct span path)
{
	char *encoded = malloc(path.n * 3), *buffer = malloc(path.n + 1);
	struct http_target t;

	assert(encoded && buffer);

	struct span raw = {encoded, encode(path, encoded)};

	assert(http_target_parse(raw, false, false, buffer, path.n + 1, &t) == 0);
	assert(span_eq(t.path, path));
	assert(!t.has_query && t.authority.n == 0 && !t.asterisk);
	free(encoded);
	free(buffer);
}

static void check_pieces(struct span raw, const struct http_target *t)
{
	assert(t->raw_path.n <= raw.n && t->query.n < raw.n);
	assert(t->raw_path.n == 0 || t->raw_path.p[0] == '/');
	assert((t->authority.n == 0) == (t->scheme.n == 0));
	assert(t->authority.n == 0 || http_host_valid(t->authority));
	if (!span_is(raw, "*"))
		assert(raw.n == t->raw_path.n + t->query.n + t->has_query +
					(t->scheme.n ? t->scheme.n + 3 + t->authority.n : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 2048)
		return 0;

	const bool is_options = data[0] & 1, small = data[0] & 2;
	const size_t n = size - 1, room = small ? data[0] >> 2 : n + 2;
	char *copy = malloc(n ? n : 1), *buffer = malloc(room ? room : 1);
	struct http_target t;

	assert(copy && buffer);
	memcpy(copy, data + 1, n);

	struct span raw = {copy, n};
	int status = http_target_parse(raw, is_options, false, buffer, room, &t);

	assert(status == 0 || status == -400 || status == -404 || (status == -414 && small));
	if (status == 0) {
		assert(t.path.p == buffer && t.path.n < room);
		assert(!t.asterisk || is_options);
		check_path(t.path);
		check_pieces(raw, &t);
		check_fixed_point(t.path);
	}
	free(copy);
	free(buffer);
	return 0;
}
