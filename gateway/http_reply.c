/* SPDX-License-Identifier: MIT
 *
 * http_reply: see http_reply.h.
 *
 * The framing is decided as late as possible: when the worker's whole answer came in one piece
 * its length is known, and a worker that died before anything left the house still gets its
 * client a proper 502. Only when the worker pauses, or the body grows, it becomes chunked.
 */
#include "gateway/http_reply.h"

#include <stdio.h>

#include "common/digits.h"
#include "common/log.h"
#include "gateway/own_words.h"

#define PENDING_MAX (32u * 1024)
/* Interim responses beyond this number, or while this much waits for the client, are dropped. */
#define INTERIM_MAX        100
#define INTERIM_UNSENT_MAX (16u * 1024)

static void (*reply_done)(struct request *r, enum http_reply_end how);

void http_reply_init(void (*done)(struct request *r, enum http_reply_end how))
{
	reply_done = done;
}

static void put(struct request *r, struct span bytes)
{
	r->reply.bytes += bytes.n;
	if (!r->reply.dead && !conn_put(r->conn, bytes))
		r->reply.dead = true;
}

/* ---- head ---- */

static bool is_head(const struct request *r)
{
	return span_is(request_method(r), "HEAD");
}

/* RFC 9110 6.4.1: these never have a body; nor must 205 (15.3.6), but its length has to be told. */
static bool bodyless(const struct request *r)
{
	int s = r->answer.status;

	return s < 200 || s == 204 || s == 205 || s == 304 || is_head(r);
}

static enum reply_framing choose(const struct request *r, bool complete)
{
	if (bodyless(r))
		return FRAMING_NONE;
	if (r->answer.has_length || complete)
		return FRAMING_LENGTH;
	return r->head.minor >= 1 ? FRAMING_CHUNKED : FRAMING_CLOSE;
}

/* Content-Length goes out with HEAD and 304 as well if the length is known, never with 1xx and
 * 204 (RFC 9110 8.6). */
static char *put_framing(const struct request *r, char *to)
{
	if (r->reply.framing == FRAMING_CHUNKED)
		return stpcpy(to, "Transfer-Encoding: chunked\r\n");
	if (!r->answer.has_length || r->answer.status < 200 || r->answer.status == 204)
		return to;
	to = digits_put(stpcpy(to, "Content-Length: "), r->answer.length);
	return stpcpy(to, "\r\n");
}

static const char *connection_line(const struct request *r)
{
	if (!r->reply.keep)
		return "Connection: close\r\n";
	return r->head.minor == 0 ? "Connection: keep-alive\r\n" : "";
}

/* A line holds what is ours: a reason, a date and an id. */
static void put_head(struct request *r)
{
	char line[160 + OWN_WORDS_ID_MAX], *p = stpcpy(line, "HTTP/1.1 ");

	p = stpcpy(digits_put(p, (uint64_t)r->answer.status), " ");
	p = stpcpy(stpcpy(p, own_words_reason(r)), "\r\nServer: hearth\r\nDate: ");
	p = own_words_put_id(r, stpcpy(stpcpy(p, lane_date(r->lane)), "\r\n"));
	put(r, (struct span){line, (size_t)(p - line)});
	put(r, buf_span(&r->answer.lines));
	p = stpcpy(put_framing(r, line), connection_line(r));
	p = stpcpy(p, "\r\n");
	put(r, (struct span){line, (size_t)(p - line)});
	r->answer.begun = true;
	r->answer.began = r->lane->loop.now;
}

static void put_chunk(struct request *r, struct span bytes)
{
	char size[24];
	int n = snprintf(size, sizeof size, "%zx\r\n", bytes.n);

	put(r, (struct span){size, (size_t)n});
	put(r, bytes);
	put(r, SPAN_LIT("\r\n"));
}

static void put_body(struct request *r, struct span bytes)
{
	if (bytes.n == 0 || r->reply.framing == FRAMING_NONE)
		return;
	if (r->reply.framing == FRAMING_LENGTH)
		bytes = request_within_length(r, bytes);
	r->answer.sent += bytes.n;
	if (r->reply.framing == FRAMING_CHUNKED)
		put_chunk(r, bytes);
	else
		put(r, bytes);
}

/* What is queued from here on is this response, and counts as such. */
static void take_conn(const struct request *r)
{
	conn_response(r->conn, request_quota(r), !r->pool || r->pool->response_buffering);
}

/* A worker that answers within the body may still take the rest of it, if that is passed on to it:
 * on_end knows. */
static bool may_be_read(const struct request *r)
{
	return r->read_whole || (r->worker && r->streams && !r->unwanted);
}

static void decide(struct request *r, bool complete)
{
	struct reply *reply = &r->reply;

	if (reply->framing != FRAMING_OPEN)
		return;
	reply->framing = choose(r, complete);
	if (r->answer.status == 205) {
		r->answer.has_length = true;
		r->answer.length = 0;
	}
	if (complete && !r->answer.has_length && !bodyless(r)) {
		r->answer.has_length = true;
		r->answer.length = buf_len(&reply->pending);
	}
	reply->left = r->answer.length;
	reply->keep = r->head.keep_alive && may_be_read(r) && !r->lane->draining &&
		      reply->framing != FRAMING_CLOSE;
	take_conn(r);
	put_head(r);
	put_body(r, buf_span(&reply->pending));
	buf_clear(&reply->pending);
}

/* ---- the face ---- */

static void on_begin(struct request *r)
{
	must(!r->answer.begun);
	r->reply.open = true;
}

/* Nobody but the script knows where its answer ends, so nothing can follow it; and there is nothing
 * to be won by keeping it: it waits for its client. */
static void on_raw(struct request *r)
{
	on_begin(r);
	r->reply.framing = FRAMING_RAW;
	r->answer.begun = true;
	r->answer.began = r->lane->loop.now;
	conn_response(r->conn, request_quota(r), false);
}

/* RFC 9110 15.2: not to HTTP/1.0. And whether to go on or to speak another protocol here is said by
 * us (100, 101). */
static void on_interim(struct request *r, int status, struct span lines)
{
	char line[64];
	int n = snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", status, http_reason(status));

	if (r->head.minor == 0 || status == 100 || status == 101 ||
		r->answer.interims > INTERIM_MAX || conn_unsent(r->conn) > INTERIM_UNSENT_MAX)
		return;
	take_conn(r);
	put(r, (struct span){line, (size_t)n});
	put(r, lines);
	put(r, SPAN_LIT("\r\n"));
	r->reply.waits = true;
}

static void on_body(struct request *r, struct span bytes)
{
	struct reply *reply = &r->reply;

	if (reply->framing == FRAMING_OPEN && buf_len(&reply->pending) + bytes.n > PENDING_MAX)
		decide(r, false);
	if (reply->framing != FRAMING_OPEN)
		put_body(r, bytes);
	else if (!buf_put_span(&reply->pending, bytes))
		reply->dead = true;
}

static void on_flush(struct request *r)
{
	if (!r->reply.open && !r->reply.waits)
		return;
	if (r->reply.open)
		decide(r, false);
	r->reply.waits = false;
	if (r->reply.dead)
		conn_lost(r->conn);
	else
		conn_flush(r->conn);
}

static void finish(struct request *r, enum http_reply_end how)
{
	static const enum request_end ends[] = {[REPLY_COMPLETE] = REQUEST_KEPT,
		[REPLY_LAST] = REQUEST_CLOSED,
		[REPLY_CUT] = REQUEST_CUT};
	struct conn *c = r->conn;

	r->reply.end = ends[how];
	conn_response(c, NULL, true);
	c->held = false;
	reply_done(r, how);
}

static void on_end(struct request *r)
{
	decide(r, true);
	if (r->reply.framing == FRAMING_CHUNKED)
		put(r, SPAN_LIT("0\r\n\r\n"));
	if (!r->reply.dead && r->reply.framing == FRAMING_LENGTH && r->reply.left) {
		request_tell_lie(r, "less came");
		r->reply.dead = true;
	}
	if (r->reply.dead)
		finish(r, REPLY_CUT);
	else
		finish(r, r->reply.keep && r->read_whole ? REPLY_COMPLETE : REPLY_LAST);
}

static void on_cut(struct request *r)
{
	finish(r, REPLY_CUT);
}

/* In the next turn: whoever asks is in the midst of something. */
static void on_pull(struct request *r)
{
	if (!r->conn->pumping)
		conn_yield(r->conn);
}

static bool on_full(const struct request *r)
{
	if (conn_is_full(r->conn))
		r->conn->held = true;
	return r->conn->held;
}

static void on_refuse(struct request *r, int status)
{
	must(!r->answer.begun);
	r->reply.framing = FRAMING_OPEN;
	own_words_refuse(r, status);
	on_end(r);
}

void http_refuse_broken(struct request *r, int status)
{
	r->head.keep_alive = false;
	on_refuse(r, status);
}

/* Behind the head. False: the client gets none of it, and the reference was given back. */
static bool put_file(struct request *r, struct file *f, uint64_t at, uint64_t len)
{
	decide(r, false);
	if (r->reply.framing != FRAMING_LENGTH || r->reply.dead || len > r->reply.left) {
		file_unref(f);
		return false;
	}
	conn_put_file(r->conn, f, at, len);
	r->answer.sent += len;
	r->reply.bytes += len;
	r->reply.left -= len;
	return true;
}

void http_reply_file(struct request *r, struct file *f, uint64_t at, uint64_t len)
{
	r->answer.has_length = true;
	r->answer.length = len;
	put_file(r, f, at, len);
	on_end(r);
}

void http_reply_piece(struct request *r, struct file *f, uint64_t at, uint64_t len)
{
	r->conn->held = true;
	if (put_file(r, f, at, len))
		conn_flush(r->conn);
	else
		on_cut(r);
}

const struct front http_front = {
	.interim = on_interim,
	.begin = on_begin,
	.raw = on_raw,
	.body = on_body,
	.flush = on_flush,
	.end = on_end,
	.cut = on_cut,
	.refuse = on_refuse,
	.pull = on_pull,
	.full = on_full,
};
