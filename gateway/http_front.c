/* SPDX-License-Identifier: MIT
 *
 * http_front: see http_front.h.
 *
 *	IDLE --bytes--> HEAD --head--> BODY --body--> BUSY --answered--> IDLE | CLOSING | LINGER
 *
 * A body that is passed on as it comes is read while BUSY. If somebody is asked whether the request
 * may come in at all, that is BUSY too, and BODY comes behind it.
 *
 * One request at a time: what a client pipelines stays in the socket, or in `ahead`, until the
 * answer before it is in the queue, so answers leave in order by themselves.
 */
#include "gateway/http_front.h"

#include <sys/socket.h>

#include "gateway/access_log.h"
#include "gateway/http_close.h"
#include "gateway/http_intake.h"
#include "gateway/http_pace.h"
#include "gateway/http_reply.h"
#include "gateway/scoreboard.h"

#define TURNED_AWAY_MAX 64
/* What one client may have of a turn: bytes in and out, and each request counts as some. */
#define TURN_MAX     (256u * 1024)
#define REQUEST_COST (8u * 1024)

/* A client that shuts down its side this soon behind its request is one that sends just one. */
#define HALF_CLOSE_WAITING_MS 100
#define HALF_CLOSE_SERVED_MS  300

static const struct http_host *host;

static void pump(struct conn *c);

/* ---- the end of a request ---- */

/* Where only the end of the stream ends the body (HTTP/1.0, nph scripts), a cut must not look like
 * that end. */
static bool must_reset(const struct request *r, enum http_reply_end how)
{
	enum reply_framing f = r->reply.framing;

	return how == REPLY_CUT && (f == FRAMING_CLOSE || f == FRAMING_RAW);
}

static void on_done(struct request *r, enum http_reply_end how)
{
	struct conn *c = r->conn;

	request_become(r, REQ_DONE);
	access_log_line(r, ip_put(&r->client.ip, (char[IP_TEXT_MAX]){0}));
	scoreboard_answered(r);
	c->served = true;
	c->reset = must_reset(r, how);
	c->request = how == REPLY_COMPLETE ? http_intake_next(c, r) : NULL;
	if (how != REPLY_COMPLETE) {
		c->phase = CLOSING;
		c->lingered = !r->read_whole || c->ahead > 1; /* there may be more on its way */
	} else {
		c->phase = c->request ? HEAD : IDLE;
	}
	request_free(r);
	conn_flush(c);
	if (conn_is_open(c) && c->phase != LINGER)
		http_rearm(c);
	pump(c);
}

/* ---- reading ---- */

static void serve(struct conn *c)
{
	c->lane->spent += REQUEST_COST;
	http_enter(c, BUSY);
	if (!c->request->entered.us) /* else it was counted when its authorizer was asked */
		lane_count(&c->lane->counters.requests);
	host->serve(c->request);
}

/* Whether it may come in is answered before its body is read. RFC 9110 10.1.1: what a client of
 * HTTP/1.0 expects is ignored. */
static int admit(struct request *r)
{
	return r->head.expect_other && r->head.minor > 0 ? 417 : host->admit(r);
}

/* 0, or the status to refuse with; r->read_whole if what follows is another request. */
static int examine(struct request *r)
{
	int refused = admit(r), status = http_intake_frame(r);

	if (status)
		return status;
	/* A body that came with a head that is refused is skipped, and the connection goes on. */
	status = http_intake_rest(r);
	return refused ? refused : status;
}

static void say_continue(struct conn *c)
{
	c->request->owes_continue = false;
	if (!conn_put(c, SPAN_LIT("HTTP/1.1 100 Continue\r\n\r\n")))
		c->request->reply.dead = true;
	conn_flush(c);
}

void http_front_read_body(struct request *r)
{
	struct conn *c = r->conn;

	request_become(r, REQ_READING);
	r->body_from = r->body_rest = c->lane->loop.now;
	if (r->owes_continue)
		say_continue(c); /* which may find that the client is gone, and r with it */
	if (conn_is_open(c))
		http_enter(c, BODY);
	if (conn_is_open(c) && !c->pumping)
		conn_yield(c); /* what is there already has no edge of its own any more */
}

/* The head is complete: what does its message look like, and may it come in? */
static bool begin(struct conn *c)
{
	struct request *r = c->request;
	int status = examine(r);

	if (c->ahead++ >= r->plan->max_pipeline)
		r->head.keep_alive = false;
	if (status) {
		/* 400 and 501 (CONNECT) say that we do not know what the client means, or will send
		 * next: the connection ends, once the client had time to see why. */
		r->read_whole &= status != 400 && status != 501;
		if (status >= 400)
			lane_count(&c->lane->counters.errors);
		http_enter(c, BUSY);
		r->front->refuse(r, status);
		return c->phase != BUSY;
	}
	r->body_from = r->body_rest = c->lane->loop.now;
	/* RFC 9110 10.1.1: only if we are going to read, and nothing of the body has come yet. */
	r->owes_continue = r->head.expect_continue && r->used == r->head_len && r->head.minor > 0;
	if (r->read_whole || r->streams || (host->asks && host->asks(r)))
		serve(c);
	else
		http_front_read_body(r);
	return true;
}

/* What the client sends cannot be answered otherwise, or cannot be read on. */
static void refuse(struct conn *c, int status)
{
	http_refuse_broken(c->request, status);
}

static bool read_head(struct conn *c)
{
	int got = http_intake_read(c);

	if (got == INTAKE_OVER)
		http_no_more(c);
	else if (got == INTAKE_DRY)
		c->ahead = 0; /* all that it has sent is answered */
	if (got <= INTAKE_OVER)
		return got == INTAKE_MORE;
	if (!c->request)
		conn_close(c); /* not even memory for a refusal */
	else
		refuse(c, got);
	return false;
}

static void on_lost(struct conn *c)
{
	struct request *r = c->request;

	c->request = NULL;
	if (!r)
		return;
	if (c->phase == BUSY || c->phase == BODY) {
		r->answer.status = 499; /* as nginx counts clients that left */
		access_log_line(r, ip_put(&r->client.ip, (char[IP_TEXT_MAX]){0}));
		scoreboard_answered(r);
	}
	if (c->phase == BUSY) {
		r->conn = NULL;
		host->forget(r);
	} else {
		request_free(r);
	}
}

/* The client ends within its request's body: answers to those before it may still be on their way,
 * unless this one's has begun. */
static void break_off(struct conn *c)
{
	if (c->request->answer.begun) {
		conn_lost(c);
		return;
	}
	on_lost(c);
	http_no_more(c);
}

/* Of a request that waits for it, or, if it is passed on as it comes, that is being served. */
static bool read_body(struct conn *c)
{
	bool passes = c->phase == BUSY;
	int got;

	if (http_body_turns(c))
		http_rearm(c);
	got = http_intake_body(c);
	if (got == INTAKE_OVER)
		break_off(c);
	else if (got > INTAKE_OVER)
		(passes ? host->spoil : http_refuse_broken)(c->request, got);
	else if (got != INTAKE_DRY && passes)
		host->more(c->request);
	else if (got == INTAKE_WHOLE)
		serve(c);
	if (got == INTAKE_MORE && conn_is_open(c) && (c->phase == BODY || http_takes_body(c)))
		http_rearm(c);
	return got != INTAKE_DRY;
}

/* The word is given when there is a worker, and not behind the answer. */
static bool step_busy(struct conn *c)
{
	struct request *r = c->request;

	if (!r->streams || r->read_whole || r->unwanted || r->spoiled)
		return false;
	if (!r->owes_continue)
		return read_body(c);
	if (!r->worker || r->answer.begun)
		return false;
	say_continue(c);
	return true;
}

static bool step_head(struct conn *c)
{
	int got = c->request ? http_intake_parse(c->request) : INTAKE_DRY;

	if (got == INTAKE_WHOLE)
		return begin(c);
	if (got != INTAKE_DRY) {
		lane_count(&c->lane->counters.errors);
		refuse(c, got);
		return true;
	}
	if (!read_head(c))
		return false;
	if (c->phase == IDLE) {
		conn_wake(c);
		c->phase = HEAD;
		c->request->born = c->lane->loop.now;
	}
	return true;
}

/* One step of whatever the phase wants next. False: nothing can be done until something happens. */
static bool step(struct conn *c)
{
	switch ((enum http_phase)c->phase) {
	case IDLE:
	case HEAD:
		return http_may_read(c) && step_head(c);
	case BODY:
		return read_body(c);
	case LINGER:
		return http_throw_away(c);
	case BUSY:
		return step_busy(c);
	case CLOSING:
		break;
	}
	return false;
}

/* Goes on until nothing can be done, or others should have their turn. True: the latter. */
static bool step_on(struct conn *c)
{
	struct lane *l = c->lane;
	size_t of_another = l->spent;
	bool more = true;

	l->spent = 0;
	while (conn_is_open(c) && l->spent < TURN_MAX && more)
		more = step(c);
	l->spent = of_another;
	return more;
}

/* A response may end within a step and call us again: the outermost call does the work. */
static void pump(struct conn *c)
{
	bool more;

	if (c->pumping)
		return;
	c->pumping = true;
	more = step_on(c);
	c->pumping = false;
	if (!conn_is_open(c))
		return;
	if (c->phase == HEAD)
		http_rearm(c);
	else if (c->phase == BUSY && http_body_turns(c))
		http_rearm(c);
	if (more)
		conn_yield(c);
	else if (c->phase == IDLE && c->lane->draining)
		http_no_more(c);
	else if (c->phase == IDLE && !conn_unsent(c))
		conn_rest(c);
}

/* ---- what the connection tells us ---- */

/* One that waits in line costs nothing but its place there, one that is served a worker: the latter
 * gets more time to be taken for a client that sends just one request and then shuts down its side.
 */
static bool has_left(struct conn *c)
{
	const struct request *r = c->request;

	if (c->phase != BUSY)
		return false;
	if (r->state == REQ_WAITING)
		return http_has_left(c, r->entered, HALF_CLOSE_WAITING_MS);
	return r->worker && http_has_left(c, r->heard, HALF_CLOSE_SERVED_MS);
}

static void on_readable(struct conn *c)
{
	pump(c);
	if (conn_is_open(c) && c->hung_up && has_left(c))
		conn_lost(c);
}

/* What goes on may well be drained within the same call: that would never end if the client takes
 * all there is as quickly as it comes. */
static void resume(struct conn *c)
{
	if (c->resuming) {
		conn_yield(c);
		return;
	}
	c->held = false;
	c->resuming = true;
	host->resume(c->request);
	c->resuming = false;
}

static void on_drained(struct conn *c)
{
	if (c->phase == CLOSING) {
		http_finish_closing(c);
		pump(c); /* what came meanwhile had its edge already */
		return;
	}
	if (c->held && c->phase == BUSY)
		resume(c);
	if (!conn_is_open(c) || conn_unsent(c))
		return; /* what could go on may have ended, and more than the socket took */
	if (c->phase == IDLE) {
		lane_buf_back(c->lane, &c->out.mem);
		http_rearm(c);
	} else if (c->phase == HEAD) {
		c->request->born = c->lane->loop.now; /* before, it was we who did not read */
	}
	pump(c);
}

static void on_expired(struct conn *c)
{
	if (c->phase == BUSY && http_takes_body(c))
		host->spoil(c->request, 408);
	else if (c->phase == BUSY)
		http_rearm(c); /* meanwhile nobody wants it */
	else if ((c->phase == HEAD && !http_said_nothing(c)) || c->phase == BODY)
		http_refuse_broken(c->request, 408);
	else
		conn_lost(c);
}

static void on_again(struct conn *c)
{
	if (c->held && c->phase == BUSY && !conn_unsent(c))
		resume(c);
	pump(c);
}

const struct conn_face http_face = {
	.readable = on_readable,
	.drained = on_drained,
	.expired = on_expired,
	.lost = on_lost,
	.again = on_again,
};

void http_front_init(const struct http_host *h)
{
	host = h;
	http_reply_init(on_done);
}

/* It is told, and a few are waited for until they have heard it: not so many that they fill the
 * house. */
static void turn_away(struct conn *c)
{
	struct lane *l = c->lane;

	lane_count(&l->counters.errors);
	c->request = request_new(l, &http_front, c);
	c->phase = BUSY;
	if (c->request)
		http_refuse_broken(c->request, 503);
	if (!conn_is_open(c))
		return;
	if (l->turned_away == TURNED_AWAY_MAX || c->phase == BUSY) {
		conn_close(c);
		return;
	}
	c->turned_away = true;
	l->turned_away++;
}

void http_front_open(struct conn *c)
{
	if (!conn_count(c)) {
		turn_away(c);
		return;
	}
	http_enter(c, IDLE);
	conn_rest(c);
}

void http_front_drain(struct conn *c)
{
	c->readable = true; /* a request that has just come is still served */
	pump(c);
}
