/* SPDX-License-Identifier: MIT
 *
 * fcgi_seat: one seat of a FastCGI worker: its connection, what it is told over it, and what
 * becomes of a request when it fails.
 * Runs in: the gateway. Knows nothing of what the worker answers.
 */
#ifndef HEARTH_FCGI_SEAT_H
#define HEARTH_FCGI_SEAT_H

#include "gateway/dispatch.h"
#include "gateway/fcgi_link.h"
#include "gateway/fcgi_record.h"
#include "gateway/said.h"

struct fcgi_seat {
	struct worker w;
	struct fcgi_link link;
	bool body_ended; /* the end of STDIN is in link.out */
	bool readable;   /* there may be more: the client's side was full */
	bool deaf;       /* it takes no more of the request, but may have answered it */
	uint64_t sent;   /* bytes of this request that the socket took */
	bool carried;    /* some of a body is among them */
	bool answered;   /* something of this request's answer has come */
	bool dead;       /* the process is; what it said may wait for the client's side */
	bool knocks;     /* it is busy, for all we know, with what is none of ours: fcgi_knock.h */
	struct timer look;
	bool unburdened; /* of a request that it could not be told of: on its way to be idle */
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
/* It is of no use any more, and nor is its process: the manager is told. */
void fcgi_seat_break(struct fcgi_seat *f, const char *why);
/* ... while it serves a request, if it does. Unread: it says that it has not begun with it. */
void fcgi_seat_fail(struct fcgi_seat *f, const char *why, bool unread);
void fcgi_seat_fail_as(struct fcgi_seat *f, enum tally_ending ending, const char *why, bool unread);

/* Its request, from the beginning. */
void fcgi_seat_start(struct worker *w);
/* What there is of it, or will be: the socket has room, or more of a body that is passed on as it
 * comes has come. */
void fcgi_seat_send(struct fcgi_seat *f);

#endif
