/* SPDX-License-Identifier: MIT
 *
 * fuzz_http_message: a connection's worth of bytes, read as http_front does it: head, target, body,
 * the next head. What is read does not depend on how the bytes were cut; and somebody on the way
 * who is as lenient as can be would still see the same messages in the bytes that we accept.
 *
 * Input: one byte that picks the limits, one that picks the cut, then what a client sends.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/http_body.h"
#include "gateway/http_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX    1024
#define MESSAGES_MAX 256

static const struct http_limits limits[] = {
	{32768, 16384, 100},
	{256, 64, 4},
	{65536, 65536, 128},
};
static const struct http_body_limits body_limits[] = {
	{UINT64_MAX, 4096, 8192},
	{16, 8, 16},
	{1000, 64, 64},
};

/* One message: where in the stream, and what of it is payload. */
struct message {
	size_t begin, body, end;
	enum http_body_kind kind;
	uint64_t length;
	size_t payload, payload_n; /* a place in struct reading */
};

struct reading {
	int refused; /* the status, or 0 */
	size_t n;
	struct message messages[MESSAGES_MAX];
	size_t payload_n;
	char payload[INPUT_MAX];

	/* While it is read. */
	struct message *m;
	bool in_body;
	size_t scan, at;
	struct http_head head;
	struct http_body state;
};

/* A copy of exactly these bytes, so that reading beyond them is seen. */
static char *copy_of(const char *p, size_t n)
{
	char *copy = malloc(n ? n : 1);

	assert(copy);
	memcpy(copy, p, n);
	return copy;
}

static int read_target(const struct http_head *head, const char *base)
{
	struct span raw = http_span(base, head->target);
	struct span method = http_span(base, head->method);
	char *buffer = malloc(raw.n + 2);
	struct http_target t;

	assert(buffer);

	int status = http_target_parse(
		raw, span_is(method, "OPTIONS"), span_is(method, "CONNECT"), buffer, raw.n + 2, &t);

	assert(status != -414);
	free(buffer);
	return status;
}

static bool read_head(struct reading *r, const char *p, size_t came, size_t which)
{
	const size_t n = came - r->m->begin;
	char *base = copy_of(p + r->m->begin, n);
	ssize_t used = http_parse_head(base, n, &r->scan, &limits[which], &r->head);

	if (used > 0) {
		r->refused = http_body_start(&r->state, &r->head, &body_limits[which]);
		if (!r->refused)
			r->refused = read_target(&r->head, base);
		r->m->body = r->at = r->m->begin + (size_t)used;
		r->m->kind = r->head.body;
		r->m->length = r->head.content_length;
		r->m->payload = r->payload_n;
		r->in_body = true;
	} else {
		r->refused = (int)used;
	}
	free(base);
	return used > 0 && !r->refused;
}

static void end_message(struct reading *r)
{
	r->m->end = r->at;
	r->m->payload_n = r->payload_n - r->m->payload;
	r->in_body = false;
	r->scan = 0;
	r->n++;
	r->m++;
	r->m->begin = r->at;
}

static bool read_body(struct reading *r, const char *p, size_t came)
{
	char *copy = copy_of(p + r->at, came - r->at);
	size_t i = 0, n = came - r->at;

	while (i < n && !http_body_done(&r->state)) {
		struct span data;
		ssize_t used = http_body_feed(&r->state, copy + i, n - i, &data);

		if (used < 0) {
			r->refused = (int)used;
			break;
		}
		assert(used > 0 && (size_t)used <= n - i);
		if (data.n)
			memcpy(r->payload + r->payload_n, data.p, data.n);
		r->payload_n += data.n;
		i += (size_t)used;
	}
	free(copy);
	r->at += i;
	if (r->refused || !http_body_done(&r->state))
		return false;
	end_message(r);
	return true;
}

/* As it comes: `step` bytes at a time after the first `first`. */
static void read_stream(
	struct reading *r, const char *p, size_t size, size_t first, size_t step, size_t which)
{
	size_t came = 0;

	memset(r, 0, sizeof *r);
	r->m = r->messages;
	do {
		size_t more = came == 0 ? first : step;
		bool go = true;

		came = size - came < more ? size : came + more;
		while (go && r->n + 1 < MESSAGES_MAX && (r->in_body || r->m->begin < came))
			go = r->in_body ? read_body(r, p, came) : read_head(r, p, came, which);
	} while (came < size && !r->refused && r->n + 1 < MESSAGES_MAX);
}

static void same(const struct reading *a, const struct reading *b)
{
	assert(a->refused == b->refused && a->n == b->n);
	assert(memcmp(a->messages, b->messages, a->n * sizeof *a->messages) == 0);
	assert(a->payload_n == b->payload_n && memcmp(a->payload, b->payload, a->payload_n) == 0);
}

/* ---- the lenient one: any LF ends a line, white space and controls around things do not count */

static struct span line_of(struct span *rest)
{
	const char *lf = memchr(rest->p, '\n', rest->n);

	assert(lf);

	struct span line = {rest->p, (size_t)(lf - rest->p)};

	*rest = span_from(*rest, line.n + 1);
	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static struct span trimmed(struct span s)
{
	while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
		s.n--;
	while (s.n && (unsigned char)*s.p <= ' ')
		s = span_from(s, 1);
	return s;
}

/* The value if this line is a field of that name, in whatever guise. */
static bool is_field(struct span line, const char *name, struct span *value)
{
	const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;

	if (!colon)
		return false;
	*value = trimmed(span_from(line, (size_t)(colon - line.p) + 1));
	line.n = (size_t)(colon - line.p);
	return span_is_nocase(trimmed(line), name);
}

static void check_head(const struct message *m, const char *p)
{
	struct span rest = {p + m->begin, m->body - m->begin}, line, value;
	unsigned lengths = 0, codings = 0, hosts = 0;

	while (rest.n && (line = line_of(&rest)).n == 0)
		;
	while (rest.n && (line = line_of(&rest)).n > 0) {
		assert((unsigned char)line.p[0] > ' ');
		hosts += is_field(line, "host", &value);
		codings += is_field(line, "transfer-encoding", &value);
		if (is_field(line, "content-length", &value)) {
			lengths++;
			assert(value.n > 0 && strtoull(value.p, NULL, 10) == m->length);
		}
	}
	assert(rest.n == 0); /* no empty line but the last: nobody stops earlier */
	assert(hosts <= 1 && lengths + codings <= 1);
	assert(codings == (m->kind == HTTP_BODY_CHUNKED));
	assert(m->kind != HTTP_BODY_LENGTH || lengths == 1);
}

static void check_chunks(const struct message *m, const char *p, const char *payload)
{
	struct span rest = {p + m->body, m->end - m->body}, line;
	size_t n = 0;

	for (;;) {
		size_t size = strtoull(rest.p, NULL, 16);

		line_of(&rest);
		if (size == 0)
			break;
		assert(rest.n >= size + 2 && n + size <= m->payload_n);
		assert(memcmp(rest.p, payload + n, size) == 0);
		n += size;
		rest = span_from(rest, size);
		assert(line_of(&rest).n == 0);
	}
	assert(n == m->payload_n);
	while ((line = line_of(&rest)).n > 0)
		;
	assert(rest.n == 0);
}

static void check_message(const struct message *m, const char *p, const char *payload)
{
	check_head(m, p);
	if (m->kind == HTTP_BODY_CHUNKED) {
		check_chunks(m, p, payload);
		return;
	}
	assert(m->payload_n == (m->kind == HTTP_BODY_LENGTH ? m->length : 0));
	assert(m->end - m->body == m->payload_n);
	assert(memcmp(p + m->body, payload, m->payload_n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading whole, again;

	if (size < 2 || size > INPUT_MAX)
		return 0;

	const size_t which = data[0] % nitems(limits), cut = (size_t)data[1] + 1;
	const char *p = (const char *)data + 2;

	size -= 2;
	read_stream(&whole, p, size, size, size, which);
	read_stream(&again, p, size, 1, 1, which);
	same(&whole, &again);
	read_stream(&again, p, size, cut, size, which);
	same(&whole, &again);
	read_stream(&again, p, size, cut, cut, which);
	same(&whole, &again);
	for (size_t i = 0; i < whole.n; i++)
		check_message(&whole.messages[i], p, whole.payload + whole.messages[i].payload);
	return 0;
}
