/* SPDX-License-Identifier: MIT
 *
 * http_close: see http_close.h.
 */
#include "gateway/http_close.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "gateway/http_pace.h"

/* What is read of a client that sends on, within http_pace's time. */
#define LINGER_MAX (64u * 1024 * 1024)

/* A kernel answers such probes for a client that has only shut down its side, as long as that is
 * there; and for a minute after one that has closed. */
static void probe(const struct conn *c)
{
	static const struct {
		int level, option, value;
	} settings[] = {
		{IPPROTO_TCP, TCP_KEEPIDLE, 10},
		{IPPROTO_TCP, TCP_KEEPINTVL, 10},
		{IPPROTO_TCP, TCP_KEEPCNT, 3},
		{SOL_SOCKET, SO_KEEPALIVE, 1},
	};

	for (size_t i = 0; i < nitems(settings); i++)
		if (setsockopt(c->io.fd, settings[i].level, settings[i].option, &settings[i].value,
			    sizeof settings[i].value) < 0)
			return; /* a unix socket, which tells the two apart by itself */
}

/* RFC 9112 9.6 knows clients that shut down their side and wait for the answer. Whoever means that
 * does it right behind the request; later it is one that closes, which looks the same from here
 * (nginx takes both for that). What is still unread was said just now. */
bool http_has_left(struct conn *c, struct mono heard, int64_t grace_ms)
{
	int unread = 0;

	if (mono_ms_between(heard, c->lane->loop.now) > grace_ms)
		return ioctl(c->io.fd, FIONREAD, &unread) < 0 || unread == 0;
	probe(c);
	return false;
}

/* Waits until the client has seen the answer before the socket goes: closing with unread bytes
 * would reset the connection and take the answer along. They may be there although the client
 * has hung up behind them. */
static void linger(struct conn *c)
{
	if ((c->hung_up && !c->readable) || shutdown(c->io.fd, SHUT_WR) < 0) {
		conn_close(c);
		return;
	}
	http_enter(c, LINGER);
	c->face->again(c); /* what is there already has no edge of its own any more */
}

void http_finish_closing(struct conn *c)
{
	if (!c->reset && (c->readable || c->lingered))
		linger(c);
	else
		conn_close(c);
}

void http_no_more(struct conn *c)
{
	if (conn_unsent(c))
		http_enter(c, CLOSING);
	else
		conn_close(c);
}

bool http_throw_away(struct conn *c)
{
	ssize_t n = conn_read(c, c->lane->scratch, LANE_SCRATCH);

	if (n > 0)
		c->lingered += (uint32_t)n;
	if (n < 0 || c->lingered > LINGER_MAX)
		conn_close(c);
	return n > 0;
}
