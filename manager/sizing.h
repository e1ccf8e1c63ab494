/* SPDX-License-Identifier: MIT
 *
 * sizing: how many workers a pool shall have.
 * Pure: numbers in, numbers out. No pids, no clock, no I/O; pool.c obeys.
 *
 * What waits and what is idle is counted in seats: a worker has one for each request that it serves
 * at once (pm.concurrency). Limits and spare servers are counted in workers, as php-fpm does.
 */
#ifndef HEARTH_SIZING_H
#define HEARTH_SIZING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sizing_limits {
	bool on_demand; /* as many as the requests need */
	bool spares;    /* ... and some to spare; neither: always `most` of them */
	bool whole;     /* runners, which no count of requests needs one each: all or none */
	unsigned most;  /* pm.max_children, or how many runners */
	unsigned seats; /* of a worker; 0 is taken for 1 */
	unsigned start; /* pm.start_servers */
	unsigned min_spare, max_spare;
	unsigned rate;      /* pm.max_spawn_rate; 0: no limit */
	int64_t idle_ms;    /* how long a worker too many is idle before it is let go */
	int64_t backoff_ms; /* restart_backoff_max */
};

struct sizing_facts {
	unsigned starting, ready; /* ours to count */
	unsigned going;           /* leaving, stopping, being killed: they take room until buried */
	unsigned idle, busy, waiting; /* the gateway's to count, in seats, as of its last letter */
	int64_t longest_idle_ms;
	bool first;             /* nobody was ever started: this is the pool's opening */
	unsigned tokens;        /* how many pm.max_spawn_rate allows now */
	int64_t next_token_ms;  /* and when one more */
	unsigned outdated;      /* of those starting or ready: to be replaced */
	bool heir_starts;       /* the one that was started for this has not proved itself yet */
	int64_t heir_ms;        /* ... but will have by then; 0: who knows */
	bool heir_ready;        /* ... it has */
	bool house_full;        /* process.max leaves no room */
	unsigned streak;        /* rounds of early deaths in a row */
	unsigned trying;        /* of those starting or ready: born since the last early death */
	int64_t since_death_ms; /* since the last of them */
};

struct sizing {
	unsigned spawn;
	unsigned heirs;     /* to start besides, for outdated ones that go when they are ready */
	unsigned retire;    /* so many outdated ones may go now */
	bool trim;          /* let the gateway give back workers idle for idle_ms */
	unsigned trim_keep; /* ... as long as so many seats stay idle */
	bool full;          /* requests wait for more than there may be */
	int64_t wait_ms;    /* decide again after this; -1: when something happens */
};

struct sizing sizing_decide(const struct sizing_limits *limits, const struct sizing_facts *facts);

/* What counts as an early death, and how long a worker must live to end a streak. */
#define SIZING_EARLY_MS   2000
#define SIZING_SETTLED_MS 10000

/* After this many rounds the pool is taken for broken: one worker goes ahead and tries. */
#define SIZING_STREAK_BROKEN 3

/* How long a spare worker beyond the most is idle before it is let go: who came a moment ago may
 * come again, and every one that is let go too early has to be started once more. */
#define SIZING_SPARE_REST_MS 3000

/* How long to wait after so many rounds of early deaths: 0, 100, 200, 400 ms and so on. */
int64_t sizing_backoff_ms(unsigned streak, int64_t most_ms);

/* pm.max_spawn_rate: tokens come in at the rate, and no more are kept than come in a second. */
struct sizing_bucket {
	uint64_t milli; /* thousandths of a token */
};

void sizing_bucket_fill(struct sizing_bucket *b, unsigned rate);
void sizing_bucket_pour(struct sizing_bucket *b, unsigned rate, int64_t elapsed_ms);
void sizing_bucket_take(struct sizing_bucket *b, unsigned tokens);
unsigned sizing_bucket_tokens(const struct sizing_bucket *b);
/* Until there is one more than now. */
int64_t sizing_bucket_next_ms(const struct sizing_bucket *b, unsigned rate);

/* value, give or take so many percent of it, by a random number; never 0 but for 0. */
uint64_t sizing_jitter(uint64_t value, unsigned percent, uint64_t random);

/* One pool that wants workers from process.max. */
struct sizing_claim {
	unsigned have, want;
	unsigned grant; /* the answer */
};

/* Shares room among claims so that the smallest pools grow first; what cannot be divided goes to
 * those behind number `turn`, in a circle. */
void sizing_share(struct sizing_claim *claims, size_t n, unsigned room, size_t turn);

#endif
