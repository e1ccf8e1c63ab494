/* SPDX-License-Identifier: MIT
 *
 * backend_fcgi: see backend_fcgi.h.
 *
 * Every failure of a worker lands in fail(), which decides once: nothing of the request was read by
 * it and another may be tried; or the client gets 502. Either way it is of no use any more and the
 * manager is told; it stays busy until the manager says that it is gone.
 */
#include "gateway/backend_fcgi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/log.h"
#include "gateway/fcgi_link.h"
#include "gateway/fcgi_record.h"
#include "gateway/fcgi_wrap.h"
#include "gateway/relay.h"
#include "gateway/said.h"

/* Reads of one worker before others get their turn. */
#define READS_A_TURN 16

struct fcgi_worker {
	struct worker w;
	struct fcgi_link link;
	bool body_ended; /* the end of STDIN is in link.out */
	bool readable;   /* there may be more: the client's side was full */
	bool deaf;       /* it takes no more of the request, but may have answered it */
	uint64_t sent;   /* bytes of this request that the socket took */
	bool carried;    /* some of a body is among them */
	bool answered;   /* something of this request's answer has come */
	bool dead;       /* the process is; what it said may wait for the client's side */
	struct fcgi_reader reader;
	const char *refusal; /* what was read says something that is no response */
	struct said said;    /* FCGI_STDERR */
};

static void (*tell_broken)(struct worker *w, const char *why);

void fcgi_backend_init(void (*broken)(struct worker *w, const char *why))
{
	tell_broken = broken;
}

static struct fcgi_worker *fcgi_of(struct worker *w)
{
	return container_of(w, struct fcgi_worker, w);
}

static struct loop *loop_of(const struct fcgi_worker *f)
{
	return &((struct lane *)f->w.home)->loop;
}

static void hang_up(struct fcgi_worker *f)
{
	fcgi_link_close(&f->link, loop_of(f));
}

/* ---- failure ---- */

/* Has the worker surely not begun with it? An idempotent request may also be sent again if part of
 * it was left unread (a reset says so; RFC 9110 9.2.2). If the body is still whole. */
static void fail_request(struct fcgi_worker *f, const char *why, bool unread)
{
	struct request *r = f->w.request;
	bool again = r && unread && !f->answered && request_may_start_again(r) &&
		     (f->sent == 0 || request_is_idempotent(r));

	tell_broken(&f->w, why);
	if (again) {
		log_notice("[pool %s] child %u %s: request %016" PRIx64 " goes to another",
			r->pool->name, f->w.pid, why, r->id);
		hang_up(f);
		if (f->sent == 0)
			r->tries--; /* it was not even spoken to: however many of those there are */
		dispatch_retry(&f->w);
		return;
	}
	hang_up(f);
	if (!r)
		return;
	log_error("[pool %s] child %u %s while serving request %016" PRIx64 " \"%.*s %.*s\"",
		r->pool->name, f->w.pid, why, r->id, SPAN_FMT(request_method(r)),
		SPAN_FMT(request_target(r)));
	f->w.request = NULL;
	r->worker = NULL;
	request_fail(r, 502);
}

static void fail(struct fcgi_worker *f, const char *why, bool unread)
{
	fail_request(f, why, unread);
	if (f->dead) /* and the manager has said so */
		dispatch_idle(&f->w);
}

/* ---- sending ---- */

static bool connect_worker(struct fcgi_worker *f)
{
	f->reader = (struct fcgi_reader){0};
	return fcgi_link_open(&f->link, loop_of(f));
}

/* A kept connection may have been closed by the worker just now: that says nothing about the
 * worker, and what it never saw can be said again over a new one. */
static bool connect_again(struct fcgi_worker *f)
{
	return f->sent == 0 && !f->link.fresh && connect_worker(f);
}

/* Writes until the socket is full or there is nothing left to say. False: the request is not ours
 * any more. */
static bool send_all(struct fcgi_worker *f)
{
	struct request *r = f->w.request;
	ssize_t n;

	do {
		if (r && !fcgi_wrap_body(&f->link.out, r, &f->body_ended)) {
			fail(f, "could not be given the body", false);
			return false;
		}
		f->carried = r ? r->body_at > 0 : f->carried;
		if (buf_len(&f->link.out) == 0)
			break;
		n = send(
			f->link.io.fd, buf_head(&f->link.out), buf_len(&f->link.out), MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			fcgi_link_watch_room(&f->link, loop_of(f), true);
			return true;
		}
		if (n < 0 && connect_again(f))
			continue;
		if (n < 0 && f->sent == 0) {
			fail(f, "closed its socket", true);
			return false;
		}
		if (n < 0) {
			/* What is to be made of this shows when its side has been read. */
			f->deaf = true;
			buf_clear(&f->link.out);
			break;
		}
		f->sent += (uint64_t)n;
		buf_drop(&f->link.out, (size_t)n);
	} while (true);
	fcgi_link_watch_room(&f->link, loop_of(f), false);
	return true;
}

/* And has more of a body that is passed on as it comes read, and its time measured. */
static void send_more(struct fcgi_worker *f)
{
	struct request *r = f->w.request;

	if (!send_all(f) || !r || !r->streams)
		return;
	r->unwanted = f->deaf;
	worker_fed(&f->w);
}

static void fcgi_start(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);
	struct request *r = w->request;

	f->answered = f->body_ended = f->readable = f->deaf = f->carried = false;
	f->sent = 0;
	request_body_from_start(r);
	said_begin(&f->said, dispatch_said(w->dispatch));
	snprintf(f->said.tag, sizeof f->said.tag, "[pool %s] child %u, request %016" PRIx64,
		r->pool->name, w->pid, r->id);
	buf_clear(&f->link.out);
	if (f->link.io.fd < 0 && !connect_worker(f)) {
		fail(f, "does not answer on its socket", true);
	} else if (!fcgi_wrap_head(&f->link.out, r)) {
		buf_clear(&f->link.out);
		w->request = NULL;
		r->worker = NULL;
		request_fail(r, 503);
		dispatch_idle(w);
	} else {
		send_more(f);
	}
}

/* ---- receiving ---- */

/* The worker is done with this request, and its connection with it. */
static void finish(struct fcgi_worker *f)
{
	struct request *r = f->w.request;
	bool ok;

	said_end(&f->said);
	worker_worked(&f->w);
	f->w.request = NULL;
	f->link.fresh = false;
	ok = !r || relay_finish(r, f->said.tag);
	/* It answered before it had read all we have for it: the rest must not reach the next. As
	 * it must not when we have sent it all: libfcgi takes what its program left of a body for
	 * the next request. Nor must an answer that is still to come, if the end was one too many.
	 */
	if (!ok || buf_len(&f->link.out) || !f->body_ended || f->carried)
		hang_up(f);
	dispatch_idle(&f->w);
}

/* What is no response makes no bad worker: it may serve the next when this one's end has come. */
static void take_output(struct fcgi_worker *f, struct span bytes)
{
	struct request *r = f->w.request;

	if (!r || !(f->refusal = relay_output(r, bytes)))
		return;
	f->w.request = NULL;
	if (!f->body_ended) /* which it may be waiting for */
		fcgi_link_break_off(&f->link, loop_of(f));
}

/* One event. NULL, or what is wrong with it. */
static const char *take_record(struct fcgi_worker *f, const struct fcgi_event *ev)
{
	const char *why;

	if (ev->kind == FCGI_EV_NONE || ev->kind == FCGI_EV_STREAM_END)
		return NULL;
	f->answered = true;
	why = fcgi_wrap_judge(ev);
	if (why || ev->kind != FCGI_EV_DATA)
		return why;
	if (ev->type == FCGI_STDERR)
		said_take(&f->said, ev->data);
	else
		take_output(f, ev->data);
	return NULL;
}

/* What was read, record by record. True: go on reading. Only behind it the client may have an
 * answer, since what it sends next is read at once, to where these bytes are. */
static bool take(struct fcgi_worker *f, struct span bytes)
{
	struct fcgi_event ev = {.kind = FCGI_EV_NONE};
	struct request *r = f->w.request;
	const char *why = NULL;

	f->refusal = NULL;
	while (bytes.n && !why && ev.kind != FCGI_EV_END) {
		ssize_t n = fcgi_read(&f->reader, bytes.p, bytes.n, &ev);
		why = n < 0 ? f->reader.why : take_record(f, &ev);
		bytes = span_from(bytes, n < 0 ? 0 : (size_t)n);
	}
	if (f->refusal)
		relay_refuse(r, f->said.tag, f->refusal);
	if (bytes.n) /* nobody asked for what follows */
		hang_up(f);
	if (why)
		fail(f, why, false);
	else if (ev.kind == FCGI_EV_END)
		finish(f);
	return !why && ev.kind != FCGI_EV_END;
}

/* Read no further than the client's side can hold. */
static bool is_full(const struct fcgi_worker *f)
{
	const struct request *r = f->w.request;

	return r && r->front->full(r);
}

static void lost(struct fcgi_worker *f, int err)
{
	if (!f->w.request && !f->body_ended) { /* broken off: no news about the process */
		hang_up(f);
		dispatch_idle(&f->w);
	} else if (err) {
		fail(f, "reset its connection", err == ECONNRESET || err == EPIPE);
	} else {
		fail(f, "closed its connection", f->deaf);
	}
}

/* A short read has emptied the socket, and the next bytes are a new edge; but an end of the stream
 * that was announced with these bytes is not. */
static bool may_have_more(const struct fcgi_worker *f, ssize_t n)
{
	return n == LANE_SCRATCH || (n > 0 && f->link.ending);
}

/* The front may lose its client while it flushes, and we may be called from there (abandon): so
 * that is the last thing done. */
static void read_some(struct fcgi_worker *f)
{
	char *room = lane_here->scratch;
	ssize_t n = LANE_SCRATCH;
	int reads = 0;

	for (; reads < READS_A_TURN && may_have_more(f, n) && !is_full(f); reads++) {
		n = recv(f->link.io.fd, room, LANE_SCRATCH, 0);
		if (n > 0 && !take(f, (struct span){room, (size_t)n}))
			return;
	}
	f->readable = may_have_more(f, n);
	if (reads && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))) {
		lost(f, n < 0 ? errno : 0);
		return;
	} else if (f->dead && !f->readable) {
		fail(f, "died", false);
		return;
	}
	if (f->readable && !is_full(f)) /* others get their turn, and we get another event */
		fcgi_link_rearm(&f->link, loop_of(f));
	if (f->w.request)
		f->w.request->front->flush(f->w.request);
}

/* An idle worker has nothing to say; if its connection ends, that is no news about the process. */
static void on_idle_event(struct fcgi_worker *f)
{
	if (!dispatch_lock_if_idle(&f->w))
		return;
	hang_up(f);
	dispatch_unlock(f->w.dispatch);
}

static void on_io(struct io *io, uint32_t events)
{
	struct fcgi_worker *f = container_of(io, struct fcgi_worker, link.io);

	/* In this order: whoever takes an idle worker becomes its home before it is busy. */
	if (f->w.state != WORKER_BUSY) {
		on_idle_event(f);
		return;
	}
	if (f->w.home != lane_here)
		return; /* taken by another lane after this event was fetched */
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		f->link.ending = true;
	if ((events & EPOLLOUT) && f->link.waits_room)
		send_more(f);
	if (f->link.io.fd >= 0 && (events & ~(uint32_t)EPOLLOUT))
		read_some(f);
}

/* ---- the rest of the backend ---- */

static void fcgi_resume(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);

	if (f->readable && f->link.io.fd >= 0)
		read_some(f);
}

static void fcgi_more(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);

	if (f->link.io.fd >= 0 && !f->link.waits_room && !f->deaf)
		send_more(f);
}

/* The answer is read to its end and thrown away: the worker and its connection stay warm. One that
 * may be waiting for more of a body sees that there is none; but it may be far from reading. */
static void fcgi_abandon(struct worker *w, struct request *r)
{
	struct fcgi_worker *f = fcgi_of(w);

	(void)r;
	if (!f->body_ended)
		fcgi_link_break_off(&f->link, loop_of(f));
	fcgi_resume(w);
}

static void fcgi_kill(struct worker *w, const char *why)
{
	struct fcgi_worker *f = fcgi_of(w);

	tell_broken(w, why);
	hang_up(f);
	if (f->dead)
		dispatch_idle(w);
}

static void fcgi_died(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);

	f->dead = true;
	if (f->link.io.fd >= 0)
		read_some(f); /* its last words, now or when there is room for them */
	else
		dispatch_idle(w);
}

static void fcgi_move(struct worker *w, struct lane *from, struct lane *to)
{
	fcgi_link_move(&fcgi_of(w)->link, from ? &from->loop : NULL, from == lane_here,
		to ? &to->loop : NULL);
}

static void fcgi_close(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);

	hang_up(f);
	buf_free(&f->link.out);
}

static void fcgi_forget(struct worker *w, struct lane *l)
{
	loop_forget(&l->loop, &fcgi_of(w)->link.io);
}

static void fcgi_bury(struct worker *w)
{
	free(fcgi_of(w));
}

static const struct backend fcgi_backend = {
	.start = fcgi_start,
	.resume = fcgi_resume,
	.more = fcgi_more,
	.abandon = fcgi_abandon,
	.kill = fcgi_kill,
	.died = fcgi_died,
	.move = fcgi_move,
	.close = fcgi_close,
	.forget = fcgi_forget,
	.bury = fcgi_bury,
};

struct worker *fcgi_worker_new(struct dispatch *d, uint32_t id, uint32_t pid, struct span path)
{
	struct fcgi_worker *f = calloc(1, sizeof *f);

	if (!f || !fcgi_link_init(&f->link, path, on_io)) {
		free(f);
		return NULL;
	}
	worker_init(&f->w, &fcgi_backend, d, id, pid);
	return &f->w;
}
