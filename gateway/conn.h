/* SPDX-License-Identifier: MIT
 *
 * conn: one client socket: its bytes out, its deadline, its end.
 * Runs in: the gateway, confined to one lane. Knows no protocol: that is its face's (http_front).
 *
 * conn_close may be called from anywhere; the object itself lives until the turn is over, so
 * whoever called into a face checks conn_is_open afterwards instead of fearing for its pointer.
 */
#ifndef HEARTH_CONN_H
#define HEARTH_CONN_H

#include "gateway/clients.h"
#include "gateway/file.h"
#include "gateway/lane.h"
#include "gateway/plan.h"
#include "gateway/room.h"
#include "gateway/spool.h"

/* What of a response waits in memory for its client; the rest goes to the spool's file, or its
 * source has to wait. */
#define CONN_OUT_IN_MEMORY (64u * 1024)

struct conn;
struct request;

struct conn_face {
	void (*readable)(struct conn *c); /* there may be bytes, or the end of them */
	void (*drained)(struct conn *c);  /* all that was put has been written */
	void (*expired)(struct conn *c);  /* what conn_expect was told has passed */
	void (*lost)(struct conn *c);     /* the client is gone; the conn closes after this */
	void (*again)(struct conn *c);    /* others had their turn since conn_yield */
};

struct conn {
	struct io io;
	struct timer deadline;
	struct list link;   /* lane->conns, until the turn is over: who walks there may close any */
	struct later again; /* after it has yielded; or in one of the lane's lists of idle ones */
	struct lane *lane;
	const struct conn_face *face;
	struct plan *plan; /* the one it was accepted under: keeps `via` */
	const struct plan_listener *via;
	struct client *client;   /* whom it is counted for, if anybody */
	struct request *request; /* the face's: what is being read or answered */
	void *several;           /* the face's, if it can be several at once; freed with us */
	struct room room;
	struct spool out;
	struct file *file;   /* goes out after `out`, by sendfile; our reference */
	struct quota *quota; /* of what of `out` goes to a file; borrowed from the face */
	uint64_t file_at, file_left;
	struct mono wrote_at; /* when the client last took something, or had something to take */
	struct mono due;      /* the face's deadline, which is not that of writing */
	uint8_t phase;        /* the face's */
	bool readable;        /* the socket may hold more than we read */
	bool hung_up;         /* the client will send no more */
	bool pumping;         /* the face's guard against itself */
	bool resuming;        /* the same, for what it calls when there is room again */
	bool served;          /* a request was answered here before */
	bool idle;            /* in such a list */
	bool turned_away;     /* one of the lane's */
	bool file_paused;     /* some of it has gone out in an earlier turn */
	bool reset;           /* close by a reset: it must not look like a proper end */
	bool blocked;         /* the socket takes no more; an edge will say when it does */
	bool broken;          /* nobody will ever read what is put */
	bool unspooled;       /* what waits stays in memory: its source is told to wait instead */
	bool held;            /* the face's: it has told the source so */
	uint32_t untaken;     /* of what the socket holds, when it was last full */
	uint32_t lingered;    /* bytes thrown away since we stopped listening; or still to be */
	uint32_t ahead;       /* the face's: requests begun since the client last made us wait */
	/* As the socket knows them, or as the proxy before us has said (proxy_front). */
	struct endpoint peer;
	struct endpoint local; /* none: as the listener is bound */
};

/* NULL: no memory; then fd is closed. */
struct conn *conn_new(struct lane *l, int fd, const struct plan_listener *via,
	const struct sockaddr_storage *peer, const struct conn_face *face);
void conn_close(struct conn *c);
/* The client is gone or shall be: tells the face, then closes. */
void conn_lost(struct conn *c);

/* Counts it for its client, whose address is known now. False: that one has too many. */
bool conn_count(struct conn *c);

/* The face's deadline; MONO_NEVER: none. A client that takes nothing of what waits for it is lost
 * after write_timeout, whatever the face expects. */
void conn_expect(struct conn *c, struct mono due);

static inline bool conn_is_open(const struct conn *c)
{
	return c->io.fd >= 0;
}

/* It has had enough of this turn: the face's `again` is called in the next one. */
void conn_yield(struct conn *c);

/* It only waits for a request: the lane may close it when it needs room. Until conn_wake. */
void conn_rest(struct conn *c);
void conn_wake(struct conn *c);

/* Reads into b (which has room). Bytes; 0: nothing now; -1: no more will come; -2: broken. */
ssize_t conn_read(struct conn *c, char *to, size_t room);
/* What will be put belongs to a response that may wait in files (whose bytes count against quota),
 * or has to wait at its source. */
void conn_response(struct conn *c, struct quota *quota, bool buffered);
/* Queues bytes; more than the memory for them holds is offered to the socket first. Tells nobody
 * of a broken connection: conn_flush does. False: no memory; it is of no use then either. */
bool conn_put(struct conn *c, struct span bytes);
/* There is as much as may wait here. The source shall wait for `drained`. */
bool conn_is_full(const struct conn *c);
/* Queues a part of a file behind what was put; takes the reference. Nothing may be put before it is
 * sent. A file that can no longer be sent as it was when it was opened costs the connection. */
void conn_put_file(struct conn *c, struct file *f, uint64_t at, uint64_t len);
/* Writes what the socket takes. May lose or drain the connection. */
void conn_flush(struct conn *c);

static inline uint64_t conn_unsent(const struct conn *c)
{
	return spool_len(&c->out) + c->file_left;
}

#endif
