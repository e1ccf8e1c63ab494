/* SPDX-License-Identifier: MIT
 *
 * pool_figures: see pool_figures.h.
 */
#include "gateway/pool_figures.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t gateway_began;

void pool_figures_init(void)
{
	gateway_began = time(NULL);
}

int64_t pool_figures_gateway_began(void)
{
	return gateway_began;
}

struct traffic traffic_now(void)
{
	struct traffic t = {0};

	for (unsigned i = 0; i < nlanes; i++) {
		t.connections += lanes[i].nconns;
		t.accepted += tally_get(&lanes[i].counters.accepted);
		t.requests += tally_get(&lanes[i].counters.requests);
		t.errors += tally_get(&lanes[i].counters.errors);
	}
	return t;
}

void pool_figures_take(
	struct pool_figures *f, const struct plan_pool *pool, enum pool_figures_depth depth)
{
	struct dispatch *d = pool->dispatch;

	*f = (struct pool_figures){.pool = pool, .tally = &d->tally, .now = time(NULL)};
	dispatch_facts(d, &f->facts);
	dispatch_standing(d, &f->standing);
	f->began = f->standing.began_ms ? (int64_t)(f->standing.began_ms / 1000) : gateway_began;
	if (f->now < f->began)
		f->now = f->began;
	f->count = scoreboard_count(d);
	if (depth != FIGURES_POOL)
		f->rows = scoreboard_look(
			d, depth == FIGURES_USAGE ? SCORES_USAGE : SCORES_SEATS, &f->nrows);
}

void pool_figures_free(struct pool_figures *f)
{
	free(f->rows);
	f->rows = NULL;
}

const char *pool_pm_name(const struct plan_pool *pool)
{
	if (pool->kind == POOL_EXTERNAL)
		return "external";
	return pool->pm == PM_STATIC ? "static" : pool->pm == PM_DYNAMIC ? "dynamic" : "ondemand";
}

const char *pool_door_name(enum msg_door door)
{
	static const char *const names[] = {
		[DOOR_OPEN] = "open", [DOOR_BROKEN] = "broken", [DOOR_DRAINED] = "drained"};

	return names[door];
}

const char *score_state_name(enum score_state state)
{
	static const char *const names[] = {
		[SCORE_IDLE] = "Idle",
		[SCORE_STARTING] = "Getting request information",
		[SCORE_RUNNING] = "Running",
		[SCORE_ENDING] = "Finishing",
	};

	return names[state];
}

struct span score_target(const struct score_request *r, char to[static SCORE_TARGET_MAX])
{
	int n = snprintf(to, SCORE_TARGET_MAX, "%s%s%s", r->uri, r->has_query ? "?" : "", r->query);

	return (struct span){to, (size_t)n};
}
