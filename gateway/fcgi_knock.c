/* SPDX-License-Identifier: MIT
 *
 * fcgi_knock: see fcgi_knock.h.
 *
 * We knock by a connection that ends behind an empty FCGI_GET_VALUES (FastCGI 1.0 4.1). Who accepts
 * it answers that or not, and closes it: either is an event, and says that the worker accepts. One
 * that does neither has read it at least, which the kernel knows: we look from time to time. The
 * connection is not used for requests: php-cgi closes it behind its answer, and libfcgi gives none
 * before it has read more. Each seat of a process knocks, but a thread that is free takes the
 * knocks of others too: that a process is full is seen, and not how full it is.
 *
 * Behind an answer the same is asked over the connection that is kept, if it is, and that goes on
 * to be used. PHP answers when it is free; libfcgi reads at once when it is, and answers before its
 * next response.
 *
 * Which pools have such workers only a request can tell that was given to one of them, and is not
 * read. The kernel counts what is unread by buffers, and PHP leaves the end of a body that it does
 * not need in one: so this is no more than a suspicion, upon which the pool is asked behind some of
 * its answers. If it is innocent, that costs it little, and it is suspected less and less.
 */
#include "gateway/fcgi_knock.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/log.h"

#define LOOK_MS 1000
/* Behind an answer: every millisecond at first, and then more and more seldom. */
#define LOOK_BEHIND_MS 32
/* A worker that is free has read by then. */
#define LATE_MS 20
/* So many answers of a pool that is suspected; and of one whose workers are known to go on working,
 * since the last that did. A machine that stands still for a moment is no reason to ask for ever.
 */
#define TRIAL 32u
#define KNOWN 1024u

/* If the kernel does not tell, it is taken for idle. */
static bool has_read(const struct fcgi_seat *f)
{
	int unread;

	return ioctl(f->link.io.fd, SIOCOUTQ, &unread) < 0 || unread == 0;
}

static void look_later(struct fcgi_seat *f)
{
	timer_set_ms(fcgi_seat_loop(f), &f->look, f->look_ms);
	if (f->look_ms < LOOK_BEHIND_MS)
		f->look_ms *= 2;
}

/* False: nobody can be waited for. Why that is, the next request finds out. */
static bool knock(struct fcgi_seat *f)
{
	char record[FCGI_HEADER_LEN];

	if (!fcgi_link_open(&f->link, fcgi_seat_loop(f)))
		return errno == EAGAIN; /* so many wait already */
	fcgi_put_header(record, FCGI_GET_VALUES, FCGI_NULL_REQUEST_ID, 0);
	if (send(f->link.io.fd, record, sizeof record, MSG_NOSIGNAL) != (ssize_t)sizeof record)
		return false;
	fcgi_link_break_off(&f->link, fcgi_seat_loop(f));
	return true;
}

static void on_look(struct timer *t)
{
	struct fcgi_seat *f = container_of(t, struct fcgi_seat, look);
	bool wait = f->link.io.fd < 0 ? knock(f) : !has_read(f);

	if (wait)
		look_later(f);
	else
		fcgi_knock_answered(f);
}

static void wait_for(struct fcgi_seat *f, uint32_t look_ms, uint32_t terminate_ms)
{
	f->knocks = true;
	f->look_ms = look_ms;
	timer_init(&f->look, on_look);
	worker_busy_for(&f->w, terminate_ms);
}

void fcgi_knock(struct fcgi_seat *f)
{
	const struct plan_pool *pool = plan_pool(lane_here->plan, dispatch_pool_id(f->w.dispatch));

	wait_for(f, LOOK_MS, pool ? pool->terminate_timeout_ms : 0);
	if (knock(f))
		look_later(f);
	else
		fcgi_knock_answered(f);
}

/* ---- behind an answer ---- */

/* A server of somebody else's has more connections than processes, perhaps: one that is new waits
 * for one of them. */
static bool can_tell(const struct fcgi_seat *f)
{
	return fcgi_link_tells_unread(&f->link) && (f->end->ours || !f->link.fresh);
}

void fcgi_knock_suspect(struct worker *w)
{
	const struct fcgi_seat *f = fcgi_seat_of(w);
	struct dispatch *d = w->dispatch;
	uint32_t times;

	if (atomic_load(&d->asked_behind) || !w->crew->worked || f->link.io.fd < 0 || f->answered ||
		!can_tell(f) || has_read(f))
		return;
	times = atomic_fetch_add(&d->suspected, 1) + 1;
	if ((times & (times - 1)) == 0)
		atomic_store(&d->asked_behind, TRIAL);
}

/* True: this one is to be asked. */
static bool is_on_trial(struct dispatch *d)
{
	uint32_t left = atomic_load_explicit(&d->asked_behind, memory_order_relaxed);

	while (left)
		if (atomic_compare_exchange_weak(&d->asked_behind, &left, left - 1))
			return true;
	return false;
}

static bool ask(struct fcgi_seat *f)
{
	struct buf *out = &f->link.out;
	struct fcgi_params params;
	ssize_t n;

	if (!fcgi_params_open(&params, out, FCGI_GET_VALUES, FCGI_NULL_REQUEST_ID) ||
		!fcgi_param(out, SPAN_LIT(FCGI_MPXS_CONNS), SPAN_LIT("")) ||
		!fcgi_params_close(&params, out))
		return false;
	n = send(f->link.io.fd, buf_head(out), buf_len(out), MSG_NOSIGNAL);
	f->owes_values = n == (ssize_t)buf_len(out);
	buf_clear(out);
	return f->owes_values;
}

/* Over its connection, or over one of our own: which is not for a server of somebody else's, where
 * another process would take it, nor for a program that closes behind each answer, as Ruby's do:
 * it may die of a connection that asks for nothing. */
static bool can_be_asked(const struct fcgi_seat *f)
{
	return f->link.io.fd >= 0 || (f->end->ours && f->keeps);
}

bool fcgi_knock_behind(struct fcgi_seat *f)
{
	bool waits;

	if (!fcgi_link_tells_unread(&f->link) || !can_be_asked(f) || !is_on_trial(f->w.dispatch))
		return false;
	wait_for(f, 1, 0);
	f->asked_at = mono_now();
	f->asks_kept = f->link.io.fd >= 0 && ask(f);
	if (!f->asks_kept)
		fcgi_seat_hang_up(f);
	waits = f->asks_kept || (f->end->ours && f->keeps && knock(f));
	if (waits)
		look_later(f);
	else
		fcgi_knock_answered(f);
	return true;
}

/* Has it taken its time? Then we know, and a suspicion is as good as at first. */
static void judge(struct fcgi_seat *f)
{
	struct dispatch *d = f->w.dispatch;
	const struct plan_pool *pool = plan_pool(lane_here->plan, dispatch_pool_id(d));
	bool late = f->asked_at.us && mono_ms_between(f->asked_at, mono_now()) >= LATE_MS;

	f->asked_at.us = 0;
	if (!late || f->dead)
		return;
	atomic_store(&d->suspected, 0);
	if (atomic_exchange(&d->asked_behind, KNOWN) <= TRIAL)
		log_notice("[pool %s] %s went on working when its answer was complete: for the "
			   "next %u answers the pool's workers are asked if they are free",
			pool ? pool->name : "", f->who, KNOWN);
}

/* ---- its answer ---- */

enum heard { NOT_ALL, ALL, NONSENSE };

static enum heard hear(struct fcgi_seat *f, struct span bytes)
{
	struct fcgi_event ev = {.kind = FCGI_EV_NONE};
	enum heard so_far = NOT_ALL;

	while (bytes.n && so_far == NOT_ALL) {
		ssize_t n = fcgi_read(&f->reader, bytes.p, bytes.n, &ev);
		bool result = n >= 0 && ev.type == FCGI_GET_VALUES_RESULT;
		if (n < 0 || (ev.kind != FCGI_EV_NONE && ev.kind != FCGI_EV_REFUSED && !result))
			return NONSENSE;
		if (ev.kind == FCGI_EV_REFUSED || ev.kind == FCGI_EV_STREAM_END ||
			(ev.kind == FCGI_EV_DATA && ev.record_end))
			so_far = ALL;
		bytes = span_from(bytes, (size_t)n);
	}
	return bytes.n && so_far == ALL ? NONSENSE : so_far;
}

void fcgi_knock_event(struct fcgi_seat *f, uint32_t events)
{
	char *room = lane_here->scratch;
	enum heard heard = NONSENSE;
	ssize_t n;

	if (f->asks_kept) {
		n = recv(f->link.io.fd, room, LANE_SCRATCH, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		heard = n > 0 ? hear(f, (struct span){room, (size_t)n}) : NONSENSE;
		f->owes_values = heard != ALL;
		if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			heard = NONSENSE;
	}
	if (heard == NONSENSE) /* or its end */
		fcgi_seat_hang_up(f);
	if (heard != NOT_ALL)
		fcgi_knock_answered(f);
}

void fcgi_knock_stop(struct fcgi_seat *f)
{
	if (!f->knocks)
		return;
	f->knocks = false;
	timer_stop(fcgi_seat_loop(f), &f->look);
	if (!f->asks_kept)
		fcgi_seat_hang_up(f);
	f->asks_kept = false;
}

void fcgi_knock_answered(struct fcgi_seat *f)
{
	fcgi_knock_stop(f);
	judge(f);
	dispatch_idle(&f->w);
}
