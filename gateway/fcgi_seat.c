/* SPDX-License-Identifier: MIT
 *
 * fcgi_seat: see fcgi_seat.h.
 *
 * Every failure lands in fcgi_seat_fail, which decides once: nothing of the request was read by the
 * worker and another may be tried; or the client gets 502. Either way its process is of no use any
 * more and the manager is told; the seat stays busy until the manager says that it is gone, and so
 * do the others with what they have: they fail when it is ended, or have their answers by then. Of
 * a server that is not ours only the connection is lost.
 */
#include "gateway/fcgi_seat.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/log.h"
#include "gateway/door.h"
#include "gateway/fcgi_wrap.h"

/* In which an end that follows upon an answer is here. */
#define RESTED_MS 10

static void (*tell_broken)(struct worker *w, const char *why);

void fcgi_seat_init(void (*broken)(struct worker *w, const char *why))
{
	tell_broken = broken;
}

void fcgi_seat_hang_up(struct fcgi_seat *f)
{
	fcgi_link_close(&f->link, fcgi_seat_loop(f));
}

/* ---- failure ---- */

void fcgi_seat_break(struct fcgi_seat *f, const char *why)
{
	if (roster_break(f->w.crew))
		tell_broken(&f->w, why);
}

static void break_ours(struct fcgi_seat *f, enum tally_ending ending, const char *why)
{
	(void)ending;
	fcgi_seat_break(f, why);
}

/* If it is dead, the manager has said so. */
static void settle_ours(struct fcgi_seat *f)
{
	if (f->dead)
		dispatch_idle(&f->w);
}

static bool connect_ours(struct fcgi_seat *f)
{
	f->reader = (struct fcgi_reader){0};
	f->owes_values = false;
	return fcgi_link_open(&f->link, fcgi_seat_loop(f));
}

const struct fcgi_end fcgi_end_ours = {
	.ours = true,
	.connect = connect_ours,
	.failed = break_ours,
	.failed_wholly = settle_ours,
};

/* Has the worker surely not begun with it? An idempotent request may also be sent again if part of
 * it was left unread (a reset says so; RFC 9110 9.2.2). If the body is still whole. */
static void fail_request(struct fcgi_seat *f, const char *why, bool unread)
{
	struct request *r = f->w.request;
	const char *colon = f->end->ours ? "" : ":";
	bool again = r && unread && !f->answered && request_may_start_again(r) &&
		     (f->sent == 0 || request_is_idempotent(r));

	if (again) {
		log_notice("[pool %s] %s%s %s: request %016" PRIx64 " %s", r->pool->name, f->who,
			colon, why, r->id, f->end->ours ? "goes to another" : "is tried again");
		fcgi_seat_hang_up(f);
		if (f->sent == 0)
			r->tries--; /* it was not even spoken to: however many of those there are */
		dispatch_retry(&f->w);
		return;
	}
	fcgi_seat_hang_up(f);
	if (!r)
		return;
	log_error("[pool %s] %s%s %s while serving request %016" PRIx64 " \"%.*s %.*s\"",
		r->pool->name, f->who, colon, why, r->id, SPAN_FMT(request_method(r)),
		SPAN_FMT(request_target(r)));
	f->w.request = NULL;
	r->worker = NULL;
	request_fail(r, 502);
}

void fcgi_seat_fail_as(struct fcgi_seat *f, enum tally_ending ending, const char *why, bool unread)
{
	if (f->end->ours || f->sent) /* else nothing has ended */
		tally_ended(f->w.tally, ending);
	f->end->failed(f, ending, why);
	fail_request(f, why, unread);
	f->end->failed_wholly(f);
}

void fcgi_seat_fail(struct fcgi_seat *f, const char *why, bool unread)
{
	fcgi_seat_fail_as(f, ENDED_CRASHED, why, unread);
}

/* ---- sending ---- */

/* The gateway's, and not a sign that something is wrong with a worker. */
static bool is_our_lack(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOMEM || err == ENOBUFS || err == ENOSPC;
}

static void on_unburdened(struct lane *l, struct mail *m)
{
	struct worker *w = container_of(m, struct worker, grant);

	(void)l;
	fcgi_seat_of(w)->unburdened = false;
	dispatch_idle(w);
}

void fcgi_seat_unburden(struct fcgi_seat *f)
{
	timer_stop(fcgi_seat_loop(f), &f->w.deadline);
	f->unburdened = true;
	lane_post(f->w.home, &f->w.grant, on_unburdened);
}

/* The worker has heard nothing of its request, and shall not. */
static void turn_down(struct fcgi_seat *f, const char *why)
{
	struct worker *w = &f->w;
	struct request *r = w->request;

	fcgi_seat_hang_up(f); /* nothing shall come over it before it rests */
	w->request = NULL;
	r->worker = NULL;
	fcgi_seat_unburden(f);
	door_tell(w->dispatch, r, why);
	request_fail(r, 503);
}

bool fcgi_seat_spare(struct worker *w)
{
	struct fcgi_seat *f = fcgi_seat_of(w);

	if (f->link.io.fd < 0)
		return false;
	fcgi_link_move(&f->link, fcgi_seat_loop(f), w->home == lane_here, NULL);
	fd_close(&f->link.io.fd);
	return true;
}

static bool make_room(void)
{
	const struct plan *p = lane_here->plan;
	bool made = false;

	for (size_t i = 0; p && !made && i < p->npools; i++)
		made = p->pools[i]->dispatch && roster_spare(p->pools[i]->dispatch);
	return made;
}

bool fcgi_seat_connect(struct fcgi_seat *f)
{
	int err;

	if (f->end->connect(f))
		return true;
	err = errno;
	if ((err == EMFILE || err == ENFILE) && make_room())
		return f->end->connect(f);
	errno = err;
	return false;
}

/* A kept connection may have been closed by the worker just now: that says nothing about the
 * worker, and what it never saw can be said again over a new one. */
static bool connect_again(struct fcgi_seat *f)
{
	return f->sent == 0 && !f->link.fresh && fcgi_seat_connect(f);
}

static const char *why_unreached(const struct fcgi_seat *f, int err, const char *ours)
{
	return f->end->ours ? ours : fcgi_link_why(err);
}

/* Writes until the socket is full or there is nothing left to say. False: the request is not ours
 * any more. */
static bool send_all(struct fcgi_seat *f)
{
	struct request *r = f->w.request;
	ssize_t n;

	do {
		if (r && !fcgi_wrap_body(&f->link.out, r, f->id, &f->body_ended)) {
			fcgi_seat_fail_as(f, ENDED_BODY_LOST, "could not be given the body", false);
			return false;
		}
		f->carried = r ? r->body_at > 0 : f->carried;
		if (buf_len(&f->link.out) == 0)
			break;
		n = send(
			f->link.io.fd, buf_head(&f->link.out), buf_len(&f->link.out), MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			fcgi_link_watch_room(&f->link, fcgi_seat_loop(f), true);
			return true;
		}
		if (n < 0 && connect_again(f))
			continue;
		if (n < 0 && f->sent == 0) {
			fcgi_seat_fail(f, why_unreached(f, errno, "closed its socket"), true);
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
	fcgi_link_watch_room(&f->link, fcgi_seat_loop(f), false);
	return true;
}

/* Also has more of a body that is passed on as it comes read, and its time measured. */
void fcgi_seat_send(struct fcgi_seat *f)
{
	struct request *r = f->w.request;

	if (!send_all(f) || !r || !r->streams)
		return;
	r->unwanted = f->deaf;
	worker_fed(&f->w);
}

/* For every request, and hardly ever needed: without printf. */
static void put_tag(const struct fcgi_seat *f, const struct request *r, char *to, size_t room)
{
	char id[REQUEST_ID_DIGITS + 1] = "";
	const char *const parts[] = {"[pool ", r->pool->name, "] ", f->who, ", request ", id};

	request_put_id(r, id);
	for (size_t i = 0; i < nitems(parts); i++) {
		size_t n = strnlen(parts[i], room - 1);
		memcpy(to, parts[i], n);
		to += n;
		room -= n;
	}
	*to = '\0';
}

void fcgi_seat_begin(struct fcgi_seat *f)
{
	struct worker *w = &f->w;
	struct request *r = w->request;

	f->answered = f->spoke = f->judged = f->left = f->body_ended = f->readable = f->deaf =
		f->carried = false;
	f->sent = 0;
	request_body_from_start(r);
	said_begin(&f->said, dispatch_said(w->dispatch));
	put_tag(f, r, f->said.tag, sizeof f->said.tag);
	buf_clear(&f->link.out);
}

bool fcgi_seat_has_rested(const struct fcgi_seat *f)
{
	return mono_ms_between(f->done_at, lane_here->loop.now) >= RESTED_MS &&
	       !fcgi_link_has_ended(&f->link);
}

void fcgi_seat_unreached(struct fcgi_seat *f, int err)
{
	if (is_our_lack(err))
		turn_down(f, "the gateway has no descriptor for a connection to a worker");
	else
		fcgi_seat_fail(f, why_unreached(f, err, "does not answer on its socket"), true);
}

static void give_id(struct fcgi_seat *f)
{
	if (f->link.fresh) {
		f->id = FCGI_WRAP_FIRST_ID;
		f->knows_one_id = false;
	} else {
		f->id = f->knows_one_id ? FCGI_WRAP_ONLY_ID : fcgi_wrap_next_id(f->id);
	}
}

void fcgi_seat_speak(struct fcgi_seat *f)
{
	give_id(f);
	if (fcgi_wrap_head(&f->link.out, f->w.request, f->id))
		fcgi_seat_send(f);
	else
		turn_down(f, "the gateway is out of memory");
}
