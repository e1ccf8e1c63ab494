/* SPDX-License-Identifier: MIT
 *
 * proxy_front: see proxy_front.h.
 *
 * The header is looked at where it lies, in the socket, and taken when its length is known: what
 * follows belongs to somebody else. Each arrival is an edge of its own, whether or not what came
 * before was taken.
 */
#include "gateway/proxy_front.h"

#include <errno.h>
#include <sys/socket.h>

#include "common/log.h"
#include "gateway/http_front.h"
#include "gateway/proxy_protocol.h"

#define SAY_EVERY_MS 1000

/* A flood of bad headers is no flood of log lines. */
static bool may_say(const struct lane *l, unsigned *unsaid)
{
	static _Atomic int64_t next_us;
	static _Atomic unsigned held_back;
	int64_t due = next_us;

	if (l->loop.now.us < due || !atomic_compare_exchange_strong(&next_us, &due,
					    mono_add_ms(l->loop.now, SAY_EVERY_MS).us)) {
		held_back++;
		return false;
	}
	*unsaid = atomic_exchange(&held_back, 0);
	return true;
}

static void refuse(struct conn *c, const char *why)
{
	const char *address = c->via->address ? c->via->address : "";
	char peer[IP_TEXT_MAX];
	unsigned unsaid;

	lane_count(&c->lane->counters.errors);
	if (may_say(c->lane, &unsaid)) {
		log_warn("listener %s: a connection from %s %s: closed", address,
			ip_put(&c->peer.ip, peer)[0] ? peer : "a unix socket", why);
		if (unsaid)
			log_warn("listener %s: and %u more like it before", address, unsaid);
	}
	conn_close(c);
}

/* Here a client's address becomes known, if not when it was accepted. */
static void learn(struct conn *c, const struct proxy_header *h)
{
	if (h->named) {
		c->peer = h->client;
		c->local = h->local;
	}
}

static void make_way(struct conn *c)
{
	c->face = &http_face;
	http_front_open(c);
	c->readable = true; /* what came with the header has had its edge */
	if (conn_is_open(c))
		c->face->readable(c);
}

/* Into the scratch. Bytes; 0: it is over; -1: nothing now. */
static ssize_t receive(struct conn *c, size_t most, int flags)
{
	ssize_t n;

	while ((n = recv(c->io.fd, c->lane->scratch, most, flags)) < 0 && errno == EINTR)
		;
	return n < 0 && errno != EAGAIN ? 0 : n;
}

/* A connection that was sent nothing is a probe, and nobody's fault. */
static void wait_for_more(struct conn *c, bool is_over, bool has_begun)
{
	if (!is_over)
		c->readable = false;
	else if (has_begun)
		refuse(c, "ends within its PROXY header");
	else
		conn_close(c);
}

/* The header, and nothing that is behind it. */
static void take_header(struct conn *c)
{
	ssize_t n = 1;

	while (c->lingered && (n = receive(c, c->lingered, 0)) > 0)
		c->lingered -= (uint32_t)n;
	if (c->lingered)
		wait_for_more(c, n == 0, true);
	else
		make_way(c);
}

static void on_readable(struct conn *c)
{
	struct proxy_header header;
	const char *why = NULL;
	ssize_t n, used = 0;

	if (c->lingered) {
		take_header(c);
		return;
	}
	n = receive(c, PROXY_HEADER_LOOK, MSG_PEEK);
	if (n > 0)
		used = proxy_parse(c->lane->scratch, (size_t)n, &header, &why);
	if (used < 0) {
		refuse(c, why);
	} else if (used > 0) {
		learn(c, &header);
		c->lingered = (uint32_t)used;
		take_header(c);
	} else {
		wait_for_more(c, n == 0 || (n > 0 && c->hung_up), n > 0);
	}
}

static void on_drained(struct conn *c)
{
	(void)c; /* nothing is ever put */
}

static void on_expired(struct conn *c)
{
	refuse(c, "sends no whole PROXY header within header_timeout");
}

static void on_lost(struct conn *c)
{
	(void)c;
}

const struct conn_face proxy_face = {
	.readable = on_readable,
	.drained = on_drained,
	.expired = on_expired,
	.lost = on_lost,
	.again = on_readable,
};

void proxy_front_open(struct conn *c)
{
	conn_expect(c, mono_add_ms(c->lane->loop.now, c->plan->header_timeout_ms));
}

void proxy_front_drain(struct conn *c)
{
	if (conn_is_open(c))
		on_readable(c);
	if (c->face == &proxy_face)
		conn_close(c);
}
