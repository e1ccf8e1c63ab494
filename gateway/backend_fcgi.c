/* SPDX-License-Identifier: MIT
 *
 * backend_fcgi: see backend_fcgi.h.
 *
 * Every failure lands in fail(), which decides once: nothing of the request was read by the
 * worker and it may be tried elsewhere; or the client gets 502. Either way the worker is of no use
 * any more and the manager is told; it stays busy until the manager says that it is gone.
 */
#include "gateway/backend_fcgi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "gateway/fcgi_record.h"
#include "gateway/fcgi_wrap.h"
#include "gateway/relay.h"
#include "gateway/said.h"

/* Reads of one worker before others get their turn. */
#define READS_A_TURN 16

struct fcgi_worker {
	struct worker w;
	struct io io;
	struct sockaddr_un addr;
	struct buf out;   /* records on their way */
	bool body_ended;  /* the end of STDIN is in `out` */
	bool waits_room;  /* EPOLLOUT is armed */
	bool readable;    /* there may be more: the client's side was full */
	bool ending;      /* its side is closed: what there is must be read to the end */
	bool deaf;        /* it takes no more of the request, but may have answered it */
	uint64_t sent;    /* bytes of this request that the socket took */
	uint64_t body_at; /* of the request's body, what is wrapped up to here */
	bool answered;    /* something of this request's answer has come */
	bool fresh;       /* nothing was asked over this connection before */
	struct fcgi_reader reader;
	struct said said; /* FCGI_STDERR */
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

static void hang_up(struct fcgi_worker *f)
{
	if (f->io.fd >= 0)
		loop_del(&((struct lane *)f->w.home)->loop, &f->io);
	fd_close(&f->io.fd);
	f->waits_room = false;
	buf_clear(&f->out);
}

/* ---- failure ---- */

/* Has the worker surely not begun with it? An idempotent request may also be sent again if part of
 * it was left unread (the kernel says so by a reset; RFC 9110 9.2.2). The body is still whole. */
static void fail(struct fcgi_worker *f, const char *why, bool unread)
{
	struct request *r = f->w.request;
	bool again = r && unread && !f->answered && (f->sent == 0 || request_is_idempotent(r));

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
		r->pool->name, f->w.pid, why, r->id, SPAN_FMT(request_span(r, r->head.method)),
		SPAN_FMT(request_span(r, r->head.target)));
	f->w.request = NULL;
	r->worker = NULL;
	request_fail(r, 502);
}

/* ---- sending ---- */

/* Also brings another event for what is there already. */
static void rearm_edge(struct fcgi_worker *f)
{
	struct lane *home = f->w.home;
	uint32_t out = f->waits_room ? (uint32_t)EPOLLOUT : 0u;

	loop_mod(&home->loop, &f->io, EPOLLIN | EPOLLRDHUP | EPOLLET | out);
}

static void watch_room(struct fcgi_worker *f, bool on)
{
	if (f->waits_room == on)
		return;
	f->waits_room = on;
	rearm_edge(f);
}

static bool connect_worker(struct fcgi_worker *f)
{
	struct lane *home = f->w.home;

	f->io.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	f->reader = (struct fcgi_reader){0};
	f->fresh = true;
	f->ending = false;
	if (f->io.fd >= 0 && connect(f->io.fd, (void *)&f->addr, sizeof f->addr) == 0 &&
		loop_add(&home->loop, &f->io, EPOLLIN | EPOLLRDHUP | EPOLLET) == 0)
		return true;
	fd_close(&f->io.fd);
	return false;
}

/* A kept connection may have been closed by the worker just now: that says nothing about the
 * worker, and what it never saw can be said again over a new one. */
static bool connect_again(struct fcgi_worker *f)
{
	struct lane *home = f->w.home;

	if (f->sent || f->fresh)
		return false;
	loop_del(&home->loop, &f->io);
	fd_close(&f->io.fd);
	return connect_worker(f);
}

/* Writes until the socket is full or there is nothing left to say. */
static void send_more(struct fcgi_worker *f)
{
	struct request *r = f->w.request;
	ssize_t n;

	do {
		if (r && !fcgi_wrap_body(&f->out, r, &f->body_at, &f->body_ended)) {
			fail(f, "could not be given the body", false);
			return;
		}
		if (buf_len(&f->out) == 0)
			break;
		n = send(f->io.fd, buf_head(&f->out), buf_len(&f->out), MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			watch_room(f, true);
			return;
		}
		if (n < 0 && connect_again(f))
			continue;
		if (n < 0 && f->sent == 0) {
			fail(f, "closed its socket", true);
			return;
		}
		if (n < 0) {
			/* What is to be made of this shows when its side has been read. */
			f->deaf = true;
			buf_clear(&f->out);
			break;
		}
		f->sent += (uint64_t)n;
		buf_drop(&f->out, (size_t)n);
	} while (true);
	watch_room(f, false);
}

static void fcgi_start(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);
	struct request *r = w->request;

	f->answered = f->body_ended = f->readable = f->deaf = false;
	f->sent = f->body_at = 0;
	said_begin(&f->said);
	snprintf(f->said.tag, sizeof f->said.tag, "[pool %s] child %u, request %016" PRIx64,
		r->pool->name, w->pid, r->id);
	buf_clear(&f->out);
	if (f->io.fd < 0 && !connect_worker(f)) {
		fail(f, "does not answer on its socket", true);
	} else if (!fcgi_wrap_head(&f->out, r)) {
		buf_clear(&f->out);
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
	f->fresh = false;
	ok = !r || relay_finish(r, f->said.tag);
	/* It answered before it had read all we have for it: the rest must not reach the next. As
	 * it must not when we have sent it all: libfcgi takes what its program left of a body for
	 * the next request. Nor must an answer that is still to come, if the end was one too many.
	 */
	if (!ok || buf_len(&f->out) || !f->body_ended || f->body_at)
		hang_up(f);
	dispatch_idle(&f->w);
}

static const char *take_stream(struct fcgi_worker *f, const struct fcgi_event *ev)
{
	if (ev->type == FCGI_STDERR)
		said_take(&f->said, ev->data);
	else if (ev->type != FCGI_STDOUT)
		return "sent a stream that is not a worker's to send";
	else if (f->w.request)
		return relay_output(f->w.request, ev->data);
	return NULL;
}

/* One event. NULL, or what is wrong with it. */
static const char *take_record(struct fcgi_worker *f, const struct fcgi_event *ev)
{
	if (ev->kind == FCGI_EV_NONE || ev->kind == FCGI_EV_STREAM_END)
		return NULL;
	f->answered = true;
	if (ev->id != FCGI_WRAP_ID)
		return "sent a record of a request that it does not have";
	if (ev->kind == FCGI_EV_DATA)
		return take_stream(f, ev);
	if (ev->kind != FCGI_EV_END)
		return "sent a record that is not a worker's to send";
	return ev->protocol_status == FCGI_REQUEST_COMPLETE ? NULL : "refused the request";
}

/* What was read, record by record. True: go on reading. */
static bool take(struct fcgi_worker *f, struct span bytes)
{
	struct fcgi_event ev;

	while (bytes.n) {
		ssize_t n = fcgi_read(&f->reader, bytes.p, bytes.n, &ev);
		const char *why = n < 0 ? f->reader.why : take_record(f, &ev);
		if (why) {
			fail(f, why, false);
			return false;
		}
		bytes = span_from(bytes, (size_t)n);
		if (ev.kind == FCGI_EV_END) {
			if (bytes.n) /* nobody asked for what follows */
				hang_up(f);
			finish(f);
			return false;
		}
	}
	return true;
}

/* Read no further than the client's side can hold. */
static bool is_full(const struct fcgi_worker *f)
{
	const struct request *r = f->w.request;

	return r && r->front->full(r);
}

static void lost(struct fcgi_worker *f, int err)
{
	if (err)
		fail(f, "reset its connection", err == ECONNRESET || err == EPIPE);
	else
		fail(f, "closed its connection", f->deaf);
}

/* A short read has emptied the socket, and the next bytes are a new edge; but an end of the stream
 * that was announced with these bytes is not. */
static bool may_have_more(const struct fcgi_worker *f, ssize_t n)
{
	return n == LANE_SCRATCH || (n > 0 && f->ending);
}

/* The front may lose its client while it flushes, and we may be called from there (abandon): so
 * that is the last thing done. */
static void read_some(struct fcgi_worker *f)
{
	char *room = lane_here->scratch;
	ssize_t n = LANE_SCRATCH;
	int reads = 0;

	for (; reads < READS_A_TURN && may_have_more(f, n) && !is_full(f); reads++) {
		n = recv(f->io.fd, room, LANE_SCRATCH, 0);
		if (n > 0 && !take(f, (struct span){room, (size_t)n}))
			return;
	}
	f->readable = may_have_more(f, n);
	if (reads && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))) {
		lost(f, n < 0 ? errno : 0);
		return;
	}
	if (f->readable && !is_full(f))
		rearm_edge(f); /* others get their turn now, and we get another event */
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
	struct fcgi_worker *f = container_of(io, struct fcgi_worker, io);

	/* In this order: whoever takes an idle worker becomes its home before it is busy. */
	if (f->w.state != WORKER_BUSY) {
		on_idle_event(f);
		return;
	}
	if (f->w.home != lane_here)
		return; /* taken by another lane after this event was fetched */
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		f->ending = true;
	if ((events & EPOLLOUT) && f->waits_room)
		send_more(f);
	if (f->io.fd >= 0 && (events & ~(uint32_t)EPOLLOUT))
		read_some(f);
}

/* ---- the rest of the backend ---- */

static void fcgi_resume(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);

	if (f->readable && f->io.fd >= 0)
		read_some(f);
}

/* The answer is read to its end and thrown away: the worker and its connection stay warm. */
static void fcgi_abandon(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);

	if (!f->body_ended) {
		/* The worker waits for a body that is no more. */
		hang_up(f);
		dispatch_idle(w);
	} else if (f->readable && f->io.fd >= 0) {
		read_some(f);
	}
}

static void fcgi_kill(struct worker *w, const char *why)
{
	tell_broken(w, why);
	hang_up(fcgi_of(w));
}

static void fcgi_died(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);

	if (f->io.fd >= 0)
		read_some(f); /* its last words, and the end of file behind them */
	if (f->w.request && f->io.fd >= 0)
		fail(f, "died", false);
	if (w->state == WORKER_BUSY)
		dispatch_idle(w);
}

static void fcgi_move(struct worker *w, struct lane *from, struct lane *to)
{
	struct fcgi_worker *f = fcgi_of(w);

	if (f->io.fd < 0)
		return;
	if (from == lane_here)
		loop_del(&from->loop, &f->io);
	else if (from)
		loop_detach(&from->loop, &f->io);
	if (to && loop_add(&to->loop, &f->io, EPOLLIN | EPOLLRDHUP | EPOLLET) < 0)
		fd_close(&f->io.fd);
}

static void fcgi_close(struct worker *w)
{
	struct fcgi_worker *f = fcgi_of(w);

	hang_up(f);
	buf_free(&f->out);
}

static void fcgi_forget(struct worker *w, struct lane *l)
{
	loop_forget(&l->loop, &fcgi_of(w)->io);
}

static void fcgi_bury(struct worker *w)
{
	free(fcgi_of(w));
}

static const struct backend fcgi_backend = {
	.start = fcgi_start,
	.resume = fcgi_resume,
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

	if (!f || path.n >= sizeof f->addr.sun_path) {
		free(f);
		return NULL;
	}
	f->io = (struct io){.fd = -1, .fn = on_io};
	f->addr.sun_family = AF_UNIX;
	memcpy(f->addr.sun_path, path.p, path.n);
	worker_init(&f->w, &fcgi_backend, d, id, pid);
	return &f->w;
}
