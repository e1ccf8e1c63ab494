/* SPDX-License-Identifier: MIT
 *
 * proxy_protocol: the header of the PROXY protocol, version 1 and 2: bytes in, addresses out.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log.
 */
#ifndef HEARTH_PROXY_PROTOCOL_H
#define HEARTH_PROXY_PROTOCOL_H

#include <sys/types.h>

#include "common/cidr.h"

/* No header is longer, with everything that a proxy may tell of a certificate; and what it says of
 * addresses stands within its first bytes. */
#define PROXY_HEADER_MAX  4096u
#define PROXY_HEADER_LOOK 232u

struct proxy_header {
	bool named; /* else the connection is its proxy's own, or of a kind without addresses */
	struct endpoint client, local;
};

/* Reads a header from p[0..n), the bytes that came so far.
 *
 * Returns the number of bytes it takes, which may be more than n: what else has to come tells
 * nothing; 0 for "need more"; or -1, and *why is what the connection does. The verdict is the same
 * however the bytes were cut, and falls within PROXY_HEADER_LOOK of them. */
ssize_t proxy_parse(const char *p, size_t n, struct proxy_header *out, const char **why);

#endif
