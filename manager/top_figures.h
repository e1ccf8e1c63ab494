/* SPDX-License-Identifier: MIT
 *
 * top_figures: what `hearth top` shows, read from the daemon's figures (figures.h), and how fast it
 * goes on from one time to the next.
 * Runs in: the `hearth top` you type. Pure but for the memory.
 */
#ifndef HEARTH_TOP_FIGURES_H
#define HEARTH_TOP_FIGURES_H

#include "common/buf.h"

enum top_value {
	TOP_MAX,
	TOP_IDLE,
	TOP_BUSY,
	TOP_STARTING,
	TOP_WAITING,
	TOP_MAX_QUEUE,
	TOP_REQUESTS,
	TOP_REFUSED,
	TOP_TIMED_OUT,
	TOP_DEATHS,
	TOP_SLOW,
	TOP_VALUES
};

#define TOP_UNKNOWN (-1.0)

struct top_pool {
	const char *name, *kind, *pm, *state;
	int64_t retry_ms; /* -1: none */
	uint64_t value[TOP_VALUES];
	double rate; /* requests a second, or TOP_UNKNOWN */
};

struct top_running {
	const char *pool, *line;
	uint64_t pid, ms;
};

struct top_figures {
	char *text; /* all strings point in here */
	const char *version, *mood;
	uint64_t pid, up_ms, generation;
	uint64_t gateway_pid, gateway_up_ms, connections, requests, errors;
	double rate;
	struct top_pool *pools;
	size_t npools;
	struct top_running *running;
	size_t nrunning;
};

/* Takes a copy of the text. False: it makes no sense; f is empty then. */
bool top_figures_read(struct top_figures *f, struct span text);
/* Rates, as of the time from `before` to `now`. Unknown where the daemon or the pool is another. */
void top_figures_rate(struct top_figures *now, const struct top_figures *before);
/* Idempotent, also on a zeroed one. */
void top_figures_free(struct top_figures *f);

#endif
