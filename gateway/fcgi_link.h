/* SPDX-License-Identifier: MIT
 *
 * fcgi_link: a connection to a FastCGI worker's socket, and what is on its way there.
 * Runs in: the gateway. Knows nothing of records, requests and workers.
 */
#ifndef HEARTH_FCGI_LINK_H
#define HEARTH_FCGI_LINK_H

#include <sys/un.h>

#include "common/buf.h"
#include "common/loop.h"

struct fcgi_link {
	struct io io; /* edge-triggered; fd -1: not connected */
	struct sockaddr_un addr;
	struct buf out;  /* on its way */
	bool waits_room; /* EPOLLOUT is armed */
	bool ending;     /* its side is closed: what there is must be read to the end */
	bool fresh;      /* nothing was asked over this connection before */
};

/* False: the path is too long for a socket. */
bool fcgi_link_init(struct fcgi_link *k, struct span path, void (*fn)(struct io *, uint32_t));
/* Anew, if it is open; what is on its way goes there now. False with errno: there is nobody. */
bool fcgi_link_open(struct fcgi_link *k, struct loop *l);
/* Idempotent. What was on its way is lost. */
void fcgi_link_close(struct fcgi_link *k, struct loop *l);
/* Nothing more will be said, though it is not complete; the other side may still be read. */
void fcgi_link_break_off(struct fcgi_link *k, struct loop *l);
/* Also brings another event for what is there already. */
void fcgi_link_rearm(struct fcgi_link *k, struct loop *l);
void fcgi_link_watch_room(struct fcgi_link *k, struct loop *l, bool on);
/* To another lane's loop; `from` NULL: it is in none. `to` NULL: it comes later. `here`: `from` is
 * this thread's. */
void fcgi_link_move(struct fcgi_link *k, struct loop *from, bool here, struct loop *to);

#endif
