/* SPDX-License-Identifier: MIT
 *
 * fcgi_seat: one seat of a FastCGI worker, or a connection to a server that somebody else runs:
 * what it is told over it, and what becomes of a request when it fails.
 * Runs in: the gateway. Knows nothing of what the worker answers.
 */
#ifndef HEARTH_FCGI_SEAT_H
#define HEARTH_FCGI_SEAT_H

#include "gateway/dispatch.h"
#include "gateway/fcgi_link.h"
#include "gateway/fcgi_record.h"
#include "gateway/said.h"

struct fcgi_seat;

/* Who is at the other end: a worker of ours, or a server that somebody else runs. */
struct fcgi_end {
	bool ours;
	/* As fcgi_link_open. */
	bool (*connect)(struct fcgi_seat *f);
	/* It is of no use for what it does now, nor may be for others. Before its request is tried
	 * again, or answered. */
	void (*failed)(struct fcgi_seat *f, enum tally_ending ending, const char *why);
	/* Behind that: it does nothing any more. */
	void (*failed_wholly)(struct fcgi_seat *f);
	/* Not ours: it has not begun with the request, and says so. */
	void (*refused)(struct fcgi_seat *f, uint8_t protocol_status, const char *why);
	/* Not ours: the first record of an answer has come; and what came is a response, or is
	 * none. */
	void (*answers)(struct fcgi_seat *f);
	void (*responds)(struct fcgi_seat *f);
	void (*babbles)(struct fcgi_seat *f);
	/* Not ours, while it is alone: its connection is there now, or never will be. */
	void (*reached)(struct fcgi_seat *f);
	/* Under the lock: its connection was closed while it was idle. */
	void (*hung_up)(struct fcgi_seat *f);
};

struct fcgi_seat {
	struct worker w;
	struct fcgi_link link;
	const struct fcgi_end *end;
	const char *who; /* for messages: "child 123", or an address */
	char name[24];   /* the former */
	bool body_ended; /* the end of STDIN is in link.out */
	bool readable;   /* there may be more: the client's side was full */
	bool deaf;       /* it takes no more of the request, but may have answered it */
	uint64_t sent;   /* bytes of this request that the socket took */
	bool carried;    /* some of a body is among them */
	bool answered;   /* something of this request's answer has come */
	bool spoke;      /* and that was output */
	bool judged;     /* ... of which is known whether it begins as a response */
	bool left;       /* it has closed its side, and not for an error */
	bool keeps;      /* it keeps connections as asked: one was there for a second request */
	bool dead;       /* the process is; what it said may wait for the client's side */
	bool knocks;     /* it is busy, for all we know, with what is none of ours: fcgi_knock.h */
	bool asks_kept;  /* ... and that is asked over the connection of its requests */
	bool alone;      /* it is connecting, and its request has gone elsewhere */
	struct mono done_at; /* when the last answer was complete */
	struct timer look;
	uint32_t look_ms;
	struct mono asked_at; /* behind an answer */
	bool owes_values;     /* an answer to that may still come, before that of a request */
	bool unburdened;      /* of a request that it could not be told of: on its way to be idle */
	uint16_t id;          /* of its request, on this connection */
	bool knows_one_id;    /* and it answers with FCGI_WRAP_ONLY_ID, whatever that was */
	struct fcgi_reader reader;
	const char *refusal; /* what was read says something that is no response */
	struct said said;    /* FCGI_STDERR */
};

static inline struct fcgi_seat *fcgi_seat_of(struct worker *w)
{
	return container_of(w, struct fcgi_seat, w);
}

static inline struct loop *fcgi_seat_loop(const struct fcgi_seat *f)
{
	return &((struct lane *)f->w.home)->loop;
}

/* broken: called in any lane, once a process: it must be ended. */
void fcgi_seat_init(void (*broken)(struct worker *w, const char *why));

void fcgi_seat_hang_up(struct fcgi_seat *f);
/* Of ours: it is of no use any more, and nor is its process: the manager is told. */
void fcgi_seat_break(struct fcgi_seat *f, const char *why);
extern const struct fcgi_end fcgi_end_ours;
/* It is of no use, while it serves a request, if it does. Unread: it has not begun with it, for all
 * we know. */
void fcgi_seat_fail(struct fcgi_seat *f, const char *why, bool unread);
void fcgi_seat_fail_as(struct fcgi_seat *f, enum tally_ending ending, const char *why, bool unread);

/* Its request, from the beginning: nothing of it was said yet. */
void fcgi_seat_begin(struct fcgi_seat *f);
/* As fcgi_end.connect; if there is no descriptor for it, some connection that is idle makes way, of
 * whichever pool and lane it is. */
bool fcgi_seat_connect(struct fcgi_seat *f);
/* Of one that rests: its connection ends. False: it has none. */
bool fcgi_seat_spare(struct worker *w);
/* Nobody could be connected to, for this errno. */
void fcgi_seat_unreached(struct fcgi_seat *f, int err);
/* Of one that is connected: it has kept its connection for a while, and does so still. Who closes
 * it behind an answer, as Ruby's does, or php-fpm if that was the last of pm.max_requests, would
 * have done so by now. */
bool fcgi_seat_has_rested(const struct fcgi_seat *f);
/* It is connected, or nearly so. */
void fcgi_seat_speak(struct fcgi_seat *f);
/* It takes the next request, or rests, when this turn is over and not from in here: that may fail
 * in the same way, and the line may be long. Its request is NULL. */
void fcgi_seat_unburden(struct fcgi_seat *f);
/* What there is of it, or will be: the socket has room, or more of a body that is passed on as it
 * comes has come. */
void fcgi_seat_send(struct fcgi_seat *f);

#endif
