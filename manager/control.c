/* SPDX-License-Identifier: MIT
 *
 * control: see control.h.
 */
#include "manager/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "manager/command.h"

#define BACKLOG 16
#define PIECE   (32u * 1024)

struct caller {
	struct list link; /* control.callers */
	struct asker asker;
	struct chan chan;
	struct house *house;
	uid_t uid;
	bool greeted, asked;
};

static void caller_free(struct caller *c)
{
	list_remove(&c->link);
	list_remove(&c->asker.link);
	chan_close(&c->chan);
	free(c);
}

/* ---- answers ---- */

static void say(struct asker *a, struct span text)
{
	struct caller *c = container_of(a, struct caller, asker);

	while (text.n) {
		size_t n = text.n < PIECE ? text.n : PIECE;
		struct msg_ctl_text m = {.text = {text.p, n}};
		chan_send(&c->chan, MSG_CTL_TEXT, &m, NULL);
		text = span_from(text, n);
	}
}

/* The caller hangs up when it has read this; not we, or what is unread would be lost. */
static void end(struct asker *a, unsigned status, const char *why)
{
	struct caller *c = container_of(a, struct caller, asker);
	struct msg_ctl_end m = {.status = status, .why = span_of(why)};

	if (m.why.n > PIECE)
		m.why.n = PIECE;
	chan_send(&c->chan, MSG_CTL_END, &m, NULL);
}

/* ---- questions ---- */

static const char *on_hello(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct caller *c = owner;
	struct msg_hello hello = {.version = MSG_VERSION, .pid = (uint32_t)getpid()};

	(void)fds;
	if (m->hello.version != MSG_VERSION)
		return "it is of another version";
	c->greeted = true;
	chan_send(&c->chan, MSG_HELLO, &hello, NULL);
	return NULL;
}

static bool may_ask(const struct caller *c)
{
	return c->uid == 0 || c->uid == geteuid();
}

static const char *on_command(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct caller *c = owner;
	char why[100];

	(void)fds;
	if (!c->greeted || c->asked)
		return "one hello and one command, in this order";
	c->asked = true;
	if (may_ask(c)) {
		command_run(c->house, &c->asker, m->ctl_command.line);
		return NULL;
	}
	snprintf(why, sizeof why, "user %u may not ask: only root and user %u may",
		(unsigned)c->uid, (unsigned)geteuid());
	log_warn("control: %s", why);
	end(&c->asker, 1, why);
	return NULL;
}

static chan_handler *const handlers[MSG_TYPES] = {
	[MSG_HELLO] = on_hello,
	[MSG_CTL_COMMAND] = on_command,
};

static void on_lost(void *owner, const char *why)
{
	(void)why;
	caller_free(owner);
}

/* ---- the socket ---- */

static void welcome(struct control *ctl, int fd)
{
	struct caller *c = mem_zalloc(sizeof *c);
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t len = sizeof peer;

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	c->uid = peer.uid;
	c->house = ctl->house;
	c->asker = (struct asker){.say = say, .end = end};
	list_init(&c->asker.link);
	list_push_back(&ctl->callers, &c->link);
	if (chan_open(&c->chan, &ctl->house->loop, fd, "control", MANAGER, CTL, handlers, c,
		    on_lost) < 0)
		caller_free(c);
}

static void on_ring(struct io *io, uint32_t events)
{
	struct control *ctl = container_of(io, struct control, io);
	int fd = accept4(io->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		welcome(ctl, fd);
}

/* A daemon that answers is named; the socket of one that does not is replaced. */
static bool is_alone(const char *path, char *why, size_t size)
{
	int fd = listen_knock(path, SOCK_SEQPACKET | SOCK_NONBLOCK);
	struct ucred peer = {0};
	socklen_t len = sizeof peer;

	if (fd < 0 && errno == EAGAIN) {
		snprintf(why, size, "control socket %s is held by somebody who does not answer",
			path);
		return false;
	}
	if (fd < 0)
		return true;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	fd_close(&fd);
	snprintf(why, size, "already running as pid %d (control socket %s)", (int)peer.pid, path);
	return false;
}

bool control_open(struct control *c, struct house *h, const char *path, char *why, size_t size)
{
	*c = (struct control){.io = {.fd = -1, .fn = on_ring}, .house = h};
	list_init(&c->callers);
	if (!is_alone(path, why, size))
		return false;
	c->io.fd = listen_unix(path, SOCK_SEQPACKET | SOCK_NONBLOCK, 0600, BACKLOG, why, size);
	if (c->io.fd < 0)
		return false;
	c->path = mem_strdup(path);
	if (loop_add(&h->loop, &c->io, EPOLLIN) == 0)
		return true;
	snprintf(why, size, "control %s: %s", path, strerror(errno));
	control_shut(c);
	return false;
}

void control_shut(struct control *c)
{
	if (c->io.fd < 0)
		return;
	loop_del(&c->house->loop, &c->io);
	fd_close(&c->io.fd);
	unlink(c->path);
	free(c->path);
	c->path = NULL;
}

void control_close(struct control *c)
{
	control_shut(c);
	list_for_each (it, &c->callers)
		caller_free(container_of(it, struct caller, link));
}
