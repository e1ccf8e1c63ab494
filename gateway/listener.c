/* SPDX-License-Identifier: MIT
 *
 * listener: see listener.h.
 *
 * Out of descriptors, the lane stops accepting for a moment instead of spinning: what waits stays
 * in the kernel's queue, and requests in flight give descriptors back.
 */
#include "gateway/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "gateway/http_front.h"

#define ACCEPTS_A_TURN 32
#define REST_MS        200

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

static void on_rested(struct timer *t)
{
	watch(container_of(t, struct lane, accept_rest), true);
}

static void rest(struct lane *l, const char *why)
{
	log_warn("accepting no connections for %d ms: %s", REST_MS, why);
	watch(l, false);
	timer_set_ms(&l->loop, &l->accept_rest, REST_MS);
}

static unsigned connections(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nlanes; i++)
		n += lanes[i].nconns;
	return n;
}

static void greet(struct port *p, int fd, const struct sockaddr_storage *peer)
{
	static const int one = 1;
	struct conn *c;

	if (!p->listener->is_unix)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c = conn_new(p->lane, fd, p->listener, peer, &http_face);
	if (!c)
		return;
	lane_count(&p->lane->counters.accepted);
	http_front_open(c);
}

static void on_port(struct io *io, uint32_t events)
{
	struct port *p = container_of(io, struct port, io);
	struct lane *l = p->lane;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t len = sizeof peer;
		int fd;

		if (connections() >= l->plan->max_connections) {
			rest(l, "max_connections is reached");
			return;
		}
		fd = accept4(io->fd, (void *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			greet(p, fd, &peer);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			   errno == ENOBUFS) {
			rest(l, strerror(errno));
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			return; /* EAGAIN: another lane was faster, or there are no more */
		}
	}
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
	for (size_t i = 0; i < l->plan->nlisteners; i++) {
		struct port *p = mem_zalloc(sizeof *p);
		p->lane = l;
		p->listener = &l->plan->listeners[i];
		p->io = (struct io){.fd = p->listener->fd, .fn = on_port};
		list_push_back(&l->ports, &p->link);
	}
	watch(l, true);
}
