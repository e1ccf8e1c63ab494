/* SPDX-License-Identifier: MIT
 *
 * outside: the addresses of an external pool: who is asked next, over which connection, and who
 * rests because he has failed.
 * Runs in: the gateway. Knows nothing of what is said over connections.
 *
 * The pool has pm.max_children seats (outside_seat.c), each with one connection at most, so there
 * are never more. A seat that rests with its connection open lies in a list of that address, one
 * list a lane; else with the bare ones.
 */
#ifndef HEARTH_OUTSIDE_H
#define HEARTH_OUTSIDE_H

#include "gateway/fcgi_seat.h"
#include "gateway/outside_choice.h"
#include "gateway/outside_peer.h"

#define OUTSIDE_WHY_MAX 96

struct outside;

struct outside_sums {
	uint64_t requests, failed;
};

/* One word of backend. */
struct outside_name {
	char *text;
	struct outside_place place;
	struct outside_sums past; /* of its addresses that are no more */

	/* Lane 0's: */
	struct msg_fact_backend told;
	char told_why[OUTSIDE_WHY_MAX];
	bool asked;         /* its look-up is under way */
	unsigned in_vain;   /* look-ups, one after the other */
	struct mono ask_at; /* the next, at the soonest */
};

struct outside_address {
	_Atomic unsigned refs; /* the pool's, and those of seats */
	char *label;
	struct fcgi_peer peer; /* without length: of a name whose addresses are not known */
	_Atomic int64_t said_at;
	_Atomic bool ails; /* it has failures: for who holds no lock */

	/* Under the dispatcher's lock: */
	size_t name; /* whose it is, while it is not gone */
	struct outside_standing standing;
	uint32_t idle;    /* connections that are kept open */
	uint32_t unheard; /* new ones that nobody may have accepted yet, for some time */
	unsigned broken;  /* answers, one after the other, see outside_is_broken */
	struct outside_sums sums;
	char why[OUTSIDE_WHY_MAX];
	bool gone; /* out of the plan, or of what its name leads to */
	struct list kept[];
};

struct outside_seat {
	struct fcgi_seat f;
	struct outside *of;
	struct outside_address *at;    /* who has its request; NULL: it has none */
	struct outside_address *where; /* whom its connection led to last; or NULL */
	bool trial;                    /* its request finds out whether `at` is well again */
	bool is_kept;                  /* under the lock: it lies in a list of `where` */
	struct list kept;              /* that list, or the bare ones */
	struct timer by;               /* until when it has to be connected, or tries again */
	bool unheard;                  /* under the lock: counted as such */
	struct mono since;             /* when it began to try */
	unsigned pauses;
};

struct outside {
	struct dispatch *dispatch;
	char *pool;
	uint32_t rest_most_ms, idle_ms, resolve_ms;

	/* Under the dispatcher's lock: */
	struct outside_name *names;
	size_t nnames;
	struct outside_address **at;
	const struct outside_standing **standings; /* of the same */
	size_t n, turn;
	struct list bare;

	/* Lane 0's: */
	bool left; /* the pool is in no plan any more */
	struct timer wake, ask;
	struct mail news;
	_Atomic bool posted;
};

static inline struct outside_seat *outside_seat_of(struct worker *w)
{
	return container_of(w, struct outside_seat, f.w);
}

/* `tell` is called in lane 0 when something of an address has changed. */
void outside_init(void (*tell)(struct dispatch *d));
struct outside *outside_new(struct dispatch *d, const char *pool);

struct outside_address *outside_ref(struct outside_address *a);
void outside_unref(struct outside_address *a);

/* ---- under the lock ---- */

void outside_add(struct outside *o, struct outside_address *a);
void outside_drop(struct outside *o, size_t i);

/* It is out of the list that it rests in. */
void outside_rises(struct outside_seat *s);
/* It rests, in its home lane. */
void outside_rests(struct outside_seat *s);
/* Its request is over, one way or another. */
void outside_done(struct outside_seat *s);
/* It is idle, and its connection was closed. */
void outside_bares(struct outside_seat *s);
/* Any lane, of one that is idle in whichever lane: its connection is closed. */
void outside_shut(struct outside_seat *s);
/* Some address may be asked again, or none any more. */
void outside_review(struct outside *o);

/* ---- any lane, not under the lock ---- */

/* The address has failed its request. */
void outside_failed(struct outside_seat *s, const char *why);
/* It has taken the request over a new connection and closed that without an answer, or its answer
 * is no response. That may be the request's fault; but not so many times in a row, while there are
 * others. */
void outside_is_broken(struct outside_seat *s, const char *why);
/* Something of an answer has come: the connection was accepted. */
void outside_is_heard(struct outside_seat *s);
/* ... and it is a response, whatever its status. */
void outside_answers(struct outside_seat *s);
/* Its new connection is still in the backlog, or the backlog is full. */
void outside_is_unheard(struct outside_seat *s);
/* Its request goes to another address while the connection is tried by itself, for so long: nobody
 * else tries it meanwhile. False: then there is no connection left to spare for that. */
bool outside_is_alone(struct outside_seat *s, uint32_t ms);
/* It was connected to so: the next request may try it, over that connection. */
void outside_is_reached(struct outside_seat *s);
/* May another be asked now? */
bool outside_has_another(const struct outside_seat *s);

#endif
