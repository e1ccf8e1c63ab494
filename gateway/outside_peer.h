/* SPDX-License-Identifier: MIT
 *
 * outside_peer: an address as backend has it, read: unix:PATH, ADDRESS:PORT, [V6ADDRESS]:PORT, or
 * HOST:PORT, whose addresses somebody has to look up.
 * Runs in: the gateway. Pure.
 */
#ifndef HEARTH_OUTSIDE_PEER_H
#define HEARTH_OUTSIDE_PEER_H

#include "common/span.h"
#include "gateway/fcgi_link.h"

#define OUTSIDE_HOST_MAX  256
#define OUTSIDE_LABEL_MAX 384

enum outside_kind { OUTSIDE_NONSENSE, OUTSIDE_PEER, OUTSIDE_NAME };

struct outside_place {
	enum outside_kind kind;
	struct fcgi_peer peer;       /* unless it is a name */
	char host[OUTSIDE_HOST_MAX]; /* of a name */
	uint16_t port;
};

struct outside_place outside_place_read(struct span text);
bool outside_peer_same(const struct fcgi_peer *a, const struct fcgi_peer *b);
/* One of a name's addresses, with its port. False: of no family that we speak. */
bool outside_peer_of(struct fcgi_peer *to, const struct sockaddr *addr, uint16_t port);
/* For messages: what the configuration says, and where that has led to if it is a name. */
void outside_peer_label(char to[static OUTSIDE_LABEL_MAX], struct span text, bool is_name,
	const struct fcgi_peer *p);

#endif
