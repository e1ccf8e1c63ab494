/* SPDX-License-Identifier: MIT
 *
 * backend_fcgi: see backend_fcgi.h. What is said to a worker stands in fcgi_seat.c, what it answers
 * in fcgi_hear.c; here is what happens to it.
 */
#include "gateway/backend_fcgi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/fcgi_hear.h"
#include "gateway/fcgi_knock.h"

/* ---- its connection ---- */

/* An idle worker has nothing to say; if its connection ends, that is no news about the process. */
static void on_idle_event(struct fcgi_seat *f)
{
	if (!dispatch_lock_if_idle(&f->w))
		return;
	f->keeps = false;
	fcgi_seat_hang_up(f);
	if (f->end->hung_up)
		f->end->hung_up(f);
	dispatch_unlock(f->w.dispatch);
}

static void on_io(struct io *io, uint32_t events)
{
	struct fcgi_seat *f = container_of(io, struct fcgi_seat, link.io);

	/* In this order: whoever takes an idle worker becomes its home before it is busy. */
	if (f->w.state != WORKER_BUSY) {
		on_idle_event(f);
		return;
	}
	if (f->w.home != lane_here)
		return; /* taken by another lane after this event was fetched */
	if (f->knocks) {
		fcgi_knock_event(f, events);
		return;
	}
	if (f->alone) {
		f->end->reached(f);
		return;
	}
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		f->link.ending = true;
	if ((events & EPOLLOUT) && f->link.waits_room)
		fcgi_seat_send(f);
	if (f->link.io.fd >= 0 && (events & ~(uint32_t)EPOLLOUT))
		fcgi_hear(f);
}

/* ---- the rest of the backend ---- */

/* This cannot be said again, if nobody is there to hear it. */
static void be_sure(struct fcgi_seat *f)
{
	f->keeps = f->keeps || (f->link.io.fd >= 0 && fcgi_seat_has_rested(f));
	if (!f->keeps)
		fcgi_seat_hang_up(f);
}

static void fcgi_start(struct worker *w)
{
	struct fcgi_seat *f = fcgi_seat_of(w);

	fcgi_seat_begin(f);
	if (!request_is_idempotent(w->request))
		be_sure(f);
	if (f->link.io.fd < 0 && !fcgi_seat_connect(f))
		fcgi_seat_unreached(f, errno);
	else
		fcgi_seat_speak(f);
}

void fcgi_seat_resume(struct worker *w)
{
	struct fcgi_seat *f = fcgi_seat_of(w);

	if (f->readable && f->link.io.fd >= 0)
		fcgi_hear(f);
}

void fcgi_seat_more(struct worker *w)
{
	struct fcgi_seat *f = fcgi_seat_of(w);

	if (f->link.io.fd >= 0 && !f->link.waits_room && !f->deaf)
		fcgi_seat_send(f);
}

/* The answer is read to its end and thrown away: the worker and its connection stay warm. One that
 * may be waiting for more of a body sees that there is none; but it may be far from reading. */
static void fcgi_abandon(struct worker *w, struct request *r)
{
	struct fcgi_seat *f = fcgi_seat_of(w);

	(void)r;
	if (!f->body_ended)
		fcgi_link_break_off(&f->link, fcgi_seat_loop(f));
	fcgi_seat_resume(w);
}

static void fcgi_kill(struct worker *w, const char *why)
{
	struct fcgi_seat *f = fcgi_seat_of(w);

	fcgi_seat_break(f, why);
	fcgi_knock_stop(f);
	fcgi_seat_hang_up(f);
	if (f->dead)
		dispatch_idle(w);
}

static void fcgi_died(struct worker *w)
{
	struct fcgi_seat *f = fcgi_seat_of(w);

	f->dead = true;
	if (f->knocks)
		fcgi_knock_answered(f);
	else if (f->link.io.fd >= 0)
		fcgi_hear(f); /* its last words, now or when there is room for them */
	else if (!f->unburdened)
		dispatch_idle(w);
}

void fcgi_seat_move(struct worker *w, struct lane *from, struct lane *to)
{
	fcgi_link_move(&fcgi_seat_of(w)->link, from ? &from->loop : NULL, from == lane_here,
		to ? &to->loop : NULL);
}

static void fcgi_close(struct worker *w)
{
	struct fcgi_seat *f = fcgi_seat_of(w);

	fcgi_seat_hang_up(f);
	buf_free(&f->link.out);
}

void fcgi_seat_forget(struct worker *w, struct lane *l)
{
	loop_forget(&l->loop, &fcgi_seat_of(w)->link.io);
}

static void fcgi_bury(struct worker *w)
{
	said_free(&fcgi_seat_of(w)->said);
	free(fcgi_seat_of(w));
}

static const struct backend fcgi_backend = {
	.start = fcgi_start,
	.resume = fcgi_seat_resume,
	.more = fcgi_seat_more,
	.unanswered = fcgi_knock_suspect,
	.abandon = fcgi_abandon,
	.kill = fcgi_kill,
	.died = fcgi_died,
	.move = fcgi_seat_move,
	.close = fcgi_close,
	.forget = fcgi_seat_forget,
	.bury = fcgi_bury,
	.spare = fcgi_seat_spare,
};

void fcgi_seat_sit(
	struct fcgi_seat *f, const struct backend *b, const struct fcgi_end *end, struct crew *c)
{
	fcgi_link_init(&f->link, on_io);
	f->end = end;
	worker_init(&f->w, b, c);
}

static struct worker *seat_new(struct crew *c, struct span path)
{
	struct fcgi_seat *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	fcgi_seat_sit(f, &fcgi_backend, &fcgi_end_ours, c);
	if (!fcgi_peer_unix(&f->link.peer, path)) {
		free(f);
		return NULL;
	}
	snprintf(f->name, sizeof f->name, "child %u", c->pid);
	f->who = f->name;
	return &f->w;
}

bool fcgi_worker_join(struct crew *c, uint32_t seats, struct span path)
{
	struct worker *w;

	for (uint32_t i = 0; i < seats || i == 0; i++) {
		if (!(w = seat_new(c, path)))
			return i > 0; /* with fewer, then */
		if (c->met) {
			dispatch_join_busy(w);
			fcgi_knock(fcgi_seat_of(w));
		} else {
			dispatch_join(w);
		}
	}
	return true;
}
