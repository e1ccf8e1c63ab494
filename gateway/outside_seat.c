/* SPDX-License-Identifier: MIT
 *
 * outside_seat: see outside_seat.h.
 *
 * What a server has not begun with goes to another, or waits for one: it was never reached, or it
 * has reset the connection, or refused the request. A connection that just ends before anything was
 * answered says less: php-fpm ends those that it keeps when a child has served pm.max_requests, or
 * is stopped. So only requests that may be repeated are, and it says nothing about the address. An
 * idle connection that ends is closed at once, and looked at again before it is used; and for what
 * cannot be repeated, only one that has rested is.
 */
#include "gateway/outside_seat.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/log.h"
#include "common/mem.h"
#include "gateway/backend_fcgi.h"
#include "gateway/fcgi_knock.h"

/* To be connected; that is long on any network that somebody would serve pages over. */
#define CONNECT_MS 5000

/* In which a server that has nothing else to do has accepted a connection. */
#define HEARD_MS 20

/* How often it is seen whether a full backlog has room: after 2 ms, then ever more seldom. */
#define FIRST_PAUSE_MS 2
#define LAST_PAUSE_MS  64

static struct outside_seat *seat_of(struct fcgi_seat *f)
{
	return container_of(f, struct outside_seat, f);
}

/* ---- connecting ---- */

static bool connect_to(struct fcgi_seat *f)
{
	struct outside_seat *s = seat_of(f);

	f->reader = (struct fcgi_reader){0};
	f->owes_values = false;
	outside_unref(s->where);
	s->where = outside_ref(s->at);
	f->link.peer = s->at->peer;
	return fcgi_link_open(&f->link, fcgi_seat_loop(f));
}

/* Its connection is of use for this. What must not be said twice gets a new one, if the end of the
 * old one may be on its way. */
static bool may_go_on(const struct outside_seat *s)
{
	const struct fcgi_seat *f = &s->f;

	if (s->where != s->at)
		return false;
	return request_is_idempotent(f->w.request) ? !fcgi_link_has_ended(&f->link)
						   : fcgi_seat_has_rested(f);
}

static void call(struct outside_seat *s)
{
	struct fcgi_seat *f = &s->f;
	struct loop *l = fcgi_seat_loop(f);

	if (f->link.io.fd >= 0 || fcgi_seat_connect(f)) {
		if (f->link.fresh)
			timer_set_ms(l, &s->by, HEARD_MS);
		fcgi_seat_speak(f);
	} else if (errno == EAGAIN) {
		outside_is_unheard(s);
		timer_set_ms(l, &s->by, FIRST_PAUSE_MS << s->pauses);
		s->pauses += FIRST_PAUSE_MS << s->pauses < LAST_PAUSE_MS;
	} else {
		fcgi_seat_unreached(f, errno);
	}
}

static void start(struct worker *w)
{
	struct outside_seat *s = outside_seat_of(w);
	struct fcgi_seat *f = &s->f;

	f->who = w->address = s->at->label;
	s->since = lane_here->loop.now;
	s->pauses = 0;
	if (f->link.io.fd >= 0 && !may_go_on(s))
		fcgi_seat_hang_up(f);
	fcgi_seat_begin(f);
	call(s);
}

/* Its request leaves it, and it waits for the next. */
static void let_go(struct outside_seat *s)
{
	fcgi_seat_hang_up(&s->f);
	fcgi_seat_unburden(&s->f);
}

static bool has_waited_enough(const struct request *r)
{
	uint32_t most = r->pool->queue_timeout_ms;

	return most && !mono_before(r->lane->loop.now, mono_add_ms(r->entered, most));
}

static void pass_on(struct outside_seat *s)
{
	s->f.w.request->tries--;
	dispatch_retry(&s->f.w);
	let_go(s);
}

/* Its backlog was full all the time. It may be the least busy still, so it is asked again unless
 * the request has waited in lines for too long. */
static void give_back(struct outside_seat *s)
{
	struct worker *w = &s->f.w;
	struct request *r = w->request;

	if (has_waited_enough(r)) {
		log_warn("[pool %s] %s: its backlog is full; request %016" PRIx64
			 " waited longer than pm.queue_timeout",
			r->pool->name, s->at->label, r->id);
		w->request = NULL;
		r->worker = NULL;
		dispatch_count_timed_out(w->dispatch);
		request_fail(r, 503);
		let_go(s);
	} else {
		pass_on(s);
	}
}

/* ---- trials ---- */

/* Its request finds out whether the address is well again, and others are: so it need not wait. */
static bool may_leave(const struct outside_seat *s)
{
	return s->trial && !s->f.sent && request_may_start_again(s->f.w.request) &&
	       outside_has_another(s);
}

/* The connection may be there later, as over a long way. */
static void go_alone(struct outside_seat *s)
{
	struct fcgi_seat *f = &s->f;
	struct worker *w = &f->w;

	timer_stop(fcgi_seat_loop(f), &w->deadline);
	timer_set(fcgi_seat_loop(f), &s->by, mono_add_ms(s->since, CONNECT_MS));
	buf_clear(&f->link.out);
	f->alone = true;
	w->request->tries--;
	dispatch_retry(w);
}

/* If there is no connection to spare the request waits for a while, and then for no longer. */
static void leave(struct outside_seat *s)
{
	struct fcgi_seat *f = &s->f;
	struct mono by = mono_add_ms(s->since, OUTSIDE_TRIAL_MS);

	if (f->link.io.fd < 0)
		pass_on(s);
	else if (outside_is_alone(s, CONNECT_MS))
		go_alone(s);
	else if (mono_before(lane_here->loop.now, by))
		timer_set(fcgi_seat_loop(f), &s->by, by);
	else
		fcgi_seat_fail(f, fcgi_link_why(ETIMEDOUT), true);
}

static void end_alone(struct outside_seat *s, int err)
{
	struct fcgi_seat *f = &s->f;

	f->alone = false;
	if (err) {
		outside_failed(s, fcgi_link_why(err));
		fcgi_seat_hang_up(f);
	} else {
		outside_is_reached(s);
		fcgi_link_watch_room(&f->link, fcgi_seat_loop(f), false);
	}
	dispatch_idle(&f->w);
}

static void reached(struct fcgi_seat *f)
{
	int err = 0;
	socklen_t n = sizeof err;

	if (getsockopt(f->link.io.fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0)
		err = errno;
	end_alone(seat_of(f), err);
}

/* What was sent has not been read. Of the internet the kernel does not tell. */
static bool is_unread(const struct fcgi_seat *f)
{
	int unread;

	return !fcgi_link_tells_unread(&f->link) || ioctl(f->link.io.fd, SIOCOUTQ, &unread) < 0 ||
	       unread > 0;
}

/* A socket that is connected takes the first bytes at once. */
static void on_by(struct timer *t)
{
	struct outside_seat *s = container_of(t, struct outside_seat, by);
	struct fcgi_seat *f = &s->f;
	bool late = mono_ms_between(s->since, lane_here->loop.now) >= CONNECT_MS;

	if (f->alone) {
		end_alone(s, ETIMEDOUT);
		return;
	}
	if (!f->w.request || f->answered)
		return;
	if (may_leave(s)) {
		leave(s);
	} else if (f->link.io.fd < 0 && late) {
		give_back(s);
	} else if (f->link.io.fd < 0) {
		call(s);
	} else if (!f->sent && late) {
		fcgi_seat_fail(f, fcgi_link_why(ETIMEDOUT), true);
	} else {
		if (!f->sent)
			timer_set(fcgi_seat_loop(f), t, mono_add_ms(s->since, CONNECT_MS));
		else if (is_unread(f))
			outside_is_unheard(s);
	}
}

/* ---- failure ---- */

static void failed(struct fcgi_seat *f, enum tally_ending ending, const char *why)
{
	bool ended = ending == ENDED_CRASHED && f->link.fresh;

	if (ending == ENDED_NONSENSE || (ended && !f->answered && !f->left))
		outside_failed(seat_of(f), why);
	else if (ended && !f->judged)
		outside_is_broken(seat_of(f), why);
}

static void failed_wholly(struct fcgi_seat *f)
{
	fcgi_seat_unburden(f);
}

static void answers(struct fcgi_seat *f)
{
	outside_is_heard(seat_of(f));
}

static void responds(struct fcgi_seat *f)
{
	outside_answers(seat_of(f));
}

static void babbles(struct fcgi_seat *f)
{
	outside_is_broken(seat_of(f), "its answers are no responses");
}

/* It has other connections to serve, or does not have this role. Whatever the request is, nothing
 * has been done of it. */
static void refused(struct fcgi_seat *f, uint8_t protocol_status, const char *why)
{
	struct outside_seat *s = seat_of(f);
	struct worker *w = &f->w;
	struct request *r = w->request;
	bool full = protocol_status != FCGI_UNKNOWN_ROLE, again;

	if (full)
		outside_failed(s, protocol_status == FCGI_OVERLOADED ? "it is overloaded" : why);
	again = r && full && request_may_start_again(r) && outside_has_another(s);
	if (again) {
		log_notice("[pool %s] %s: %s %016" PRIx64 ": it is tried again", r->pool->name,
			f->who, why, r->id);
		dispatch_retry(w);
	} else if (r) {
		log_error("[pool %s] %s: %s %016" PRIx64 " \"%.*s %.*s\"", r->pool->name, f->who,
			why, r->id, SPAN_FMT(request_method(r)), SPAN_FMT(request_target(r)));
		w->request = NULL;
		r->worker = NULL;
		request_fail(r, full ? 503 : 502);
	}
	let_go(s);
}

/* Under the lock. */
static void hung_up(struct fcgi_seat *f)
{
	outside_bares(seat_of(f));
}

static const struct fcgi_end outside_end = {
	.connect = connect_to,
	.failed = failed,
	.failed_wholly = failed_wholly,
	.refused = refused,
	.answers = answers,
	.responds = responds,
	.babbles = babbles,
	.reached = reached,
	.hung_up = hung_up,
};

/* ---- the rest of the backend ---- */

/* The server sees that the connection has ended, whenever it looks. */
static void abandon(struct worker *w, struct request *r)
{
	(void)r;
	fcgi_seat_hang_up(fcgi_seat_of(w));
	dispatch_idle(w);
}

static void overrun(struct worker *w, const char *why)
{
	(void)why;
	fcgi_seat_hang_up(fcgi_seat_of(w));
	dispatch_idle(w);
}

/* There is no process that we would know of. */
static void died(struct worker *w)
{
	(void)w;
}

static void rises(struct worker *w)
{
	outside_rises(outside_seat_of(w));
}

static void rests(struct worker *w)
{
	outside_rests(outside_seat_of(w));
}

static bool spare(struct worker *w)
{
	struct outside_seat *s = outside_seat_of(w);
	bool kept = s->is_kept;

	if (kept)
		outside_shut(s);
	return kept;
}

static void done(struct worker *w)
{
	struct outside_seat *s = outside_seat_of(w);

	timer_stop(fcgi_seat_loop(&s->f), &s->by);
	if (s->at)
		outside_done(s);
}

static void close_seat(struct worker *w)
{
	struct outside_seat *s = outside_seat_of(w);

	fcgi_seat_hang_up(&s->f);
	buf_free(&s->f.link.out);
	outside_unref(s->where);
	s->where = NULL;
}

static void bury(struct worker *w)
{
	said_free(&fcgi_seat_of(w)->said);
	free(outside_seat_of(w));
}

static const struct backend outside_backend = {
	.start = start,
	.resume = fcgi_seat_resume,
	.more = fcgi_seat_more,
	.unanswered = fcgi_knock_suspect,
	.abandon = abandon,
	.kill = overrun,
	.died = died,
	.move = fcgi_seat_move,
	.close = close_seat,
	.forget = fcgi_seat_forget,
	.bury = bury,
	.rises = rises,
	.rests = rests,
	.done = done,
	.spare = spare,
};

void outside_seat_join(struct outside *o)
{
	struct outside_seat *s = mem_zalloc(sizeof *s);
	struct crew *c = crew_new(o->dispatch, 0, 0, 0);

	s->of = o;
	list_init(&s->kept);
	timer_init(&s->by, on_by);
	atomic_store(&c->worked, true); /* nobody waits to hear it */
	fcgi_seat_sit(&s->f, &outside_backend, &outside_end, c);
	dispatch_join(&s->f.w);
}
