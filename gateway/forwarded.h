/* SPDX-License-Identifier: MIT
 *
 * forwarded: what proxies before us say of the client: X-Forwarded-For and -Proto, or Forwarded
 * (RFC 7239).
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log. Whom to believe is the
 * caller's to say; nothing here may be called for a peer that is not trusted.
 *
 * Each proxy adds to the end of a list from whom it has the request. So lists are read from their
 * end, as long as who wrote is trusted: behind that, anybody may have written anything.
 */
#ifndef HEARTH_FORWARDED_H
#define HEARTH_FORWARDED_H

#include "common/cidr.h"
#include "gateway/http_parse.h"

/* From our peer, as it is in the beginning, to the client. */
struct forwarded {
	struct endpoint client;
	bool secure; /* https, where the client met the first proxy that we believe */
	bool traced; /* lists lead to him: nobody on the way hides from whom he has it */
};

typedef bool forwarded_trust(const void *arg, const struct ip *ip);

/* Follows the lists of a head at `base`. Where a word is no address (unknown, _hidden, nonsense)
 * the one who wrote it is the last that we know.
 *
 * Forwarded counts only where there is no X-Forwarded-For: most proxies set the latter and pass a
 * Forwarded of their client's making. Where it names somebody else, one of the two is of such
 * making, and the client is not traced. */
void forwarded_read(const struct http_head *head, const char *base, forwarded_trust *trust,
	const void *arg, struct forwarded *f);

#endif
