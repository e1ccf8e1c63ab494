/* SPDX-License-Identifier: MIT
 *
 * file_reply: see file_reply.h.
 *
 * There is no X-Content-Type-Options: every type we say is from a table and what no table knows is
 * application/octet-stream, which nobody sniffs into a page; "nosniff" would only break the sites
 * whose types are wrong, and is theirs to ask for.
 */
#include "gateway/file_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "gateway/http_range.h"
#include "gateway/http_reply.h"

/* Parts up to this size are read; larger ones go by sendfile, one at a time. */
#define PART_IN_MEMORY LANE_SCRATCH

struct file_parts {
	struct file *file;
	const char *charset; /* of each part, or "" */
	struct http_ranges ranges;
	size_t next;
	uint64_t boundary[2];
};

/* ---- in one piece ---- */

/* RFC 9110 15.4.5: a 304 says what a cache has to know, and describes no content. */
static void put_validators(struct request *r, const struct file *f, bool vary)
{
	struct buf *l = &r->answer.lines;

	buf_put_span(l, buf_span(&f->validators));
	if (vary)
		buf_puts(l, "Vary: Accept-Encoding\r\n");
}

static void send_piece(struct request *r, struct file *f, uint64_t at, uint64_t len)
{
	r->front->begin(r);
	if (!f->contents) {
		http_reply_file(r, f, at, len);
		return;
	}
	r->answer.has_length = true;
	r->answer.length = len;
	r->front->body(r, (struct span){f->contents + at, (size_t)len});
	file_unref(f);
	r->front->end(r);
}

static void send_all(struct request *r, struct file *f, int status)
{
	r->answer.status = status;
	buf_put_span(&r->answer.lines, buf_span(&f->description));
	send_piece(r, f, 0, f->size);
}

static void send_nothing(struct request *r, struct file *f, int status)
{
	file_unref(f);
	r->answer.status = status;
	r->front->begin(r);
	r->front->end(r);
}

static void refuse(struct request *r, struct file *f, int status)
{
	buf_clear(&r->answer.lines);
	if (status == 416)
		buf_putf(&r->answer.lines, "Content-Range: bytes */%" PRIu64 "\r\n", f->size);
	file_unref(f);
	request_fail(r, status);
}

/* ---- in parts (RFC 9110 14.6) ---- */

static bool put_part_head(struct buf *b, const struct file_parts *p, size_t i)
{
	const struct http_range *at = &p->ranges.at[i];

	return buf_putf(b,
		"%s--%016" PRIx64 "%016" PRIx64 "\r\nContent-Type: %s%s%s\r\n"
		"Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n\r\n",
		i ? "\r\n" : "", p->boundary[0], p->boundary[1], p->file->type,
		p->charset[0] ? "; charset=" : "", p->charset, at->from, at->from + at->length - 1,
		p->file->size);
}

static bool put_last_line(struct buf *b, const struct file_parts *p)
{
	return buf_putf(
		b, "\r\n--%016" PRIx64 "%016" PRIx64 "--\r\n", p->boundary[0], p->boundary[1]);
}

static bool measure(const struct file_parts *p, uint64_t *length)
{
	struct buf b = BUF_INIT;
	bool ok = true;

	*length = 0;
	for (size_t i = 0; i < p->ranges.n; i++) {
		ok = ok && put_part_head(&b, p, i);
		*length += p->ranges.at[i].length;
	}
	ok = ok && put_last_line(&b, p);
	*length += buf_len(&b);
	buf_free(&b);
	return ok;
}

/* Of a part that is not worth a sendfile. False: it is not there any more. */
static bool put_bytes(struct request *r, const struct file *f, const struct http_range *at)
{
	char *room = r->lane->scratch;
	struct span s = {room, (size_t)at->length};

	if (f->contents)
		s.p = f->contents + at->from;
	else if (pread(f->fd, room, s.n, (off_t)at->from) != (ssize_t)s.n)
		return false;
	r->front->body(r, s);
	return true;
}

static void cut(struct request *r)
{
	log_warn("request %016" PRIx64 ": %s changed while it was being sent", r->id,
		r->parts->file->name);
	file_reply_forget(r);
	r->front->cut(r);
}

static void send_parts(struct request *r)
{
	struct file_parts *p = r->parts;
	struct buf line = BUF_INIT;

	while (p->next < p->ranges.n) {
		const struct http_range *at = &p->ranges.at[p->next];

		put_part_head(&line, p, p->next++);
		r->front->body(r, buf_span(&line));
		buf_clear(&line);
		if (!p->file->contents && at->length > PART_IN_MEMORY) {
			buf_free(&line);
			http_reply_piece(r, file_ref(p->file), at->from, at->length);
			return; /* it may all be over by now */
		}
		if (!put_bytes(r, p->file, at)) {
			buf_free(&line);
			cut(r);
			return;
		}
	}
	put_last_line(&line, p);
	r->front->body(r, buf_span(&line));
	buf_free(&line);
	file_reply_forget(r);
	r->front->end(r);
}

static void begin_parts(struct request *r, struct file *f, const struct http_ranges *ranges)
{
	struct file_parts *p = malloc(sizeof *p);

	if (!p) {
		refuse(r, f, 503);
		return;
	}
	*p = (struct file_parts){
		.file = f, .charset = f->is_text ? r->plan->charset : "", .ranges = *ranges};
	r->parts = p;
	/* Nobody who writes files here can know what the line between parts will be. */
	if (getrandom(p->boundary, sizeof p->boundary, 0) != (ssize_t)sizeof p->boundary ||
		!measure(p, &r->answer.length)) {
		file_reply_forget(r);
		request_fail(r, 503);
		return;
	}
	r->answer.status = 206;
	r->answer.has_length = true;
	buf_putf(&r->answer.lines,
		"Content-Type: multipart/byteranges; boundary=%016" PRIx64 "%016" PRIx64
		"\r\nAccept-Ranges: bytes\r\n",
		p->boundary[0], p->boundary[1]);
	r->front->begin(r);
	send_parts(r);
}

void file_reply_resume(struct request *r)
{
	if (!r->parts)
		return;
	if (file_is_whole(r->parts->file))
		send_parts(r);
	else
		cut(r);
}

void file_reply_forget(struct request *r)
{
	if (r->parts)
		file_unref(r->parts->file);
	free(r->parts);
	r->parts = NULL;
}

/* ---- which of them ---- */

static void send_range(struct request *r, struct file *f, const struct http_range *at)
{
	r->answer.status = 206;
	buf_put_span(&r->answer.lines, buf_span(&f->description));
	buf_putf(&r->answer.lines, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n",
		at->from, at->from + at->length - 1, f->size);
	send_piece(r, f, at->from, at->length);
}

/* Only GET knows ranges (RFC 9110 14.2). Several of a coded file are not given: whether the coding
 * is that of the parts or of what they are put into, nobody would know. */
static void send_content(struct request *r, struct file *f, const struct http_wishes *w)
{
	struct http_ranges ranges = {.n = 0};
	enum http_range_verdict verdict = HTTP_RANGE_NONE;

	if (w->range.p && span_is(request_method(r), "GET") &&
		http_range_is_wanted(w, &f->is, time(NULL)))
		verdict = http_range_parse(w->range, f->size, &ranges);
	if (verdict == HTTP_RANGE_UNSATISFIABLE)
		refuse(r, f, 416);
	else if (verdict == HTTP_RANGE_NONE || (ranges.n > 1 && f->coded))
		send_all(r, f, 200);
	else if (ranges.n == 1)
		send_range(r, f, &ranges.at[0]);
	else
		begin_parts(r, f, &ranges);
}

void file_reply_whole(struct request *r, struct file *f, int status)
{
	put_validators(r, f, false);
	send_all(r, f, status);
}

void file_reply(struct request *r, struct file *f, const struct http_wishes *w, bool vary)
{
	put_validators(r, f, vary);
	switch (http_condition(w, &f->is, time(NULL))) {
	case HTTP_NOT_MODIFIED:
		send_nothing(r, f, 304);
		return;
	case HTTP_FAILED:
		refuse(r, f, 412);
		return;
	case HTTP_PROCEED:
		send_content(r, f, w);
		return;
	}
}
