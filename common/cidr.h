/* SPDX-License-Identifier: MIT
 *
 * cidr: internet addresses and networks of them, as bytes and as text.
 * Runs in: every process. Pure: no look-up of names.
 *
 * There is one form for both families: an IPv4 address is its IPv4-mapped IPv6 one (RFC 4291
 * 2.5.5.2). So a client is the same client whichever way its address came to us.
 */
#ifndef HEARTH_CIDR_H
#define HEARTH_CIDR_H

#include <sys/socket.h>

#include "common/span.h"

/* All zero is no address: that of a unix socket's other end, or one that nobody knows. */
struct ip {
	uint8_t bytes[16];
};

struct endpoint {
	struct ip ip;
	uint16_t port; /* 0: unknown */
};

/* The longest text and its NUL. */
#define IP_TEXT_MAX 46

bool ip_is_none(const struct ip *ip);
bool ip_is_v4(const struct ip *ip);
bool ip_eq(const struct ip *a, const struct ip *b);
struct ip ip_from_v4(const void *four_bytes);

/* 192.0.2.1 or 2001:db8::1, and nothing else. "::" is refused: it is nobody's. */
bool ip_parse(struct span text, struct ip *ip);
/* The text of it, at `to`; empty if it is none. */
const char *ip_put(const struct ip *ip, char to[static IP_TEXT_MAX]);
/* 0 to 65535 in digits, without zeros before them. */
bool ip_port_parse(struct span text, uint16_t *port);

/* None, for families other than the internet's. */
struct endpoint endpoint_of(const struct sockaddr_storage *ss);

struct cidr {
	struct ip ip;
	uint8_t bits; /* of its 128 */
};

/* ADDRESS or ADDRESS/BITS. NULL, or what the text has or is. */
const char *cidr_parse(const char *text, struct cidr *net);
/* IPv4 addresses are in IPv4 networks only, however long an IPv6 one is: "::/0" does not mean
 * them. */
bool cidr_has(const struct cidr *net, const struct ip *ip);

/* Networks, and perhaps everybody who comes by a unix socket, for whom the word is "unix". */
struct cidr_list {
	struct cidr *at;
	size_t n;
	bool has_unix;
};

/* NULL, or what is wrong with the text, as cidr_parse says it. */
const char *cidr_list_add(struct cidr_list *l, struct span text);
/* An ip that is none comes by a unix socket. */
bool cidr_list_has(const struct cidr_list *l, const struct ip *ip);
void cidr_list_free(struct cidr_list *l);

#endif
