/* SPDX-License-Identifier: MIT
 *
 * room: whether a client's socket tells when it takes more, and what it holds.
 * Runs in: the gateway, confined to one lane. Knows sockets; not what is written to them.
 *
 * A TCP socket tells only who was refused, and is asked from its first moment on. A unix socket
 * tells each time its other side has read something: it is asked only while it is full.
 */
#ifndef HEARTH_ROOM_H
#define HEARTH_ROOM_H

#include "common/loop.h"

struct room {
	bool asked;
	bool seldom; /* only while it is full */
};

/* What to watch the socket for, both ways. */
uint32_t room_events(const struct room *room);
/* An edge for room that is there already comes at once. */
void room_ask(struct room *room, struct loop *l, struct io *io);
/* It has taken all there was. */
void room_suffices(struct room *room, struct loop *l, struct io *io);
/* Bytes that the other side has not acknowledged yet. */
uint32_t room_untaken(int fd);

#endif
