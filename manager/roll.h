/* SPDX-License-Identifier: MIT
 *
 * roll: what is known of one pool: its workers, counted for sizing, its limits and its dead.
 * Runs in: the manager. Looks and keeps account; who starts and ends workers is pool.c.
 */
#ifndef HEARTH_ROLL_H
#define HEARTH_ROLL_H

#include "manager/conf.h"
#include "manager/sizing.h"
#include "manager/worker.h"

/* So long after the gateway was asked to let go of idle workers, what it gives back is that. */
#define ROLL_TRIM_MS 2000

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

/* ---- the living ---- */

unsigned pool_count(struct pool *p, enum worker_state state);
/* Those that start and those that are ready. */
unsigned roll_staff(struct pool *p);
/* A worker that lives on ends a streak of early deaths. */
void roll_forgive(struct pool *p);
/* What came in by pm.max_spawn_rate since the last time. */
void roll_pour(struct pool *p);
struct sizing_facts roll_facts(struct pool *p);
/* Why workers that nobody has asked for may be given back by the gateway; NULL: they may not. */
const char *pool_shrinks(struct pool *p);
/* More than there may be: ready ones, which only the gateway knows to be idle. */
bool pool_has_surplus(struct pool *p);

/* ---- limits ---- */

/* How many there may be now, by configuration or by order. */
unsigned pool_most(const struct pool *p);
struct sizing_limits roll_limits_of(const struct conf_pool *c, unsigned most, unsigned threads);
/* As an order may have changed them. */
struct sizing_limits roll_limits_now(const struct pool *p);
/* Each time another idle timeout, so that pools and workers do not shrink in step. */
void roll_draw_idle_ms(struct pool *p);

/* ---- the dead ---- */

int64_t roll_wall_ms(void);
/* w NULL: it was never born. */
void roll_remember(struct pool *p, const struct worker *w, const char *why);
bool roll_died_early(const struct pool *p, const struct worker *w);
void roll_count_early(struct pool *p, struct mono born, uint32_t worker);

#endif
