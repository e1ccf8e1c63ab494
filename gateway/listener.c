/* SPDX-License-Identifier: MIT
 *
 * listener: see listener.h.
 *
 * When there are too many connections, or too few descriptors left, idle connections make room: of
 * this lane, or if it has none, of the others when they have read our letter. When that is not
 * enough the lane stops accepting for a moment instead of spinning: what waits stays in the
 * kernel's queue, and requests in flight give descriptors back. The last descriptors are never a
 * client's: workers, files, and what is spooled need them.
 */
#include "gateway/listener.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "gateway/fcgi_front.h"
#include "gateway/http_front.h"
#include "gateway/proxy_front.h"

#define ACCEPTS_A_TURN 32
#define REST_MS        100
#define SAY_AFTER_MS   10000
/* The most idle connections that give way at a time. */
#define SHED_MAX 16
/* How long a new connection is given to say something. */
#define FRESH_MS 1000
/* Of all descriptors so many are not for clients: an eighth, but within these bounds if there are
 * enough. */
#define RESERVE_MIN 16
#define RESERVE_MAX 1024

/* One listening socket as one lane sees it. */
struct port {
	struct io io; /* the plan owns the descriptor */
	struct list link;
	struct lane *lane;
	const struct plan_listener *listener;
};

static void watch(struct lane *l, bool on)
{
	list_for_each (it, &l->ports) {
		struct port *p = container_of(it, struct port, link);
		if (!on)
			loop_del(&l->loop, &p->io);
		else if (loop_add(&l->loop, &p->io, EPOLLIN | EPOLLEXCLUSIVE) < 0)
			log_error("listener %s: epoll_ctl: %m", p->listener->address);
	}
}

static int at_most(int n, int most)
{
	return n < most ? n : most;
}

static void learn_fd_most(struct lane *l)
{
	struct rlimit lim = {.rlim_cur = 1024};
	int limit, reserve;

	getrlimit(RLIMIT_NOFILE, &lim);
	limit = lim.rlim_cur < INT_MAX ? (int)lim.rlim_cur : INT_MAX;
	reserve = at_most(limit / 8, RESERVE_MAX);
	if (reserve < RESERVE_MIN)
		reserve = at_most(limit / 4, RESERVE_MIN);
	l->fd_most = limit - reserve - 1;
}

static void on_rested(struct timer *t)
{
	struct lane *l = container_of(t, struct lane, accept_rest);

	learn_fd_most(l);
	watch(l, true);
}

/* Under attack this happens many times a second, for hours. */
static void say_that_we_rest(struct lane *l, const char *why)
{
	static _Atomic int64_t said_at;
	int64_t before = said_at, now = l->loop.now.us;

	if (before && now - before < SAY_AFTER_MS * 1000LL)
		return;
	if (atomic_compare_exchange_strong(&said_at, &before, now)) /* else another lane does */
		log_warn("accepting no connections for a moment: %s", why);
}

static void rest(struct lane *l, const char *why)
{
	say_that_we_rest(l, why);
	watch(l, false);
	timer_set_ms(&l->loop, &l->accept_rest, REST_MS);
}

/* ---- making room ---- */

/* Of those that had a request answered, the one that has been idle for the longest; or one that
 * came, said nothing, and had time to. */
static struct conn *least_missed(struct lane *l)
{
	struct conn *c;

	if (!list_empty(&l->idle))
		return list_first(&l->idle, struct conn, again.link);
	if (list_empty(&l->fresh))
		return NULL;
	c = list_first(&l->fresh, struct conn, again.link);
	return mono_ms_between(c->wrote_at, l->loop.now) < FRESH_MS ? NULL : c;
}

/* Closes a few. False: there are none. */
static bool shed(struct lane *l)
{
	uint32_t most = l->plan->max_connections / 64 + 1, n = 0;
	struct conn *c;

	while (n < most && n < SHED_MAX && (c = least_missed(l))) {
		conn_lost(c);
		n++;
	}
	return n > 0;
}

/* Others may have their plan before us. */
static void on_asked(struct lane *l, struct mail *m)
{
	(void)m;
	l->shed_asked = false;
	if (l->plan)
		shed(l);
}

/* False: not now; but other lanes may have some to give, and are asked to. */
static bool make_room(struct lane *l)
{
	if (shed(l))
		return true;
	for (unsigned i = 0; i < nlanes; i++)
		if (&lanes[i] != l && !atomic_exchange(&lanes[i].shed_asked, true))
			lane_post(&lanes[i], &lanes[i].shed_mail, on_asked);
	return false;
}

static unsigned connections(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nlanes; i++)
		n += lanes[i].nconns;
	return n;
}

struct manners {
	const struct conn_face *face;
	void (*open)(struct conn *c);
};

static const struct manners *face_of(const struct plan_listener *l)
{
	static const struct manners http = {&http_face, http_front_open},
				    proxied = {&proxy_face, proxy_front_open},
				    fcgi = {&fcgi_face, fcgi_front_open};

	return l->pool ? &fcgi : l->proxy ? &proxied : &http;
}

static void greet(struct port *p, int fd, const struct sockaddr_storage *peer)
{
	static const int one = 1;
	struct conn *c;

	if (!p->listener->is_unix)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c = conn_new(p->lane, fd, p->listener, peer, face_of(p->listener)->face);
	if (!c)
		return;
	lane_count(&p->lane->counters.accepted);
	face_of(p->listener)->open(c);
}

/* None came; may another? */
static bool after_failure(struct lane *l, int err)
{
	const bool scarce = err == EMFILE || err == ENFILE;

	if (err == EAGAIN)
		return false; /* another lane was faster, or there are no more */
	if (err == ECONNABORTED || err == EINTR || (scarce && make_room(l)))
		return true;
	rest(l, strerror(err));
	return false;
}

static void turn_away(const struct port *p, int fd)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nServer: hearth\r\n"
				   "Retry-After: 1\r\nConnection: close\r\n"
				   "Content-Length: 0\r\n\r\n";

	if (!p->listener->pool)
		send(fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	fd_close(&fd);
}

/* False: there will be no more in this turn. Only of the first is it known that it is there, so
 * only for that one idle connections are closed. */
static bool take_one(struct port *p, bool first)
{
	struct lane *l = p->lane;
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof peer;
	int fd;

	if (connections() >= l->plan->max_connections && !first)
		return false;
	if (connections() >= l->plan->max_connections && !make_room(l)) {
		rest(l, "max_connections is reached");
		return false;
	}
	fd = accept4(p->io.fd, (void *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return after_failure(l, errno);
	if (fd > l->fd_most && !make_room(l)) {
		turn_away(p, fd);
		rest(l, "few descriptors are left");
		return false;
	}
	greet(p, fd, &peer);
	return true;
}

static void on_port(struct io *io, uint32_t events)
{
	struct port *p = container_of(io, struct port, io);

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN && take_one(p, i == 0); i++)
		;
}

void listener_stop(struct lane *l)
{
	if (l->accept_rest.slot == 0)
		watch(l, false);
	timer_stop(&l->loop, &l->accept_rest);
	list_for_each (it, &l->ports) {
		list_remove(it);
		free(container_of(it, struct port, link));
	}
}

void listener_follow_plan(struct lane *l)
{
	listener_stop(l);
	timer_init(&l->accept_rest, on_rested);
	learn_fd_most(l);
	for (size_t i = 0; i < l->plan->nlisteners; i++) {
		struct port *p = mem_zalloc(sizeof *p);
		p->lane = l;
		p->listener = &l->plan->listeners[i];
		p->io = (struct io){.fd = p->listener->fd, .fn = on_port};
		list_push_back(&l->ports, &p->link);
	}
	watch(l, true);
}
