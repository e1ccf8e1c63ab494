/* SPDX-License-Identifier: MIT
 *
 * scoreboard: what each worker of a pool does, and what it did last.
 * Runs in: the gateway. Written where a worker is given a request and where it is free again, under
 * the dispatcher's lock that is held there anyway: some bytes are copied, and no more. Whoever
 * looks gets a copy.
 */
#ifndef HEARTH_SCOREBOARD_H
#define HEARTH_SCOREBOARD_H

#include "gateway/roster.h"

/* Texts are cut where php-fpm cuts them. */
#define SCORE_METHOD 15
#define SCORE_URI    127
#define SCORE_QUERY  511
#define SCORE_SCRIPT 255

enum score_state {
	SCORE_IDLE,
	SCORE_STARTING, /* its script is being started */
	SCORE_RUNNING,
	SCORE_ENDING, /* what it does now is its last, or it is being ended */
};

/* Of one request, current or last. The texts end in NUL, and are empty if there was none. */
struct score_request {
	uint64_t id;
	struct mono began;
	uint64_t content_length;
	bool has_query;
	char method[SCORE_METHOD + 1], uri[SCORE_URI + 1], query[SCORE_QUERY + 1];
	char script[SCORE_SCRIPT + 1];
};

struct score {
	/* Under the dispatcher's lock: */
	uint64_t requests, busy_us;
	bool running;
	int64_t last_us; /* how long the last took */
	struct score_request request;
	/* Of a process; in its first seat that has a score: */
	uint64_t cpu_seen_us, busy_seen_us; /* when somebody last looked */
	uint64_t cpu_share;                 /* hundredths of a percent, at that look */
	/* A script's, from its home lane: */
	_Atomic uint32_t pid;
	_Atomic uint64_t used_us, used_peak;
};

/* One process as it was at the look, or one of its seats. */
struct score_row {
	const struct crew *who; /* to tell it from others; not to be followed */
	uint32_t running;       /* requests that it serves; `request` is the latest */
	uint32_t worker, pid;
	enum score_state state;
	bool is_script; /* one of a pool's places for scripts: pid is that of the last one */
	int64_t born;   /* seconds since 1970 */
	int64_t duration_us;
	uint64_t requests, busy_us;
	uint64_t cpu_share; /* hundredths of a percent */
	uint64_t memory;    /* bytes; 0: unknown, as all that was not looked at */
	struct score_request request;
};

/* ---- under the lock ---- */

/* The worker is given this request, which is quiet; it may be of another lane. */
void scoreboard_begin(struct worker *w, const struct request *r);
/* It is done with what it was given, whatever came of it. */
void scoreboard_end(struct worker *w);

/* ---- of a script, in its home lane ---- */

void scoreboard_runs_as(struct worker *w, uint32_t pid);
void scoreboard_used(struct worker *w, uint64_t cpu_us, uint64_t peak_kb);

/* ---- any lane ---- */

/* The first runner of a pool has come, after a time without: what waits now has waited for it. */
void scoreboard_opens(struct dispatch *d);

/* The response is complete or its client gone; for requests of a pool only. */
void scoreboard_answered(const struct request *r);

/* Of processes, places for scripts, or connections to servers that are not ours; not of seats.
 * working: they have a request; most: there may be, as `hearth scale` has it. */
struct score_count {
	uint32_t processes, working, max_working, most;
};

struct score_count scoreboard_count(struct dispatch *d);

enum score_depth {
	SCORES_SEATS,     /* each of what a process does at once by itself */
	SCORES_PROCESSES, /* a process is one row */
	SCORES_USAGE      /* and what it uses is read from /proc, if it is a long-lived one */
};

/* Everybody in the pool but places where no script has run yet, in the order in which they came.
 * NULL and *n == 0: nobody, or no memory. The caller frees it. */
struct score_row *scoreboard_look(struct dispatch *d, enum score_depth depth, size_t *n);

#endif
