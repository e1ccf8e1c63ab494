/* SPDX-License-Identifier: MIT
 *
 * chan: see chan.h.
 */
#include "common/chan.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

/* More than this unsent and the peer does not read: that is its end, not our memory's. */
#define UNSENT_MAX (64u * 1024 * 1024)

struct parcel {
	struct list link;
	int fds[MSG_FDS_MAX];
	unsigned nfds;
	size_t n;
	char bytes[];
};

/* The control data of one letter, aligned as CMSG_* want it. */
union fd_control {
	char bytes[CMSG_SPACE(sizeof(int) * (MSG_FDS_MAX + 1))];
	struct cmsghdr align;
};

static void close_fds(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		fd_close(&fds[i]);
}

static void parcel_free(struct parcel *p)
{
	list_remove(&p->link);
	close_fds(p->fds, p->nfds);
	free(p);
}

void chan_close(struct chan *c)
{
	if (c->io.fd < 0)
		return;
	loop_del(c->loop, &c->io);
	fd_close(&c->io.fd);
	list_for_each (it, &c->unsent)
		parcel_free(container_of(it, struct parcel, link));
	c->unsent_bytes = 0;
}

static void lose(struct chan *c, const char *why)
{
	void (*on_lost)(void *, const char *) = c->on_lost;
	void *owner = c->owner;

	chan_close(c);
	on_lost(owner, why);
}

/* ---- sending ---- */

static ssize_t send_one(int fd, struct span bytes, const int *fds, unsigned nfds)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes.p, .iov_len = bytes.n};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	union fd_control ctl = {.bytes = {0}};

	if (nfds) {
		mh.msg_control = ctl.bytes;
		mh.msg_controllen = (socklen_t)CMSG_SPACE(sizeof(int) * nfds); /* musl's type */
		struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = (socklen_t)CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(cm), fds, sizeof(int) * nfds);
	}
	return sendmsg(fd, &mh, MSG_NOSIGNAL);
}

static bool is_full(int err)
{
	return err == EAGAIN || err == ENOBUFS || err == ETOOMANYREFS;
}

static void watch_room(struct chan *c, bool on)
{
	if (c->writing == on)
		return;
	c->writing = on;
	loop_mod(c->loop, &c->io, EPOLLIN | (on ? EPOLLOUT : 0u));
}

/* A send that fails for good leaves the finding to the reading side: end of file comes there. */
static void flush(struct chan *c)
{
	while (!list_empty(&c->unsent)) {
		struct parcel *p = list_first(&c->unsent, struct parcel, link);
		struct span bytes = {p->bytes, p->n};
		if (send_one(c->io.fd, bytes, p->fds, p->nfds) < 0 && is_full(errno))
			return;
		c->unsent_bytes -= sizeof *p + p->n;
		parcel_free(p);
	}
	watch_room(c, false);
}

/* What a parcel weighs itself counts too: most letters are shorter. */
static bool queue(struct chan *c, struct span bytes, int *fds, unsigned nfds)
{
	size_t size = sizeof(struct parcel) + bytes.n;
	struct parcel *p = c->unsent_bytes > UNSENT_MAX ? NULL : malloc(size);

	if (!p)
		return false;
	p->n = bytes.n;
	memcpy(p->bytes, bytes.p, bytes.n);
	p->nfds = nfds;
	for (unsigned i = 0; i < nfds; i++)
		p->fds[i] = fd_take(&fds[i]);
	list_push_back(&c->unsent, &p->link);
	c->unsent_bytes += size;
	watch_room(c, true);
	return true;
}

bool chan_send(struct chan *c, enum msg_type type, const void *payload, int *fds)
{
	unsigned nfds = fds ? msg_rows[type].fds : 0;
	struct buf bytes = BUF_INIT;
	bool ok = msg_encode(&bytes, type, payload) && buf_len(&bytes) <= CHAN_MAX;

	must(nfds == msg_rows[type].fds);
	if (ok && chan_is_open(c)) {
		bool waits = !list_empty(&c->unsent);
		if (waits ||
			(send_one(c->io.fd, buf_span(&bytes), fds, nfds) < 0 && is_full(errno)))
			ok = queue(c, buf_span(&bytes), fds, nfds);
	}
	if (fds)
		close_fds(fds, nfds);
	buf_free(&bytes);
	return ok;
}

/* ---- receiving ---- */

static unsigned take_fds(struct msghdr *mh, int fds[MSG_FDS_MAX + 1])
{
	unsigned n = 0;

	for (struct cmsghdr *cm = CMSG_FIRSTHDR(mh); cm; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (unsigned)((cm->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		n = n > MSG_FDS_MAX + 1 ? MSG_FDS_MAX + 1 : n;
		memcpy(fds, CMSG_DATA(cm), sizeof(int) * n);
	}
	return n;
}

/* Also if there is no descriptor left here for those that it brings. */
static const char cut_short[] = "the letter was cut short";

/* NULL, or what is wrong with the letter. */
static const char *judge(const struct chan *c, const struct msghdr *mh, struct span bytes,
	unsigned nfds, enum msg_type *type, union msg *m)
{
	const char *why = msg_decode(bytes, type, m);
	const struct msg_row *row;

	if (mh->msg_flags & MSG_TRUNC)
		return cut_short;
	if (why)
		return why;
	row = &msg_rows[*type];
	if (!(row->from & c->peer) || !(row->to & c->self) || !c->handlers[*type])
		return "this peer never sends that letter";
	if (mh->msg_flags & MSG_CTRUNC)
		return cut_short;
	if (nfds != row->fds)
		return "the letter has the wrong number of descriptors";
	return NULL;
}

/* One letter. False: nothing there, or the channel is no more. */
static bool receive(struct chan *c)
{
	/* Per thread and not on the stack: a letter may be large, and a handler may recurse into
	 * another channel, but never into the receiving of one. */
	static _Thread_local char bytes[CHAN_MAX];
	union fd_control ctl;
	struct iovec iov = {.iov_base = bytes, .iov_len = sizeof bytes};
	struct msghdr mh = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = ctl.bytes,
		.msg_controllen = sizeof ctl.bytes};
	ssize_t n = recvmsg(c->io.fd, &mh, MSG_CMSG_CLOEXEC);
	int fds[MSG_FDS_MAX + 1] = {-1, -1, -1, -1};
	enum msg_type type = MSG_TYPES; /* not known yet */
	const char *why;
	union msg m;
	unsigned nfds;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	nfds = n < 0 ? 0 : take_fds(&mh, fds);
	if (n <= 0) {
		close_fds(fds, nfds); /* even no bytes at all may carry some */
		lose(c, n < 0 ? strerror(errno) : "closed");
		return false;
	}
	why = judge(c, &mh, (struct span){bytes, (size_t)n}, nfds, &type, &m);
	if (!why)
		why = c->handlers[type](c->owner, &m, fds);
	else if (why == cut_short && (mh.msg_flags & MSG_CTRUNC) && c->on_cut &&
		 c->on_cut(c->owner, type))
		why = NULL;
	close_fds(fds, nfds);
	if (!why)
		return true;
	log_error("%s: letter %s refused: %s", c->peer_name,
		type < MSG_TYPES ? msg_rows[type].name : "(unreadable)", why);
	lose(c, why);
	return false;
}

/* A handler may close the channel, and may free it with its owner only through on_lost. */
static void on_io(struct io *io, uint32_t events)
{
	struct chan *c = container_of(io, struct chan, io);

	if (events & EPOLLOUT)
		flush(c);
	for (int i = 0; i < 64 && chan_is_open(c); i++)
		if (!receive(c))
			return;
}

int chan_open(struct chan *c, struct loop *l, int fd, const char *peer_name, enum msg_peer self,
	enum msg_peer peer, chan_handler *const *handlers, void *owner,
	void (*on_lost)(void *owner, const char *why))
{
	*c = (struct chan){.io = {.fd = fd, .fn = on_io},
		.loop = l,
		.peer_name = peer_name,
		.self = self,
		.peer = peer,
		.handlers = handlers,
		.on_lost = on_lost,
		.owner = owner};
	list_init(&c->unsent);
	return loop_add(l, &c->io, EPOLLIN);
}

/* ---- without a loop ---- */

int chan_send_blocking(int fd, enum msg_type type, const void *payload)
{
	struct buf bytes = BUF_INIT;
	ssize_t n = -1;

	errno = EMSGSIZE;
	if (msg_encode(&bytes, type, payload) && buf_len(&bytes) <= CHAN_MAX) {
		while ((n = send_one(fd, buf_span(&bytes), NULL, 0)) < 0 && errno == EINTR)
			;
	}
	buf_free(&bytes);
	return n < 0 ? -1 : 0;
}

long chan_recv_blocking(int fd, char *to, size_t size)
{
	ssize_t n;

	while ((n = recv(fd, to, size, 0)) < 0 && errno == EINTR)
		;
	return n;
}
