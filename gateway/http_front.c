/* SPDX-License-Identifier: MIT
 *
 * http_front: see http_front.h.
 *
 *	IDLE --bytes--> HEAD --head--> BODY --body--> BUSY --answered--> IDLE | CLOSING | LINGER
 *
 * One request at a time: what a client pipelines stays in the socket, or in `ahead`, until the
 * answer before it is in the queue, so answers leave in order by themselves.
 */
#include "gateway/http_front.h"

#include <inttypes.h>
#include <sys/socket.h>

#include "common/log.h"
#include "gateway/access_log.h"
#include "gateway/http_reply.h"

enum phase {
	IDLE,    /* nothing of a request yet */
	HEAD,    /* some of a head */
	BODY,    /* the head is read, the body is not */
	BUSY,    /* the request is being served */
	CLOSING, /* the last answer is on its way out */
	LINGER,  /* it is out; the client may still be sending (RFC 9112 9.6) */
};

#define LINGER_MS           2000
#define LINGER_MAX          (1024u * 1024)
#define PIPELINE_UNSENT_MAX (64u * 1024)
#define READ_ROOM           4096u

static const struct http_host *host;

static void pump(struct conn *c);

/* A client that does not take its answers gets no further requests read; and what is put behind a
 * file would overtake it. */
static bool may_read(const struct conn *c)
{
	return c->file_left == 0 && conn_unsent(c) < PIPELINE_UNSENT_MAX;
}

/* ---- deadlines: one for each phase; that for bytes that do not leave is the conn's ---- */

static struct mono phase_deadline(const struct conn *c)
{
	struct mono now = c->lane->loop.now;
	const struct plan *p = c->plan;

	switch ((enum phase)c->phase) {
	case IDLE: /* only when the last answer is out */
		if (conn_unsent(c))
			break;
		return mono_add_ms(now, c->served ? p->keepalive_timeout_ms : p->header_timeout_ms);
	case HEAD:
		if (!may_read(c))
			break;
		/* From the first byte: a drip of bytes earns no more time. */
		return mono_add_ms(c->request->born, p->header_timeout_ms);
	case BODY:
		return mono_add_ms(now, p->body_timeout_ms);
	case LINGER:
		return mono_add_ms(now, LINGER_MS);
	case BUSY: /* the worker's deadlines count */
	case CLOSING:
		break;
	}
	return MONO_NEVER;
}

static void rearm(struct conn *c)
{
	conn_expect(c, phase_deadline(c));
}

static void enter(struct conn *c, enum phase phase)
{
	c->phase = (uint8_t)phase;
	rearm(c);
}

/* ---- the end of a request ---- */

/* Waits until the client has seen the answer before the socket goes: closing with unread bytes
 * would reset the connection and take the answer along. */
static void linger(struct conn *c)
{
	if (c->hung_up || shutdown(c->io.fd, SHUT_WR) < 0) {
		conn_close(c);
		return;
	}
	enter(c, LINGER);
}

static void finish_closing(struct conn *c)
{
	if (!c->reset && (c->readable || c->lingered))
		linger(c);
	else
		conn_close(c);
}

/* There will be no further request; what is queued still goes out. */
static void no_more(struct conn *c)
{
	if (conn_unsent(c))
		enter(c, CLOSING);
	else
		conn_close(c);
}

static struct request *next_request(struct conn *c, struct request *old)
{
	struct request *r;
	struct span rest = span_from(buf_span(&old->in), old->used);

	if (rest.n == 0 && buf_len(&old->ahead) == 0)
		return NULL;
	r = request_new(c->lane, &http_front, c);
	if (r && buf_put_span(&r->in, rest) && buf_put_span(&r->in, buf_span(&old->ahead)))
		return r;
	if (r)
		request_free(r);
	c->hung_up = true; /* no memory: behave as if nothing had followed */
	return NULL;
}

/* Where only the end of the stream ends the body (HTTP/1.0), a cut must not look like that end. */
static bool must_reset(const struct request *r, enum http_reply_end how)
{
	return how == REPLY_CUT && r->reply.framing == FRAMING_CLOSE;
}

static void on_done(struct request *r, enum http_reply_end how)
{
	struct conn *c = r->conn;

	request_become(r, REQ_DONE);
	access_log_line(r, c->peer);
	c->served = true;
	c->reset = must_reset(r, how);
	c->request = how == REPLY_COMPLETE ? next_request(c, r) : NULL;
	if (how != REPLY_COMPLETE) {
		c->phase = CLOSING;
		c->lingered = !r->read_whole;
	} else {
		c->phase = c->request ? HEAD : IDLE;
	}
	request_free(r);
	conn_flush(c);
	if (conn_is_open(c) && c->phase != LINGER)
		rearm(c);
	pump(c);
}

/* ---- reading ---- */

/* Reads to where the bytes belong: into the request while its head is incomplete. */
static bool read_head(struct conn *c)
{
	struct request *r = c->request;
	ssize_t n;

	if (!c->readable)
		return false;
	if (!r && !(r = c->request = request_new(c->lane, &http_front, c))) {
		conn_close(c);
		return false;
	}
	if (!buf_reserve(&r->in, READ_ROOM)) {
		http_refuse_broken(r, 503);
		return false;
	}
	n = conn_read(c, buf_tail(&r->in), buf_room(&r->in));
	if (n > 0) {
		buf_grew(&r->in, (size_t)n);
		return true;
	}
	if (n < 0 || buf_len(&r->in) == 0) {
		/* Nothing of a request came: back to rest; or nothing more will. */
		c->request = NULL;
		request_free(r);
	}
	if (n < 0)
		no_more(c);
	return false;
}

static bool parse_head(struct conn *c)
{
	struct request *r = c->request;
	struct http_limits lim = {
		r->plan->max_header_size, r->plan->max_header_size, r->plan->max_headers};
	ssize_t n = http_parse_head(buf_head(&r->in), buf_len(&r->in), &r->scan, &lim, &r->head);

	if (n < 0) {
		lane_count(&c->lane->counters.errors);
		http_refuse_broken(r, (int)-n);
		return false;
	}
	if (n == 0)
		return false;
	r->head_len = r->used = (size_t)n;
	return true;
}

/* Payload goes to the spool. 0, or the status to refuse with; *used bytes were the body's. */
static int take_body(struct request *r, struct span bytes, size_t *used)
{
	struct span data;
	ssize_t n;

	*used = 0;
	while (bytes.n && !http_body_done(&r->body_state)) {
		n = http_body_feed(&r->body_state, bytes.p, bytes.n, &data);
		if (n < 0)
			return (int)-n;
		if (data.n && r->body.mem.cap == 0)
			r->body.mem = lane_buf(r->lane);
		if (data.n &&
			!spool_put(&r->body, data, REQUEST_BODY_IN_MEMORY, r->plan->spool_dir)) {
			log_error("request %016" PRIx64 ": no room for its body in %s: %m", r->id,
				r->plan->spool_dir);
			return 503;
		}
		r->body_len += data.n;
		*used += (size_t)n;
		bytes = span_from(bytes, (size_t)n);
	}
	r->read_whole = http_body_done(&r->body_state);
	return 0;
}

static bool read_body(struct conn *c)
{
	struct request *r = c->request;
	ssize_t n = conn_read(c, c->lane->scratch, LANE_SCRATCH);
	size_t used;
	int status;

	if (n == 0)
		return false;
	if (n < 0) {
		c->request = NULL;
		request_free(r);
		conn_close(c);
		return false;
	}
	status = take_body(r, (struct span){c->lane->scratch, (size_t)n}, &used);
	if (!status && used < (size_t)n &&
		!buf_put(&r->ahead, c->lane->scratch + used, (size_t)n - used))
		status = 503;
	if (status)
		http_refuse_broken(r, status);
	else if (r->read_whole)
		return true;
	else
		rearm(c);
	return !status && c->readable;
}

static void serve(struct conn *c)
{
	enter(c, BUSY);
	lane_count(&c->lane->counters.requests);
	host->serve(c->request);
}

/* The head is complete: what does its message look like, and may it come in? */
static bool begin(struct conn *c)
{
	struct request *r = c->request;
	struct http_body_limits lim = HTTP_BODY_LIMITS(r->plan->max_body);
	int status = r->head.expect_other ? 417 : 0;
	size_t used = 0;

	if (!status)
		status = -http_body_start(&r->body_state, &r->head, &lim);
	r->read_whole = !status && http_body_done(&r->body_state);
	if (!status)
		status = host->admit(r);
	if (!status && !r->read_whole) {
		status = take_body(r, span_from(buf_span(&r->in), r->used), &used);
		r->used += used;
	}
	if (status) {
		lane_count(&c->lane->counters.errors);
		enter(c, BUSY);
		r->front->refuse(r, status);
		return c->phase != BUSY;
	}
	if (r->read_whole) {
		serve(c);
		return c->phase != BUSY; /* files are answered at once */
	}
	/* RFC 9110 10.1.1: only if we are going to read, and nothing of the body has come yet. */
	if (r->head.expect_continue && r->body_len == 0 && r->head.minor >= 1) {
		if (!conn_put(c, SPAN_LIT("HTTP/1.1 100 Continue\r\n\r\n")))
			r->reply.dead = true;
		conn_flush(c);
	}
	if (conn_is_open(c))
		enter(c, BODY);
	return conn_is_open(c);
}

static bool throw_away(struct conn *c)
{
	ssize_t n = conn_read(c, c->lane->scratch, LANE_SCRATCH);

	if (n > 0)
		c->lingered += (uint32_t)n;
	if (n < 0 || c->lingered > LINGER_MAX)
		conn_close(c);
	return n > 0;
}

static bool step_head(struct conn *c)
{
	if (c->request && buf_len(&c->request->in) && parse_head(c))
		return begin(c);
	if (!conn_is_open(c) || (c->phase != IDLE && c->phase != HEAD))
		return conn_is_open(c);
	if (!read_head(c))
		return false;
	if (c->phase == IDLE) {
		c->phase = HEAD;
		c->request->born = c->lane->loop.now;
	}
	return true;
}

/* One step of whatever the phase wants next. False: nothing can be done until something happens. */
static bool step(struct conn *c)
{
	switch ((enum phase)c->phase) {
	case IDLE:
	case HEAD:
		return may_read(c) && step_head(c);
	case BODY:
		if (!read_body(c))
			return c->phase != BODY;
		if (c->phase == BODY && c->request->read_whole)
			serve(c);
		return true;
	case LINGER:
		return throw_away(c);
	case BUSY:
	case CLOSING:
		break;
	}
	return false;
}

/* A response may end within a step and call us again: the outermost call does the work. */
static void pump(struct conn *c)
{
	if (c->pumping)
		return;
	c->pumping = true;
	while (conn_is_open(c) && step(c))
		;
	c->pumping = false;
	if (!conn_is_open(c))
		return;
	if (c->phase == IDLE && c->lane->draining)
		no_more(c);
	else if (c->phase == HEAD)
		rearm(c);
}

/* ---- what the connection tells us ---- */

static void on_readable(struct conn *c)
{
	pump(c);
	/* A half-closed client may be waiting for its answer, and is served; but in a line of
	 * waiting requests it is taken for one that left (as other servers do). */
	if (conn_is_open(c) && c->hung_up && c->phase == BUSY && c->request->state == REQ_WAITING)
		conn_lost(c);
}

static void on_drained(struct conn *c)
{
	if (c->phase == CLOSING) {
		finish_closing(c);
		return;
	}
	if (c->phase == BUSY)
		host->resume(c->request);
	if (!conn_is_open(c))
		return;
	if (c->phase == IDLE) {
		lane_buf_back(c->lane, &c->out.mem);
		rearm(c);
	} else if (c->phase == HEAD) {
		c->request->born = c->lane->loop.now; /* before, it was we who did not read */
	}
	pump(c);
}

static void on_expired(struct conn *c)
{
	if (c->phase == HEAD || c->phase == BODY)
		http_refuse_broken(c->request, 408);
	else
		conn_lost(c);
}

static void on_lost(struct conn *c)
{
	struct request *r = c->request;

	c->request = NULL;
	if (!r)
		return;
	if (c->phase == BUSY) {
		r->answer.status = 499; /* as nginx counts clients that left */
		access_log_line(r, c->peer);
		r->conn = NULL;
		host->forget(r);
	} else {
		request_free(r);
	}
}

const struct conn_face http_face = {
	.readable = on_readable,
	.drained = on_drained,
	.expired = on_expired,
	.lost = on_lost,
};

void http_front_init(const struct http_host *h)
{
	host = h;
	http_reply_init(on_done);
}

void http_front_open(struct conn *c)
{
	enter(c, IDLE);
}

void http_front_drain(struct conn *c)
{
	c->readable = true; /* a request that has just come is still served */
	pump(c);
}
