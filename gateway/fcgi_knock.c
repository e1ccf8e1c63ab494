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
 */
#include "gateway/fcgi_knock.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define LOOK_MS 1000

/* If the kernel does not tell, it is taken for idle. */
static bool has_read(const struct fcgi_seat *f)
{
	int unread;

	return ioctl(f->link.io.fd, SIOCOUTQ, &unread) < 0 || unread == 0;
}

static void look_later(struct fcgi_seat *f)
{
	timer_set_ms(fcgi_seat_loop(f), &f->look, LOOK_MS);
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

void fcgi_knock(struct fcgi_seat *f)
{
	const struct plan_pool *pool = plan_pool(lane_here->plan, dispatch_pool_id(f->w.dispatch));

	f->knocks = true;
	timer_init(&f->look, on_look);
	worker_busy_for(&f->w, pool ? pool->terminate_timeout_ms : 0);
	if (knock(f))
		look_later(f);
	else
		fcgi_knock_answered(f);
}

void fcgi_knock_stop(struct fcgi_seat *f)
{
	if (!f->knocks)
		return;
	f->knocks = false;
	timer_stop(fcgi_seat_loop(f), &f->look);
	fcgi_seat_hang_up(f);
}

void fcgi_knock_answered(struct fcgi_seat *f)
{
	fcgi_knock_stop(f);
	dispatch_idle(&f->w);
}
