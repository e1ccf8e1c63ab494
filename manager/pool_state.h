/* SPDX-License-Identifier: MIT
 *
 * pool_state: what is known of one pool and of all together, and the tables of what they leave to
 * others: what they say to the gateway (wall_ops), and what is settled above them (pool_duties).
 * Runs in: the manager. Data alone: what is done with it stands in pool_facts, pool_deaths, pool,
 * renew and pools.
 */
#ifndef HEARTH_POOL_STATE_H
#define HEARTH_POOL_STATE_H

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

/* How an address of an external pool stands (pool_backends.c). */
struct pool_backend {
	bool known; /* this gateway has said something of it */
	uint32_t busy, idle;
	uint64_t requests, failed;
	struct mono rests_until;
	char why[128];
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
	uint32_t turn;       /* who got of process.max last: the next one gets what is left over */
	struct mono evicted; /* when a worker was last let go for another pool */
	bool asked_idle;     /* ... and it was left to the gateway which of the idle ones */
	bool said_house_full;
	uint32_t last_pool, last_worker;
	bool pending; /* a plan is being offered */
	bool ending;  /* nobody is hired any more */
	const struct wall_ops *ops;
	void *wall;
	void (*on_burial)(void *owner); /* somebody died; perhaps that was the last */
	void (*on_door)(void *owner);   /* a pool has shut or opened; or NULL */
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
	struct msg_fact_pool facts;    /* of this gateway */
	struct msg_fact_pool past;     /* totals of the gateways before it */
	struct pool_backend *backends; /* in the order of conf->backend; NULL: it is not external */
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

/* By its place in the list of its pool. */
static inline struct worker *worker_at(struct list *it)
{
	return container_of(it, struct worker, link);
}

#endif
