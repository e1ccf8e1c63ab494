/* SPDX-License-Identifier: MIT
 *
 * fcgi_reply: see fcgi_reply.h.
 *
 * As with HTTP the head is put as late as possible: of a worker that dies before anything has left
 * the house the web server still gets a proper 502.
 */
#include "gateway/fcgi_reply.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "gateway/own_words.h"

/* So much of a body waits for its end or for a pause. */
#define PENDING_MAX (32u * 1024)

static const struct fcgi_reply_host *host;

void fcgi_reply_init(const struct fcgi_reply_host *h)
{
	host = h;
}

static void put(struct request *r, struct span bytes)
{
	r->reply.bytes += bytes.n;
	if (!r->reply.dead && !fcgi_job_put(r->job, bytes))
		r->reply.dead = true;
}

/* ---- the head ---- */

/* The status of a local redirect is for the web server to find (RFC 3875 6.2.2), and its client's
 * answer is another's. */
static void put_status(struct request *r)
{
	const struct answer *a = &r->answer;
	char line[sizeof a->reason + 32 + OWN_WORDS_ID_MAX];
	int n;

	if (a->is_local)
		return;
	n = snprintf(line, sizeof line, "Status: %d %s\r\n", a->status, own_words_reason(r));
	put(r, (struct span){line, (size_t)(own_words_put_id(r, line + n) - line)});
}

static void put_head(struct request *r)
{
	struct answer *a = &r->answer;
	char line[64];
	int n = 0;

	put_status(r);
	put(r, buf_span(&a->lines));
	if (a->has_length && a->status != 204)
		n = snprintf(line, sizeof line, "Content-Length: %" PRIu64 "\r\n", a->length);
	n += snprintf(line + n, sizeof line - (size_t)n, "\r\n");
	put(r, (struct span){line, (size_t)n});
	a->begun = true;
	a->began = r->lane->loop.now;
}

/* ---- the body ---- */

/* A HEAD's length is that of another answer. */
static bool is_counted(const struct request *r)
{
	return r->answer.has_length && !span_is(request_method(r), "HEAD") &&
	       r->answer.status != 304;
}

/* A HEAD is answered without a body (RFC 3875 4.3.3): not all web servers cut one off, and HAProxy
 * answers 502 if there is one. */
static void put_body(struct request *r, struct span bytes)
{
	if (span_is(request_method(r), "HEAD"))
		return;
	if (is_counted(r))
		bytes = request_within_length(r, bytes);
	r->answer.sent += bytes.n;
	put(r, bytes);
	/* Into the connection's queue before it goes into a file; whether that has broken is seen
	 * when it is flushed. */
	if (spool_len(&r->job->out) >= PENDING_MAX && !r->job->mux->taking)
		fcgi_mux_pump(r->job->mux);
}

static void commit(struct request *r)
{
	if (r->answer.begun)
		return;
	r->job->buffered = !r->pool || r->pool->response_buffering;
	r->reply.left = r->answer.length;
	put_head(r);
	put_body(r, buf_span(&r->reply.pending));
	buf_clear(&r->reply.pending);
}

/* ---- the face ---- */

static void on_begin(struct request *r)
{
	must(!r->answer.begun);
	r->reply.open = true;
}

/* FastCGI has no interim responses. */
static void on_interim(struct request *r, int status, struct span lines)
{
	(void)r, (void)status, (void)lines;
}

static void on_body(struct request *r, struct span bytes)
{
	if (!r->answer.begun && buf_len(&r->reply.pending) + bytes.n > PENDING_MAX)
		commit(r);
	if (r->answer.begun)
		put_body(r, bytes);
	else if (!buf_put_span(&r->reply.pending, bytes))
		r->reply.dead = true;
}

static void on_flush(struct request *r)
{
	struct fcgi_mux *m = r->job->mux;

	if (r->reply.open)
		commit(r);
	if (r->reply.dead)
		conn_lost(m->conn);
	else if (r->reply.open || buf_len(&r->job->err))
		host->push(m);
}

static void finish(struct request *r, bool complete)
{
	struct fcgi_job *j = r->job;

	r->reply.end = !complete ? REQUEST_CUT : j->keep ? REQUEST_KEPT : REQUEST_CLOSED;
	j->cut = !complete;
	j->app_status = complete ? r->answer.app_status : 1;
	fcgi_job_end(j);
	host->done(j, r);
}

static void on_end(struct request *r)
{
	commit(r);
	if (is_counted(r) && r->reply.left) {
		request_tell_lie(r, "less came");
		r->reply.dead = true;
	}
	finish(r, !r->reply.dead);
}

static void on_cut(struct request *r)
{
	finish(r, false);
}

/* Bodies are read from the connection whether or not their worker takes them: others come by it. */
static void on_pull(struct request *r)
{
	(void)r;
}

static bool on_full(const struct request *r)
{
	return fcgi_job_is_full(r->job);
}

static void on_error(struct request *r, struct span bytes)
{
	fcgi_job_put_error(r->job, bytes);
}

/* ---- answers of our own ---- */

/* An overload without an answer is an empty 200 to Apache, and a time-out to HAProxy. It has no
 * page: whether this is a HEAD is not known yet (put_body). */
void fcgi_reply_reject(struct fcgi_job *j, uint8_t status)
{
	j->status = status;
	if (status == FCGI_OVERLOADED)
		fcgi_job_put(j, SPAN_LIT("Status: 503 Service Unavailable\r\n"
					 "Retry-After: 1\r\n"
					 "Content-Type: text/plain\r\n\r\n"));
	fcgi_job_end(j);
}

/* A line that is full, or a pool that takes nothing now, is what the protocol has a word for. It
 * stands behind a page: many web servers do not read it, and of an end without an answer Apache
 * makes a 200. */
static bool is_overload(const struct request *r, int status)
{
	return status == 503 && r->job->entering && r->tries == 0;
}

static void on_refuse(struct request *r, int status)
{
	must(!r->answer.begun);
	if (is_overload(r, status))
		r->job->status = FCGI_OVERLOADED;
	r->reply.open = true;
	own_words_refuse(r, status);
	on_end(r);
}

const struct front fcgi_front = {
	.interim = on_interim,
	.begin = on_begin,
	.body = on_body,
	.flush = on_flush,
	.end = on_end,
	.cut = on_cut,
	.refuse = on_refuse,
	.pull = on_pull,
	.full = on_full,
	.error = on_error,
	.leaves_errands = true,
};
