/* SPDX-License-Identifier: MIT
 *
 * http_close: see http_close.h.
 */
#include "gateway/http_close.h"

#include <sys/socket.h>

#include "gateway/http_pace.h"

/* What is read of a client that sends on, within http_pace's time. */
#define LINGER_MAX (64u * 1024 * 1024)

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
