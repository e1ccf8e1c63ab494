/* SPDX-License-Identifier: MIT
 *
 * fcgi_link: see fcgi_link.h.
 */
#include "gateway/fcgi_link.h"

#include <errno.h>
#include <sys/socket.h>

#include "common/fd.h"

#define EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLET)

bool fcgi_link_init(struct fcgi_link *k, struct span path, void (*fn)(struct io *, uint32_t))
{
	*k = (struct fcgi_link){.io = {.fd = -1, .fn = fn}, .addr.sun_family = AF_UNIX};
	if (path.n >= sizeof k->addr.sun_path)
		return false;
	memcpy(k->addr.sun_path, path.p, path.n);
	return true;
}

static void disconnect(struct fcgi_link *k, struct loop *l)
{
	if (k->io.fd >= 0)
		loop_del(l, &k->io);
	fd_close(&k->io.fd);
	k->waits_room = false;
}

bool fcgi_link_open(struct fcgi_link *k, struct loop *l)
{
	int err;

	disconnect(k, l);
	k->io.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	k->fresh = true;
	k->ending = false;
	if (k->io.fd >= 0 && connect(k->io.fd, (void *)&k->addr, sizeof k->addr) == 0 &&
		loop_add(l, &k->io, EVENTS) == 0)
		return true;
	err = errno;
	fd_close(&k->io.fd);
	errno = err;
	return false;
}

void fcgi_link_close(struct fcgi_link *k, struct loop *l)
{
	disconnect(k, l);
	buf_clear(&k->out);
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
