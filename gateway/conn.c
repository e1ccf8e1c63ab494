/* SPDX-License-Identifier: MIT
 *
 * conn: see conn.h. The socket is edge-triggered from its first moment on, so a connection costs no
 * epoll_ctl after accept (but see room.h).
 */
#include "gateway/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

/* One client shall not hold a lane for longer than this many bytes. */
#define WRITE_MAX (512u * 1024)
/* So much is read back from the spool at a time, and kept nowhere if the socket does not take it.
 */
#define PIECE (32u * 1024)
/* Taking less than this in all of write_timeout is as good as taking nothing. */
#define LEAST_TAKEN 1024u

void conn_lost(struct conn *c)
{
	if (!conn_is_open(c))
		return;
	c->face->lost(c);
	conn_close(c);
}

static void on_io(struct io *io, uint32_t events)
{
	struct conn *c = container_of(io, struct conn, io);

	if (events & (EPOLLERR | EPOLLHUP)) {
		conn_lost(c);
		return;
	}
	if (events & EPOLLRDHUP)
		c->hung_up = true;
	if (events & EPOLLOUT)
		c->blocked = false;
	if (events & (EPOLLIN | EPOLLRDHUP)) {
		c->readable = true;
		c->face->readable(c);
	}
	if ((events & EPOLLOUT) && conn_is_open(c) && conn_unsent(c))
		conn_flush(c);
}

static void on_again(struct later *later)
{
	struct conn *c = container_of(later, struct conn, again);

	c->face->again(c);
}

void conn_wake(struct conn *c)
{
	if (c->idle)
		list_remove(&c->again.link);
	c->idle = false;
}

void conn_rest(struct conn *c)
{
	if (c->idle)
		return; /* it keeps its place */
	c->idle = true;
	list_remove(&c->again.link);
	list_push_back(c->served ? &c->lane->idle : &c->lane->fresh, &c->again.link);
}

void conn_yield(struct conn *c)
{
	conn_wake(c);
	list_remove(&c->again.link);
	lane_later(c->lane, &c->again);
}

static void is_full(struct conn *c)
{
	c->blocked = true;
	if (!c->room.asked)
		room_ask(&c->room, &c->lane->loop, &c->io);
}

/* ---- deadlines ---- */

static struct mono write_by(const struct conn *c)
{
	uint32_t ms = c->plan->write_timeout_ms;

	return ms && conn_unsent(c) ? mono_add_ms(c->wrote_at, ms) : MONO_NEVER;
}

static void arm(struct conn *c)
{
	struct mono by = write_by(c);

	timer_set(&c->lane->loop, &c->deadline, mono_before(by, c->due) ? by : c->due);
}

void conn_expect(struct conn *c, struct mono due)
{
	c->due = due;
	arm(c);
}

/* A socket that was full is not writable before a good part of it is free: of a large one, a slow
 * client may take for long without our hearing of it. */
static bool takes_on(struct conn *c)
{
	uint32_t before = c->untaken;

	c->untaken = room_untaken(c->io.fd);
	if (c->untaken && (before < c->untaken || before - c->untaken < LEAST_TAKEN))
		return false;
	c->wrote_at = c->lane->loop.now;
	arm(c);
	return true;
}

static void on_deadline(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, deadline);
	struct mono now = c->lane->loop.now;

	if (!conn_is_open(c))
		return;
	if (!mono_before(now, write_by(c))) {
		if (!takes_on(c))
			conn_lost(c);
	} else if (mono_before(now, c->due))
		arm(c); /* it has taken something since */
	else
		c->face->expired(c);
}

/* ---- birth and death ---- */

/* Only then does the local address differ from the listener's, and is worth a system call. */
static void learn_local(struct conn *c)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof ss;

	if (c->via->any_address && getsockname(c->io.fd, (void *)&ss, &len) == 0)
		c->local = endpoint_of(&ss);
}

struct conn *conn_new(struct lane *l, int fd, const struct plan_listener *via,
	const struct sockaddr_storage *peer, const struct conn_face *face)
{
	struct conn *c = calloc(1, sizeof *c);

	if (!c) {
		fd_close(&fd);
		return NULL;
	}
	c->io = (struct io){.fd = fd, .fn = on_io};
	timer_init(&c->deadline, on_deadline);
	c->due = MONO_NEVER;
	c->wrote_at = l->loop.now;
	list_init(&c->again.link);
	c->again.fn = on_again;
	c->lane = l;
	c->face = face;
	c->plan = plan_ref(l->plan);
	c->via = via;
	c->peer = endpoint_of(peer);
	c->room = (struct room){.asked = !via->is_unix, .seldom = via->is_unix};
	learn_local(c);
	list_push_back(&l->conns, &c->link);
	l->nconns++;
	/* Bytes may be there already: the edge for them comes with the adding. */
	if (loop_add(&l->loop, &c->io, room_events(&c->room)) < 0) {
		log_error("epoll_ctl: %m");
		conn_close(c);
		return NULL;
	}
	return c;
}

bool conn_count(struct conn *c)
{
	return cidr_list_has(&c->plan->trusted, &c->peer.ip) ||
	       clients_enter(&c->peer.ip, c->plan->max_client_connections, &c->client);
}

/* The grave is a timer that is due at once: it fires when this turn's events are done. */
static void on_buried(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, deadline);

	list_remove(&c->link);
	free(c->several);
	free(c);
}

static void drop_file(struct conn *c)
{
	file_unref(c->file);
	c->file = NULL;
	c->file_left = 0;
}

void conn_close(struct conn *c)
{
	static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	struct lane *l = c->lane;

	if (!conn_is_open(c))
		return;
	loop_del(&l->loop, &c->io);
	list_remove(&c->again.link);
	if (c->reset)
		setsockopt(c->io.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	fd_close(&c->io.fd);
	drop_file(c);
	spool_close(&c->out);
	lane_buf_back(l, &c->out.mem);
	clients_leave(c->client);
	l->turned_away -= c->turned_away;
	if (--l->nconns == 0 && l->draining && l->emptied)
		l->emptied(l);
	plan_unref(c->plan);
	c->deadline.fn = on_buried;
	timer_set(&l->loop, &c->deadline, l->loop.now);
}

/* ---- bytes ---- */

ssize_t conn_read(struct conn *c, char *to, size_t room)
{
	ssize_t n;

	if (!c->readable)
		return 0;
	while ((n = recv(c->io.fd, to, room, 0)) < 0 && errno == EINTR)
		;
	if (n < 0) {
		c->readable = false;
		return errno == EAGAIN ? 0 : -2;
	}
	if (n == 0) {
		c->readable = false;
		return -1;
	}
	c->lane->spent += (size_t)n;
	/* A short read has emptied the socket; the next bytes are a new edge. The end of the
	 * stream may have been announced with the bytes, though, and is no edge of its own then. */
	if ((size_t)n < room && !c->hung_up)
		c->readable = false;
	return n;
}

void conn_response(struct conn *c, struct quota *quota, bool buffered)
{
	c->quota = quota;
	c->unspooled = !buffered;
}

static void wrote(struct conn *c, size_t n)
{
	c->wrote_at = c->lane->loop.now;
	c->lane->spent += n;
}

/* Into the socket, behind what waits in memory and without a copy. What it did not take. */
static struct span write_through(struct conn *c, struct span bytes)
{
	size_t waits = buf_len(&c->out.mem);
	struct iovec iov[] = {
		{buf_head(&c->out.mem), waits}, {(void *)(uintptr_t)bytes.p, bytes.n}};
	struct msghdr msg = {.msg_iov = waits ? iov : iov + 1, .msg_iovlen = waits ? 2 : 1};
	ssize_t n = sendmsg(c->io.fd, &msg, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		c->broken = true;
		return SPAN_NONE;
	}
	if (n < 0 ? errno == EAGAIN : (size_t)n < waits + bytes.n)
		is_full(c);
	if (n <= 0)
		return bytes;
	wrote(c, (size_t)n);
	if (c->blocked)
		c->untaken = room_untaken(c->io.fd);
	buf_drop(&c->out.mem, (size_t)n < waits ? (size_t)n : waits);
	return (size_t)n > waits ? span_from(bytes, (size_t)n - waits) : bytes;
}

static bool queue(struct conn *c, struct span bytes)
{
	struct spool_place to = {.in_memory = c->unspooled ? SIZE_MAX : CONN_OUT_IN_MEMORY,
		.dir = c->lane->plan->spool_dir,
		.quota = c->quota};

	if (spool_put(&c->out, bytes, &to))
		return true;
	if (errno != ENOMEM)
		spool_complain(&to, errno, QUOTA_DELAYS);
	return spool_hold(&c->out, bytes, &to);
}

bool conn_put(struct conn *c, struct span bytes)
{
	if (c->broken)
		return true;
	if (conn_unsent(c) == 0)
		c->wrote_at = c->lane->loop.now;
	if (c->out.mem.cap == 0)
		c->out.mem = lane_buf(c->lane);
	if (buf_len(&c->out.mem) + bytes.n > CONN_OUT_IN_MEMORY && !c->blocked &&
		spool_in_memory(&c->out) && c->file_left == 0)
		bytes = write_through(c, bytes);
	if (queue(c, bytes))
		return true;
	log_error("client %s: no memory for its response",
		ip_put(&c->peer.ip, (char[IP_TEXT_MAX]){0}));
	return false;
}

/* More than memory shall hold is only there if the socket was asked and is full: so whoever waits
 * for us is told when it is not. */
bool conn_is_full(const struct conn *c)
{
	return c->unspooled ? conn_unsent(c) > CONN_OUT_IN_MEMORY : spool_is_stuck(&c->out);
}

void conn_put_file(struct conn *c, struct file *f, uint64_t at, uint64_t len)
{
	if (conn_unsent(c) == 0)
		c->wrote_at = c->lane->loop.now;
	drop_file(c);
	c->file = f;
	c->file_at = at;
	c->file_left = len;
	c->file_paused = false;
}

static ssize_t send_spooled(struct conn *c)
{
	char room[PIECE];
	bool failed = false;
	struct span s = spool_front(&c->out, room, sizeof room, &failed);
	ssize_t n;

	if (failed) {
		log_error("client %s: its response cannot be read back from the spool: %m",
			ip_put(&c->peer.ip, (char[IP_TEXT_MAX]){0}));
		errno = EIO;
		return -1;
	}
	n = send(c->io.fd, s.p, s.n, MSG_NOSIGNAL | (c->file_left ? MSG_MORE : 0));
	if (n > 0)
		spool_drop(&c->out, (size_t)n);
	/* A short write has filled the socket. */
	if (n >= 0 && (size_t)n < s.n)
		is_full(c);
	if (buf_len(&c->out.mem) == 0 && !spool_in_memory(&c->out))
		lane_buf_back(c->lane, &c->out.mem);
	return n;
}

static ssize_t send_file(struct conn *c)
{
	size_t most = c->file_left < WRITE_MAX ? (size_t)c->file_left : WRITE_MAX;
	off_t at = (off_t)c->file_at;
	ssize_t n = sendfile(c->io.fd, c->file->fd, &at, most);

	if (n > 0) {
		c->file_at += (uint64_t)n;
		c->file_left -= (uint64_t)n;
	} else if (n == 0) {
		errno = EIO; /* the file became shorter than we promised */
		n = -1;
	}
	return n;
}

/* Bytes written, 0: the socket is full, -1: broken. */
static ssize_t write_some(struct conn *c)
{
	ssize_t n = spool_len(&c->out) ? send_spooled(c) : send_file(c);

	if (n < 0 && errno == EAGAIN) {
		is_full(c);
		return 0;
	}
	if (n < 0)
		return errno == EINTR ? 0 : -1;
	if (n > 0)
		wrote(c, (size_t)n);
	return n;
}

/* As much as the socket takes, but no more than a turn's share. False: it is broken. */
static bool write_on(struct conn *c)
{
	size_t all = 0;

	while (!c->blocked && conn_unsent(c) && all < WRITE_MAX) {
		ssize_t n = write_some(c);

		if (n < 0)
			return false;
		all += (size_t)n;
	}
	if (all && conn_unsent(c))
		c->untaken = room_untaken(c->io.fd);
	/* Others get their turn. */
	if (!c->blocked && conn_unsent(c))
		room_ask(&c->room, &c->lane->loop, &c->io);
	return true;
}

/* Rewritten in place between two turns: what has gone out belongs to another version. */
static bool file_has_changed(const struct conn *c)
{
	char text[IP_TEXT_MAX];

	if (!c->file_paused || file_is_whole(c->file))
		return false;
	log_warn("client %s: a file changed while it was being sent", ip_put(&c->peer.ip, text));
	return true;
}

void conn_flush(struct conn *c)
{
	if (!conn_is_open(c))
		return;
	if (c->broken || file_has_changed(c) || !write_on(c)) {
		conn_lost(c);
		return;
	}
	c->file_paused = c->file_left > 0;
	if (conn_unsent(c)) {
		arm(c);
	} else {
		drop_file(c);
		room_suffices(&c->room, &c->lane->loop, &c->io);
		c->face->drained(c);
	}
}
