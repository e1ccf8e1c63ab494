/* SPDX-License-Identifier: MIT
 *
 * outside_peer: see outside_peer.h.
 */
#include "gateway/outside_peer.h"

#include <arpa/inet.h>
#include <stdio.h>

static const struct outside_place nonsense = {.kind = OUTSIDE_NONSENSE};

static struct outside_place read_unix(struct span path)
{
	struct outside_place to = {.kind = OUTSIDE_PEER};

	return path.n && fcgi_peer_unix(&to.peer, path) ? to : nonsense;
}

static bool read_port(struct span s, uint16_t *port)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || n > 6553)
			return false;
		n = n * 10 + (unsigned)(s.p[i] - '0');
	}
	*port = (uint16_t)n;
	return n > 0 && n <= 65535;
}

static bool read_number(struct fcgi_peer *p, const char *host, uint16_t port, bool v6)
{
	struct fcgi_peer is = {0};
	void *number = v6 ? (void *)&is.in6.sin6_addr : &is.in.sin_addr;

	is.any.sa_family = v6 ? AF_INET6 : AF_INET;
	return inet_pton(is.any.sa_family, host, number) == 1 && outside_peer_of(p, &is.any, port);
}

struct outside_place outside_place_read(struct span text)
{
	struct outside_place to = {.kind = OUTSIDE_PEER};
	const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
	struct span host;
	bool v6;

	if (span_starts(text, SPAN_LIT("unix:")))
		return read_unix(span_from(text, 5));
	if (!colon || !read_port(span_from(text, (size_t)(colon - text.p) + 1), &to.port))
		return nonsense;
	host = (struct span){text.p, (size_t)(colon - text.p)};
	v6 = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	if (v6)
		host = (struct span){host.p + 1, host.n - 2};
	if (host.n == 0 || host.n >= sizeof to.host || memchr(host.p, '\0', host.n))
		return nonsense;
	memcpy(to.host, host.p, host.n);
	if (read_number(&to.peer, to.host, to.port, v6))
		return to;
	to.kind = OUTSIDE_NAME;
	return v6 || memchr(host.p, ':', host.n) ? nonsense : to;
}

bool outside_peer_of(struct fcgi_peer *to, const struct sockaddr *addr, uint16_t port)
{
	*to = (struct fcgi_peer){0};
	if (addr->sa_family == AF_INET) {
		to->len = sizeof to->in;
		memcpy(&to->in, addr, sizeof to->in);
		to->in.sin_port = htons(port);
	} else if (addr->sa_family == AF_INET6) {
		to->len = sizeof to->in6;
		memcpy(&to->in6, addr, sizeof to->in6);
		to->in6.sin6_port = htons(port);
	}
	return to->len > 0;
}

bool outside_peer_same(const struct fcgi_peer *a, const struct fcgi_peer *b)
{
	return a->len == b->len && memcmp(&a->any, &b->any, a->len) == 0;
}

void outside_peer_label(char to[static OUTSIDE_LABEL_MAX], struct span text, bool is_name,
	const struct fcgi_peer *p)
{
	char address[INET6_ADDRSTRLEN] = "";

	if (is_name && p->any.sa_family == AF_INET)
		inet_ntop(AF_INET, &p->in.sin_addr, address, sizeof address);
	else if (is_name && p->any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &p->in6.sin6_addr, address, sizeof address);
	snprintf(to, OUTSIDE_LABEL_MAX, "%.*s%s%s%s", SPAN_FMT(text), address[0] ? " (" : "",
		address, address[0] ? ")" : "");
}
