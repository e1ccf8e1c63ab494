/* SPDX-License-Identifier: MIT
 *
 * clients: how many connections each client address has, in all lanes.
 * Runs in: the gateway, from any lane. Has a row only for addresses with connections. Knows nothing
 * of connections themselves, nor of what becomes of those that are one too many.
 */
#ifndef HEARTH_CLIENTS_H
#define HEARTH_CLIENTS_H

#include "common/cidr.h"

struct client;

/* One more connection from there. False: it has `most` already, which is logged now and then.
 * *client is for clients_leave. NULL: it is not counted, as nothing is that comes from this machine
 * or without an address; nor anything if `most` is 0, or memory for a row is short.
 *
 * Who has an IPv6 address has a network of them: all of a /64 are one client. */
bool clients_enter(const struct ip *from, uint32_t most, struct client **client);
void clients_leave(struct client *client);

#endif
