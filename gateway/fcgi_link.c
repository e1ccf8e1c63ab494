/* SPDX-License-Identifier: MIT
 *
 * fcgi_link: see fcgi_link.h.
 */
#include "gateway/fcgi_link.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common/fd.h"

#define EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLET)

bool fcgi_peer_unix(struct fcgi_peer *p, struct span path)
{
	*p = (struct fcgi_peer){.un.sun_family = AF_UNIX, .len = sizeof p->un};
	if (path.n >= sizeof p->un.sun_path)
		return false;
	memcpy(p->un.sun_path, path.p, path.n);
	return true;
}

void fcgi_link_init(struct fcgi_link *k, void (*fn)(struct io *, uint32_t))
{
	*k = (struct fcgi_link){.io = {.fd = -1, .fn = fn}};
}

static void disconnect(struct fcgi_link *k, struct loop *l)
{
	if (k->io.fd >= 0)
		loop_del(l, &k->io);
	fd_close(&k->io.fd);
	k->waits_room = false;
}

/* Records are small, and each is complete: nothing is won by waiting for another. */
static void hurry(const struct fcgi_link *k)
{
	static const int on = 1;

	if (k->peer.any.sa_family != AF_UNIX)
		setsockopt(k->io.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool fcgi_link_open(struct fcgi_link *k, struct loop *l)
{
	int err;

	disconnect(k, l);
	k->io.fd = socket(k->peer.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	k->fresh = true;
	k->ending = false;
	if (k->io.fd >= 0)
		hurry(k);
	if (k->io.fd >= 0 &&
		(connect(k->io.fd, &k->peer.any, k->peer.len) == 0 || errno == EINPROGRESS) &&
		loop_add(l, &k->io, EVENTS) == 0)
		return true;
	err = errno;
	fd_close(&k->io.fd);
	errno = err;
	return false;
}

const char *fcgi_link_why(int err)
{
	static const struct {
		int err;
		const char *words;
	} rows[] = {
		{ECONNREFUSED, "connection refused"},
		{ECONNRESET, "connection reset"},
		{EPIPE, "connection closed"},
		{ETIMEDOUT, "connection timed out"},
		{ENOENT, "no such socket"},
		{EACCES, "permission denied"},
		{EHOSTUNREACH, "no route to host"},
		{ENETUNREACH, "network is unreachable"},
		{EAGAIN, "its backlog is full"},
	};
	const char *other = strerrordesc_np(err);

	for (size_t i = 0; i < nitems(rows); i++)
		if (rows[i].err == err)
			return rows[i].words;
	return other ? other : "unknown error";
}

void fcgi_link_close(struct fcgi_link *k, struct loop *l)
{
	disconnect(k, l);
	buf_clear(&k->out);
}

/* Whoever rests has nothing to say but that he is going. */
bool fcgi_link_has_ended(const struct fcgi_link *k)
{
	char byte;

	return recv(k->io.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

void fcgi_link_break_off(struct fcgi_link *k, struct loop *l)
{
	shutdown(k->io.fd, SHUT_WR);
	buf_clear(&k->out);
	fcgi_link_watch_room(k, l, false);
}

void fcgi_link_rearm(struct fcgi_link *k, struct loop *l)
{
	loop_mod(l, &k->io, EVENTS | (k->waits_room ? (uint32_t)EPOLLOUT : 0u));
}

void fcgi_link_watch_room(struct fcgi_link *k, struct loop *l, bool on)
{
	if (k->waits_room == on)
		return;
	k->waits_room = on;
	fcgi_link_rearm(k, l);
}

void fcgi_link_move(struct fcgi_link *k, struct loop *from, bool here, struct loop *to)
{
	if (k->io.fd < 0)
		return;
	if (from && here)
		loop_del(from, &k->io);
	else if (from)
		loop_detach(from, &k->io);
	if (to && loop_add(to, &k->io, EVENTS) < 0)
		fd_close(&k->io.fd);
}
