/* SPDX-License-Identifier: MIT
 *
 * cidr: see cidr.h.
 */
#include "common/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/digits.h"
#include "common/mem.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* ---- addresses ---- */

bool ip_eq(const struct ip *a, const struct ip *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

bool ip_is_none(const struct ip *ip)
{
	static const struct ip none;

	return ip_eq(ip, &none);
}

bool ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

struct ip ip_from_v4(const void *four_bytes)
{
	struct ip ip;

	memcpy(ip.bytes, mapped, sizeof mapped);
	memcpy(ip.bytes + sizeof mapped, four_bytes, 4);
	return ip;
}

static bool parse_any(struct span text, struct ip *ip)
{
	char copy[IP_TEXT_MAX];
	uint8_t v4[4];

	if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, '\0', text.n))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, v4) == 1)
		*ip = ip_from_v4(v4);
	else
		return inet_pton(AF_INET6, copy, ip->bytes) == 1;
	return true;
}

bool ip_parse(struct span text, struct ip *ip)
{
	return parse_any(text, ip) && !ip_is_none(ip);
}

const char *ip_put(const struct ip *ip, char to[static IP_TEXT_MAX])
{
	const uint8_t *v4 = ip->bytes + sizeof mapped;
	char *p = to;

	to[0] = '\0';
	if (ip_is_v4(ip)) {
		for (int i = 0; i < 4; i++) {
			p = digits_put(p, v4[i]);
			*p++ = '.';
		}
		p[-1] = '\0';
	} else if (!ip_is_none(ip)) {
		inet_ntop(AF_INET6, ip->bytes, to, IP_TEXT_MAX);
	}
	return to;
}

bool ip_port_parse(struct span text, uint16_t *port)
{
	unsigned value = 0;

	if (text.n < 1 || text.n > 5 || (text.n > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.p[i] - '0');
	}
	*port = (uint16_t)value;
	return value <= UINT16_MAX;
}

struct endpoint endpoint_of(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	struct endpoint e = {0};

	if (ss->ss_family == AF_INET) {
		e.ip = ip_from_v4(&in->sin_addr);
		e.port = ntohs(in->sin_port);
	} else if (ss->ss_family == AF_INET6) {
		memcpy(e.ip.bytes, &in6->sin6_addr, sizeof e.ip.bytes);
		e.port = ntohs(in6->sin6_port);
	}
	return e;
}

/* ---- networks ---- */

static void clear_behind(struct ip *ip, unsigned bits)
{
	for (unsigned i = 0; i < sizeof ip->bytes; i++) {
		unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
		if (kept < 8)
			ip->bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
}

/* A bit behind the prefix is a slip of somebody who meant another network, or one address. */
const char *cidr_parse(const char *text, struct cidr *net)
{
	const char *slash = strchr(text, '/');
	struct span address = {text, slash ? (size_t)(slash - text) : strlen(text)};
	const bool is_v4 = !memchr(address.p, ':', address.n);
	uint16_t bits = is_v4 ? 32 : 128;
	struct ip cleared;

	if (!(slash ? parse_any : ip_parse)(address, &net->ip))
		return "does not begin with an address in numbers";
	if (slash && (!ip_port_parse(span_of(slash + 1), &bits) || bits > (is_v4 ? 32 : 128)))
		return is_v4 ? "has no number of bits from 0 to 32 behind its /"
			     : "has no number of bits from 0 to 128 behind its /";
	net->bits = (uint8_t)(is_v4 ? bits + 96 : bits);
	cleared = net->ip;
	clear_behind(&cleared, net->bits);
	return ip_eq(&cleared, &net->ip)
		       ? NULL
		       : "has bits set behind its prefix: clear them, or leave the / away for "
			 "one address";
}

bool cidr_has(const struct cidr *net, const struct ip *ip)
{
	struct ip masked = *ip;

	if (ip_is_none(ip) || (ip_is_v4(ip) && net->bits < 96))
		return false;
	clear_behind(&masked, net->bits);
	return ip_eq(&masked, &net->ip);
}

const char *cidr_list_add(struct cidr_list *l, struct span word)
{
	char text[IP_TEXT_MAX + sizeof "/128"];
	struct cidr net;
	const char *why;

	if (span_is(word, "unix")) {
		l->has_unix = true;
		return NULL;
	}
	snprintf(text, sizeof text, "%.*s", SPAN_FMT(word));
	why = cidr_parse(text, &net);
	if (why)
		return why;
	l->at = mem_array(l->at, l->n + 1, sizeof *l->at);
	l->at[l->n++] = net;
	return NULL;
}

bool cidr_list_has(const struct cidr_list *l, const struct ip *ip)
{
	if (ip_is_none(ip))
		return l->has_unix;
	for (size_t i = 0; i < l->n; i++)
		if (cidr_has(&l->at[i], ip))
			return true;
	return false;
}

void cidr_list_free(struct cidr_list *l)
{
	free(l->at);
	*l = (struct cidr_list){0};
}
