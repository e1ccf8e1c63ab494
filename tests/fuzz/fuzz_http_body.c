/* SPDX-License-Identifier: MIT
 *
 * fuzz_http_body: a body is the same however it was cut, never longer than allowed, and takes no
 * byte of what follows it.
 *
 * Input: a byte for the kind of body and its limits, one for the cut, one for the length, then
 * what a client sends.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/http_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DONE = 0, MORE = 1 };

struct outcome {
	int verdict;
	size_t used, payload;
	char bytes[4096];
};

static int feed(struct http_body *b, const char *p, size_t n, struct outcome *o)
{
	while (n > 0 && !http_body_done(b)) {
		struct span piece;
		ssize_t used = http_body_feed(b, p, n, &piece);

		if (used < 0)
			return (int)used;
		assert(used > 0 && (size_t)used <= n);
		assert(piece.n == 0 || (piece.p >= p && piece.p + piece.n <= p + used));
		if (piece.n > 0)
			memcpy(o->bytes + o->payload, piece.p, piece.n);
		o->payload += piece.n;
		o->used += (size_t)used;
		p += used;
		n -= (size_t)used;
	}
	return http_body_done(b) ? DONE : MORE;
}

static void deliver(const struct http_head *head, const struct http_body_limits *limits,
	const uint8_t *data, size_t size, size_t step, struct outcome *o)
{
	struct http_body b;

	o->used = o->payload = 0;
	o->verdict = http_body_start(&b, head, limits);
	if (o->verdict == 0)
		o->verdict = http_body_done(&b) ? DONE : MORE;
	for (size_t i = 0; o->verdict == MORE && i < size; i += step) {
		size_t n = size - i < step ? size - i : step;
		char *copy = malloc(n);

		assert(copy);
		memcpy(copy, data + i, n);
		o->verdict = feed(&b, copy, n, o);
		free(copy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole, again;
	struct http_head head = {0};
	struct http_body_limits limits = HTTP_BODY_LIMITS(UINT64_MAX);

	if (size < 3 || size > 2048)
		return 0;
	head.body = data[0] & 1 ? HTTP_BODY_CHUNKED : HTTP_BODY_LENGTH;
	head.content_length = data[2];
	if (data[0] & 2)
		limits = (struct http_body_limits){data[0] >> 2, data[0] >> 3, data[0] >> 3};

	const size_t cut = (size_t)data[1] + 1;

	data += 3;
	size -= 3;
	deliver(&head, &limits, data, size, size ? size : 1, &whole);
	assert(whole.payload <= limits.max_body && whole.used <= size);
	assert(whole.verdict <= MORE);
	if (head.body == HTTP_BODY_LENGTH && whole.verdict == DONE)
		assert(whole.payload == head.content_length && whole.used == whole.payload);
	for (int i = 0; i < 2; i++) {
		deliver(&head, &limits, data, size, i ? cut : 1, &again);
		assert(again.verdict == whole.verdict && again.payload == whole.payload);
		assert(whole.verdict < 0 || again.used == whole.used);
		assert(memcmp(again.bytes, whole.bytes, whole.payload) == 0);
	}
	return 0;
}
