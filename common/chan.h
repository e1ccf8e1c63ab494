/* SPDX-License-Identifier: MIT
 *
 * chan: one end of a SOCK_SEQPACKET socket that carries letters and descriptors.
 * Runs in: every process; an end belongs to one loop, hence to one thread.
 *
 * A letter that is malformed, unknown, misdirected or has the wrong number of descriptors ends
 * the peer, as does a handler that answers with a sentence: the channel is closed, one line is
 * logged and on_lost is called. on_lost is called once, for end of file as well, and may free the
 * channel's owner.
 */
#ifndef HEARTH_CHAN_H
#define HEARTH_CHAN_H

#include "common/loop.h"
#include "common/msg.h"

/* The largest letter on the wire. */
#define CHAN_MAX (160u * 1024)

/* NULL, or what is wrong. A descriptor that the handler keeps it replaces by -1 in fds; the
 * channel closes the rest. */
typedef const char *chan_handler(void *owner, const union msg *m, int fds[MSG_FDS_MAX]);

struct chan {
	struct io io;
	struct loop *loop;
	const char *peer_name; /* for the log */
	enum msg_peer self, peer;
	chan_handler *const *handlers; /* [MSG_TYPES]; NULL: this peer never sends that */
	void (*on_lost)(void *owner, const char *why);
	/* There was no descriptor left here for those that a letter brings. True: the letter is
	 * passed over, and not the channel lost. NULL: always lost. */
	bool (*on_cut)(void *owner, enum msg_type type);
	void *owner;
	struct list unsent; /* letters the socket had no room for */
	size_t unsent_bytes;
	bool writing; /* EPOLLOUT is armed */
};

/* Takes fd (non-blocking SEQPACKET). */
int chan_open(struct chan *c, struct loop *l, int fd, const char *peer_name, enum msg_peer self,
	enum msg_peer peer, chan_handler *const *handlers, void *owner,
	void (*on_lost)(void *owner, const char *why));
/* Idempotent; does not call on_lost. */
void chan_close(struct chan *c);
static inline bool chan_is_open(const struct chan *c)
{
	return c->io.fd >= 0;
}

/* Sends or queues a letter. fds: as many as its row in msg.def says (NULL if none); they are the
 * channel's from here on and -1 in fds, whatever happens. False: the letter is too large or there
 * is no memory (it was not sent); a dead peer shows in on_lost, not here. */
bool chan_send(struct chan *c, enum msg_type type, const void *payload, int *fds);

/* For programs without a loop (the command line): blocks. Returns bytes, 0 at the end, -1. */
int chan_send_blocking(int fd, enum msg_type type, const void *payload);
long chan_recv_blocking(int fd, char *to, size_t size);

#endif
