/* SPDX-License-Identifier: MIT
 *
 * pool: the workers of one pool. Does what sizing decides, on the facts the gateway sends.
 * Runs in: the manager. Reaches the gateway through the wall vtable only, given at birth.
 */
#ifndef HEARTH_POOL_H
#define HEARTH_POOL_H

#include "manager/conf.h"
#include "manager/sizing.h"
#include "manager/worker.h"

struct pool;
struct pools;

/* What a pool says to the gateway; false: the gateway does not know that worker. */
struct wall_ops {
	void (*join)(void *wall, struct pool *p, struct worker *w);
	bool (*leave)(void *wall, struct worker *w);
	void (*gone)(void *wall, struct worker *w);
	/* Workers idle for so long, as long as `keep` seats stay idle. */
	void (*trim)(void *wall, struct pool *p, int64_t idle_ms, unsigned keep);
	/* Something about the pool has changed that the gateway may want to know. */
	void (*stand)(void *wall, struct pool *p);
	/* There may be another number of workers. */
	void (*scale)(void *wall, struct pool *p);
};

/* What the gateway was told of a pool (standing.c). */
struct pool_told {
	struct msg_pool_standing letter;
	unsigned deaths; /* of the obituary, then */
	struct mono at;
	struct timer again;
};

/* What a pool cannot decide by itself; settled above it. */
struct pool_duties {
	/* How many of the workers that it wants now process.max allows. */
	unsigned (*grant)(struct pool *p, unsigned want);
	bool (*house_full)(struct pools *ps);
	/* Goes on with replacing what is outdated. */
	void (*renew)(struct pool *p, const struct sizing *s);
	/* A worker is dead, and in no list any more. */
	void (*buried)(struct pool *p, const struct worker *w);
	/* ... and room was made by that. */
	void (*room)(struct pools *ps);
};

/* Bounds that all pools share; zeros: there is none. */
struct pools_bounds {
	unsigned most;      /* process.max */
	unsigned crashes;   /* emergency_restart_threshold */
	int64_t crashes_ms; /* emergency_restart_interval */
};

/* All pools, and what they share. */
struct pools {
	struct list all;
	struct loop *loop;
	struct worker_patience patience;
	const char *workers_dir;
	const struct identity *gateway;     /* may connect to the workers */
	int runner;                         /* hearth-exec, open */
	unsigned threads;                   /* of the gateway, resolved */
	struct pools_bounds bounds, before; /* before: if the plan on offer is not taken */
	const struct pool_duties *duties;
	unsigned staff;      /* FastCGI workers of all pools, the dying included */
	size_t turn;         /* whose turn it is to get what cannot be divided */
	struct mono evicted; /* when a worker was last let go for another pool */
	bool asked_idle;     /* ... and it was left to the gateway which of the idle ones */
	bool said_house_full;
	uint32_t last_pool, last_worker;
	bool pending; /* a plan is being offered */
	bool ending;  /* nobody is hired any more */
	const struct wall_ops *ops;
	void *wall;
	void (*on_burial)(void *owner); /* somebody died; perhaps that was the last */
	/* What was outdated has gone; or why it will not. */
	void (*on_renewed)(struct pool *p, const char *why);
	void *owner;
};

struct pool {
	struct list link;
	struct pools *set;
	uint32_t number;
	char *name;
	enum msg_pool_kind kind;
	const struct conf_pool *conf; /* NULL: retired, only its dead are still to be buried */
	const struct conf_pool *next; /* of the plan that is being offered; NULL: it has no place */
	bool fresh;                   /* no active plan has it yet */
	struct identity as;
	struct sizing_limits limits;
	struct list workers;
	struct timer again;
	struct msg_fact_pool facts; /* of this gateway */
	struct msg_fact_pool past;  /* totals of the gateways before it */
	uint32_t mourned; /* whose early death was the last: word that it had worked may yet come */
	unsigned streak;
	struct mono last_early;
	struct sizing_bucket bucket; /* of pm.max_spawn_rate */
	struct mono poured;
	struct mono trimmed; /* when the gateway was last asked to let go of idle workers */
	unsigned wants;      /* workers that process.max did not allow yet */
	uint32_t heir;       /* the worker that was started in an outdated one's place; 0: nobody */
	struct mono renewing;    /* since when all are being replaced */
	bool proven;             /* one that was started since then lives */
	struct list for_renewal; /* those who wait for that */
	struct mono *crashes;    /* the last ones, in a ring of bounds.crashes */
	unsigned ncrashes, crash_at;
	bool said_full;
	enum msg_door door; /* as standing.c has decided */
	struct pool_told told;
	bool drained;      /* by an order: nobody is hired but for those who wait already */
	unsigned scaled;   /* by an order: pm.max_children until the next plan; 0: as configured */
	uint64_t began_ms; /* since 1970 */
	uint64_t started, died; /* died: without being asked */
	uint64_t recycled,
		full; /* replaced by a limit of the pool; times that more were needed than may be */
	char last_death[256];
	struct obituary *dead; /* NULL: nobody has died yet */
};

/* Takes its place in the set, as fresh; starts nobody. False: `why`. */
bool pool_new(struct pools *ps, const struct conf_pool *c, char *why, size_t size);
/* Asks what to do now, and does it. Call after everything that may matter. */
void pool_review(struct pool *p);
/* Lets its workers leave, and goes with the last of them: p may be freed already. */
void pool_retire(struct pool *p);
void pool_free(struct pool *p);
/* Runners die with the gateway they talked to; FastCGI workers wait for the next. */
void pool_gateway_lost(struct pool *p);
/* What stands in the plan that is being offered, or else in the active one; NULL: nothing. */
const struct conf_pool *pool_offered(const struct pool *p);

/* How many there may be now, by configuration or by order. */
unsigned pool_most(const struct pool *p);
/* There may be so many from now on; 0: as configured. Surplus workers leave when they are idle. */
void pool_scale(struct pool *p, unsigned most);
/* Drained, it serves what has come in and starts nobody for anything else. */
void pool_drain(struct pool *p, bool drained);
/* Why workers that nobody has asked for may be given back by the gateway; NULL: they may not. */
const char *pool_shrinks(struct pool *p);
/* More than there may be: ready ones, which only the gateway knows to be idle. */
bool pool_has_surplus(struct pool *p);

void pool_take_facts(struct pool *p, const struct msg_fact_pool *facts);
/* This worker has answered its first request, so the pool is not broken. */
void pool_take_proof(struct pool *p, struct worker *w, uint32_t id);
/* The gateway uses this worker no more. */
void pool_take_left(struct worker *w);
/* One more; NULL: that failed, and was said. */
struct worker *pool_start_one(struct pool *p);
/* What it would start now if process.max were none. */
unsigned pool_wants(struct pool *p);
/* Tells the gateway about those it has not met. */
void pool_introduce(struct pool *p);
unsigned pool_count(struct pool *p, enum worker_state state);

#endif
