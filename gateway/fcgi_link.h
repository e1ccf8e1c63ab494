/* SPDX-License-Identifier: MIT
 *
 * fcgi_link: a connection to the socket of a FastCGI program, and what is on its way there.
 * Runs in: the gateway. Knows nothing of records, requests and workers.
 */
#ifndef HEARTH_FCGI_LINK_H
#define HEARTH_FCGI_LINK_H

#include <netinet/in.h>
#include <sys/un.h>

#include "common/buf.h"
#include "common/loop.h"

/* Whose socket it is. */
struct fcgi_peer {
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len;
};

struct fcgi_link {
	struct io io; /* edge-triggered; fd -1: not connected */
	struct fcgi_peer peer;
	struct buf out;  /* on its way */
	bool waits_room; /* EPOLLOUT is armed */
	bool ending;     /* its side is closed: what there is must be read to the end */
	bool fresh;      /* nothing was asked over this connection before */
};

/* False: the path is too long for a socket. */
bool fcgi_peer_unix(struct fcgi_peer *p, struct span path);
/* Not connected; the peer is set before it is opened. */
void fcgi_link_init(struct fcgi_link *k, void (*fn)(struct io *, uint32_t));
/* Anew, if it is open; what is on its way goes there now. Over the internet that may still fail
 * when there is room or an event. False with errno: there is nobody; EAGAIN: so many wait there
 * that we cannot. */
bool fcgi_link_open(struct fcgi_link *k, struct loop *l);
/* In words, why that failed. */
const char *fcgi_link_why(int err);
/* Idempotent. What was on its way is lost. */
void fcgi_link_close(struct fcgi_link *k, struct loop *l);
/* Of one that is open and over which nobody has to say anything: its other side has ended it. */
bool fcgi_link_has_ended(const struct fcgi_link *k);
/* The kernel tells whether what was sent has been read. Over the internet it tells what has not
 * been acknowledged, and that may wait for an answer to go with. */
static inline bool fcgi_link_tells_unread(const struct fcgi_link *k)
{
	return k->peer.any.sa_family == AF_UNIX;
}
/* Nothing more will be said, though it is not complete; the other side may still be read. */
void fcgi_link_break_off(struct fcgi_link *k, struct loop *l);
/* Also brings another event for what is there already. */
void fcgi_link_rearm(struct fcgi_link *k, struct loop *l);
void fcgi_link_watch_room(struct fcgi_link *k, struct loop *l, bool on);
/* To another lane's loop; `from` NULL: it is in none. `to` NULL: it comes later. `here`: `from` is
 * this thread's. */
void fcgi_link_move(struct fcgi_link *k, struct loop *from, bool here, struct loop *to);

#endif
