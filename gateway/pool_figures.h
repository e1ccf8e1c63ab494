/* SPDX-License-Identifier: MIT
 *
 * pool_figures: all that is known of a pool at one moment, gathered for whoever shows it.
 * Runs in: the gateway, any lane.
 */
#ifndef HEARTH_POOL_FIGURES_H
#define HEARTH_POOL_FIGURES_H

#include "gateway/dispatch.h"
#include "gateway/plan.h"
#include "gateway/scoreboard.h"

struct pool_figures {
	const struct plan_pool *pool;
	const struct tally *tally;
	struct dispatch_facts facts;
	struct standing standing;
	int64_t began,
		now; /* seconds since 1970; began: as the manager says it, else our own start */
	struct score_count count;
	struct score_row *rows; /* who is there, if that was asked for */
	size_t nrows;
};

/* Called once, when the gateway begins. */
void pool_figures_init(void);
int64_t pool_figures_gateway_began(void);

/* Of all listeners and lanes together. */
struct traffic {
	uint64_t connections, accepted, requests, errors;
};

struct traffic traffic_now(void);

enum pool_figures_depth {
	FIGURES_POOL,  /* nobody */
	FIGURES_SEATS, /* each of what processes do */
	FIGURES_USAGE  /* processes, and what they use */
};

void pool_figures_take(
	struct pool_figures *f, const struct plan_pool *pool, enum pool_figures_depth depth);
void pool_figures_free(struct pool_figures *f);

/* php-fpm's words; of an external pool, whose processes are managed elsewhere, our own. */
const char *pool_pm_name(const struct plan_pool *pool);
const char *pool_door_name(enum msg_door door);
const char *score_state_name(enum score_state state);
/* "/path?query", of which either may have been cut. */
#define SCORE_TARGET_MAX (SCORE_URI + 1 + SCORE_QUERY + 1)
struct span score_target(const struct score_request *r, char to[static SCORE_TARGET_MAX]);

#endif
