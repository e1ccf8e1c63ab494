/* SPDX-License-Identifier: MIT
 *
 * fuzz_fcgi_record: records and pairs read the same however they were cut, and what we write we
 * read back.
 *
 * Input: a byte that picks one of the three games below, one for the cut, then bytes.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/fcgi_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that was read, written down so that pieces of the same content join. */
struct story {
	struct buf told;
	bool failed, open;
};

static void tell(struct story *s, const void *p, size_t n)
{
	assert(buf_put(&s->told, p, n));
}

static void tell_event(struct story *s, const struct fcgi_event *ev)
{
	const uint32_t facts[] = {ev->kind, ev->type, ev->id, ev->role, ev->flags,
		ev->protocol_status, ev->refused, ev->app_status};

	if (ev->kind == FCGI_EV_NONE)
		return;
	if (!s->open)
		tell(s, facts, sizeof facts);
	if (ev->data.n > 0)
		tell(s, ev->data.p, ev->data.n);
	s->open = ev->kind == FCGI_EV_DATA && !ev->record_end;
	if (!s->open)
		tell(s, ";", 1);
}

static ssize_t read_record(void *reader, const char *p, size_t n, struct story *s)
{
	struct fcgi_event ev;
	ssize_t used = fcgi_read(reader, p, n, &ev);

	if (used > 0) {
		assert(ev.data.n == 0 || (ev.data.p >= p && ev.data.p + ev.data.n <= p + used));
		tell_event(s, &ev);
	}
	return used;
}

static ssize_t read_pair(void *pairs, const char *p, size_t n, struct story *s)
{
	struct fcgi_piece piece;
	ssize_t used = fcgi_pairs_feed(pairs, p, n, &piece);

	if (used <= 0)
		return used;
	if (piece.name.n > 0)
		tell(s, piece.name.p, piece.name.n);
	if ((piece.value.n > 0 || piece.done) && !s->open)
		tell(s, "=", 1);
	if (piece.value.n > 0)
		tell(s, piece.value.p, piece.value.n);
	s->open = (s->open || piece.value.n > 0) && !piece.done;
	if (piece.done)
		tell(s, ";", 1);
	return used;
}

/* Feeds all bytes, `step` at a time, each time from memory of its own. */
static void feed(ssize_t (*read_one)(void *, const char *, size_t, struct story *), void *state,
	struct span bytes, size_t step, struct story *s)
{
	*s = (struct story){0};
	for (size_t i = 0; i < bytes.n && !s->failed; i += step) {
		size_t n = bytes.n - i < step ? bytes.n - i : step;
		char *copy = malloc(n);

		assert(copy);
		memcpy(copy, bytes.p + i, n);
		for (size_t at = 0; at < n && !s->failed;) {
			ssize_t used = read_one(state, copy + at, n - at, s);

			s->failed = used < 0;
			assert(s->failed || (used > 0 && (size_t)used <= n - at));
			at += s->failed ? 0 : (size_t)used;
		}
		free(copy);
	}
}

static void same(struct story *a, struct story *b)
{
	assert(a->failed == b->failed);
	assert(span_eq(buf_span(&a->told), buf_span(&b->told)));
	buf_free(&b->told);
}

static void records(struct span bytes, size_t cut)
{
	const size_t steps[] = {bytes.n + 1, 1, cut};
	struct story first, s;

	for (size_t i = 0; i < nitems(steps); i++) {
		struct fcgi_reader r = {0};

		feed(read_record, &r, bytes, steps[i], i ? &s : &first);
		assert((r.why != NULL) == (i ? s.failed : first.failed));
		if (i)
			same(&first, &s);
	}
	buf_free(&first.told);
}

static void pairs(struct span bytes, size_t cut)
{
	const size_t steps[] = {bytes.n + 1, 1, cut};
	struct story first, s;

	for (size_t i = 0; i < nitems(steps); i++) {
		struct fcgi_pairs d = {.left = 512};

		feed(read_pair, &d, bytes, steps[i], i ? &s : &first);
		assert((d.why != NULL) == (i ? s.failed : first.failed));
		if (i)
			same(&first, &s);
	}
	buf_free(&first.told);
}

/* The content of all PARAMS records, in one piece. */
static void join(struct span bytes, struct buf *content)
{
	struct fcgi_reader r = {0};

	while (bytes.n > 0) {
		struct fcgi_event ev;
		ssize_t used = fcgi_read(&r, bytes.p, bytes.n, &ev);

		assert(used > 0 && ev.kind == FCGI_EV_DATA && ev.type == FCGI_PARAMS && ev.id == 1);
		assert(buf_put_span(content, ev.data));
		bytes = span_from(bytes, (size_t)used);
	}
	assert(fcgi_reader_between(&r));
}

/* Bytes become pairs: two say the lengths (values up to 64 KiB), the rest is their content. */
static void round_trip(struct span bytes)
{
	static const char filler[65536];
	struct buf out = BUF_INIT, content = BUF_INIT;
	struct fcgi_params w;
	struct fcgi_pairs d = {.left = UINT64_MAX};
	size_t at = 0;

	assert(fcgi_params_open(&w, &out, FCGI_PARAMS, 1));
	for (size_t i = 0; i + 1 < bytes.n && i < 32; i += 2)
		assert(fcgi_param(&out, (struct span){filler, (unsigned char)bytes.p[i]},
			(struct span){filler, (size_t)(unsigned char)bytes.p[i + 1] * 257}));
	assert(fcgi_params_close(&w, &out));
	join(buf_span(&out), &content);
	for (size_t i = 0; i + 1 < bytes.n && i < 32; i += 2) {
		struct fcgi_piece piece;
		ssize_t used = fcgi_pairs_feed(
			&d, buf_head(&content) + at, buf_len(&content) - at, &piece);

		assert(used > 0 && piece.done);
		assert(piece.name.n == (unsigned char)bytes.p[i]);
		assert(piece.value.n == (size_t)(unsigned char)bytes.p[i + 1] * 257);
		at += (size_t)used;
	}
	assert(at == buf_len(&content) && fcgi_pairs_between(&d));
	buf_free(&out);
	buf_free(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > 2048)
		return 0;

	struct span bytes = {(const char *)data + 2, size - 2};
	const size_t cut = (size_t)data[1] + 1;

	if (data[0] % 3 == 0)
		records(bytes, cut);
	else if (data[0] % 3 == 1)
		pairs(bytes, cut);
	else
		round_trip(bytes);
	return 0;
}
