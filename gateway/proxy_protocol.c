/* SPDX-License-Identifier: MIT
 *
 * proxy_protocol: see proxy_protocol.h. Section numbers are those of the PROXY protocol's
 * specification (HAProxy's doc/proxy-protocol.txt).
 */
#include "gateway/proxy_protocol.h"

static ssize_t refuse(const char **why, const char *text)
{
	*why = text;
	return -1;
}

/* ---- version 1: one line of text (2.1) ---- */

#define V1_BEGIN    "PROXY "
#define V1_LINE_MAX 107u

static const char v1_malformed[] = "begins with a malformed PROXY line";

/* Up to the next space, of which there is exactly one; empty if there is nothing. */
static struct span next_word(struct span *line)
{
	const char *space = line->n ? memchr(line->p, ' ', line->n) : NULL;
	struct span word = {line->p, space ? (size_t)(space - line->p) : line->n};

	*line = span_from(*line, space ? word.n + 1 : word.n);
	return word;
}

static bool v1_address(struct span *line, bool v6, struct ip *ip)
{
	struct span word = next_word(line);
	bool has_colon = word.n && memchr(word.p, ':', word.n);

	return has_colon == v6 && ip_parse(word, ip);
}

/* What stands behind "PROXY ". */
static bool v1_read(struct span line, struct proxy_header *out)
{
	/* A space at the end would pass for the end of the last word. */
	const bool whole = line.n && line.p[line.n - 1] != ' ';
	struct span family = next_word(&line);
	const bool v6 = span_is(family, "TCP6");

	if (span_is(family, "UNKNOWN"))
		return true;
	if (!whole || (!v6 && !span_is(family, "TCP4")))
		return false;
	out->named = true;
	return v1_address(&line, v6, &out->client.ip) && v1_address(&line, v6, &out->local.ip) &&
	       ip_port_parse(next_word(&line), &out->client.port) &&
	       ip_port_parse(next_word(&line), &out->local.port) && line.n == 0;
}

static ssize_t v1_parse(struct span s, struct proxy_header *out, const char **why)
{
	size_t end = 0;

	while (end < s.n && end < V1_LINE_MAX && s.p[end] != '\r' && s.p[end] != '\n')
		end++;
	if (end + 1 >= V1_LINE_MAX)
		return refuse(why, "begins with a PROXY line that does not end");
	if (end == s.n || (s.p[end] == '\r' && end + 1 == s.n))
		return 0;
	/* Neither CR nor LF ends a line alone. */
	if (s.p[end] != '\r' || s.p[end + 1] != '\n')
		return refuse(why, v1_malformed);
	s.n = end;
	if (!v1_read(span_from(s, sizeof V1_BEGIN - 1), out))
		return refuse(why, v1_malformed);
	return (ssize_t)end + 2;
}

/* ---- version 2: binary (2.2) ---- */

static const char v2_begin[] = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};

#define V2_FIXED 16u /* the begin, version and command, family and transport, length */

enum { V2_LOCAL = 0, V2_PROXY = 1 };
enum { V2_UNSPEC, V2_INET, V2_INET6, V2_UNIX, V2_FAMILIES };
enum { V2_NO_TRANSPORT, V2_STREAM, V2_DGRAM, V2_TRANSPORTS };

/* Both addresses and, of the internet's families, both ports. */
static const uint8_t v2_addresses[V2_FAMILIES] = {
	[V2_INET] = 2 * 4 + 2 * 2,
	[V2_INET6] = 2 * 16 + 2 * 2,
	[V2_UNIX] = 2 * 108,
};

static uint16_t u16_at(const char *p)
{
	return (uint16_t)((unsigned char)p[0] << 8 | (unsigned char)p[1]);
}

static struct ip ip_at(const char *p, bool v6)
{
	struct ip ip;

	if (!v6)
		return ip_from_v4(p);
	memcpy(ip.bytes, p, sizeof ip.bytes);
	return ip;
}

/* The client of a unix socket has no address that would say more than its proxy's. */
static void v2_read(const char *p, unsigned family, unsigned transport, struct proxy_header *out)
{
	const bool v6 = family == V2_INET6;
	const size_t size = v6 ? 16 : 4;

	if (transport == V2_NO_TRANSPORT || (!v6 && family != V2_INET))
		return;
	out->named = true;
	out->client.ip = ip_at(p, v6);
	out->local.ip = ip_at(p + size, v6);
	out->client.port = u16_at(p + 2 * size);
	out->local.port = u16_at(p + 2 * size + 2);
}

/* The fixed part is there. NULL, or what is wrong with it. */
static const char *v2_check(unsigned version, unsigned command, unsigned kind, unsigned length)
{
	const unsigned family = kind >> 4, transport = kind & 15;

	if (version != 2 || command > V2_PROXY)
		return "begins with a PROXY header of a version or command that we do not know";
	if (V2_FIXED + length > PROXY_HEADER_MAX)
		return "begins with a PROXY header that is too long";
	if (command == V2_LOCAL)
		return NULL; /* whatever family it names */
	if (family >= V2_FAMILIES || transport >= V2_TRANSPORTS)
		return "begins with a PROXY header of a family that we do not know";
	if (length < v2_addresses[family])
		return "begins with a PROXY header that is too short for its addresses";
	return NULL;
}

/* Behind the addresses come records (2.2: type, length, value) of which we need none. Nor is the
 * one with a checksum of use: TCP has one. */
static ssize_t v2_parse(struct span s, struct proxy_header *out, const char **why)
{
	const char *wrong;
	unsigned kind, length, needed;
	bool local;

	if (s.n < V2_FIXED)
		return 0;
	kind = (unsigned char)s.p[13];
	length = u16_at(s.p + 14);
	wrong = v2_check((unsigned char)s.p[12] >> 4, (unsigned char)s.p[12] & 15, kind, length);
	if (wrong)
		return refuse(why, wrong);
	local = (s.p[12] & 15) == V2_LOCAL;
	needed = local ? 0 : v2_addresses[kind >> 4];
	if (s.n < V2_FIXED + needed)
		return 0;
	if (!local)
		v2_read(s.p + V2_FIXED, kind >> 4, kind & 15, out);
	if (out->named && ip_is_none(&out->client.ip))
		return refuse(why, "begins with a PROXY header that names nobody");
	return (ssize_t)(V2_FIXED + length);
}

/* ---- either ---- */

static bool begins(struct span s, const char *with, size_t n)
{
	return s.n == 0 || memcmp(s.p, with, s.n < n ? s.n : n) == 0;
}

ssize_t proxy_parse(const char *p, size_t n, struct proxy_header *out, const char **why)
{
	struct span s = {p, n};

	*out = (struct proxy_header){0};
	if (begins(s, V1_BEGIN, sizeof V1_BEGIN - 1))
		return n < sizeof V1_BEGIN - 1 ? 0 : v1_parse(s, out, why);
	if (begins(s, v2_begin, sizeof v2_begin))
		return v2_parse(s, out, why);
	return refuse(why, "does not begin with a PROXY header");
}
