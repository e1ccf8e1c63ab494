/* SPDX-License-Identifier: MIT
 *
 * metrics: see metrics.h. All samples of a family stand together, so families are the rows of
 * tables, and pools are walked for each.
 */
#include "gateway/metrics.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/open_metrics.h"
#include "gateway/outside_show.h"

/* ---- the gateway ---- */

static void put_one(struct open_metrics *m, const char *name, const char *type, const char *unit,
	const char *help, uint64_t v)
{
	om_family(m, name, type, unit, help);
	om_number(m, NULL, 0, v);
}

static void put_traffic(struct open_metrics *m)
{
	const struct traffic t = traffic_now();

	put_one(m, "hearth_connections", "gauge", NULL, "Connections of clients.", t.connections);
	put_one(m, "hearth_accepted_connections", "counter", NULL,
		"Connections of clients that were accepted.", t.accepted);
	put_one(m, "hearth_requests", "counter", NULL,
		"Requests whose head was read, of files and of pools.", t.requests);
	put_one(m, "hearth_errors", "counter", NULL,
		"Requests and connections that the gateway refused by itself.", t.errors);
}

static void put_gateway(struct open_metrics *m, const struct plan *p)
{
	const struct om_label version = {"version", SPAN_LIT(HEARTH_VERSION)};

	om_family(m, "hearth_build", "info", NULL, "What is running.");
	om_number(m, &version, 1, 1);
	put_one(m, "hearth_start_time_seconds", "gauge", "seconds",
		"When this gateway began; its counters are as old.",
		(uint64_t)pool_figures_gateway_began());
	put_one(m, "hearth_threads", "gauge", NULL, "Threads of the gateway.", nlanes);
	put_one(m, "hearth_plan_generation", "gauge", NULL,
		"Grows with each configuration that is served.", p->generation);
	put_traffic(m);
	put_one(m, "hearth_spool_bytes", "gauge", "bytes",
		"What is in files of spool_dir, of all pools.",
		p->spooled ? tally_get(&p->spooled->used) : 0);
}

/* ---- numbers of a pool ---- */

typedef uint64_t figure(const struct pool_figures *f);

#define FIGURE(what, value)                                     \
	static uint64_t of_##what(const struct pool_figures *f) \
	{                                                       \
		return value;                                   \
	}

FIGURE(max_children, f->count.most)
FIGURE(max_queue, f->pool->max_queue)
FIGURE(waiting, f->facts.waiting)
FIGURE(max_waiting, f->facts.max_waiting)
FIGURE(max_working, f->count.max_working)
FIGURE(running, f->facts.busy)
FIGURE(max_running, f->facts.max_busy)
FIGURE(memory_peak, tally_get(&f->tally->memory_peak))
FIGURE(spooled, f->pool->spooled ? tally_get(&f->pool->spooled->used) : 0)
FIGURE(requests, f->facts.requests)
FIGURE(refused, f->facts.refused)
FIGURE(timed_out, f->facts.timed_out)
FIGURE(slow, f->facts.slow)
FIGURE(cold, tally_get(&f->tally->cold))
FIGURE(received, tally_get(&f->tally->received))
FIGURE(sent, tally_get(&f->tally->sent))
FIGURE(started, f->standing.started)
FIGURE(died, f->standing.died)
FIGURE(recycled, f->standing.recycled)
FIGURE(full, f->standing.full)

static const struct {
	const char *name, *type, *unit, *help;
	figure *of;
} numbers[] = {
	{"hearth_pool_max_children", "gauge", NULL,
		"pm.max_children, or what hearth scale has made of it.", of_max_children},
	{"hearth_pool_max_queue", "gauge", NULL, "pm.max_queue.", of_max_queue},
	{"hearth_pool_waiting", "gauge", NULL, "Requests that wait for a worker.", of_waiting},
	{"hearth_pool_max_waiting", "gauge", NULL, "The most that ever waited at once.",
		of_max_waiting},
	{"hearth_pool_max_busy", "gauge", NULL, "The most workers that were ever busy at once.",
		of_max_working},
	{"hearth_pool_running", "gauge", NULL, "Requests that workers have.", of_running},
	{"hearth_pool_max_running", "gauge", NULL, "The most that they ever had at once.",
		of_max_running},
	{"hearth_pool_memory_peak_bytes", "gauge", "bytes",
		"The most memory that one process was seen with.", of_memory_peak},
	{"hearth_pool_spool_bytes", "gauge", "bytes", "What is in files of spool_dir.", of_spooled},
	{"hearth_pool_requests", "counter", NULL, "Requests that came to the pool.", of_requests},
	{"hearth_pool_refused", "counter", NULL,
		"Requests that were turned away at once: the queue was full, or the pool is broken "
		"or drained.",
		of_refused},
	{"hearth_pool_queue_timeouts", "counter", NULL,
		"Requests that waited for longer than pm.queue_timeout.", of_timed_out},
	{"hearth_pool_slow", "counter", NULL,
		"Requests that ran for longer than request_slowlog_timeout.", of_slow},
	{"hearth_pool_cold_starts", "counter", NULL, "Requests that waited for a process to start.",
		of_cold},
	{"hearth_pool_received_bytes", "counter", "bytes", "Bodies of requests.", of_received},
	{"hearth_pool_sent_bytes", "counter", "bytes", "Bodies of responses.", of_sent},
	{"hearth_pool_started", "counter", NULL, "Workers that were started, since the pool began.",
		of_started},
	{"hearth_pool_died", "counter", NULL,
		"Workers that died by themselves, since the pool began.", of_died},
	{"hearth_pool_recycled", "counter", NULL,
		"Workers that were replaced at one of their limits, since the pool began.",
		of_recycled},
	{"hearth_pool_full", "counter", NULL,
		"How often the pool wanted more workers than it may have, since it began.",
		of_full},
};

static void put_numbers(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	for (size_t i = 0; i < nitems(numbers); i++) {
		om_family(m, numbers[i].name, numbers[i].type, numbers[i].unit, numbers[i].help);
		for (size_t k = 0; k < n; k++)
			om_number(m, &(struct om_label){"pool", span_of(at[k].pool->name)}, 1,
				numbers[i].of(&at[k]));
	}
}

/* ---- what has a second label ---- */

static void put_two(struct open_metrics *m, const struct pool_figures *f, const char *label,
	const char *value, uint64_t v)
{
	const struct om_label labels[] = {
		{"pool", span_of(f->pool->name)}, {label, span_of(value)}};

	om_number(m, labels, 2, v);
}

static void put_workers(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	om_family(m, "hearth_pool_workers", "gauge", NULL,
		"Workers, places for scripts of a cgi pool, or connections of an external one, by "
		"what they do.");
	for (size_t k = 0; k < n; k++) {
		put_two(m, &at[k], "state", "idle", at[k].count.processes - at[k].count.working);
		put_two(m, &at[k], "state", "busy", at[k].count.working);
		put_two(m, &at[k], "state", "starting", at[k].standing.starting);
	}
}

static void put_doors(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	om_family(m, "hearth_pool_door", "stateset", NULL,
		"Whether the pool takes requests: broken, its workers die, or its addresses fail; drained, by command.");
	for (size_t k = 0; k < n; k++)
		for (enum msg_door door = DOOR_OPEN; door <= DOOR_DRAINED; door++)
			put_two(m, &at[k], "hearth_pool_door", pool_door_name(door),
				at[k].standing.door == door);
}

static void put_statuses(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	om_family(m, "hearth_pool_responses", "counter", NULL,
		"Requests that are over, by status; 499: the client left first.");
	for (size_t k = 0; k < n; k++) {
		const struct tally *t = at[k].tally;
		for (size_t i = 0; i < TALLY_STATUSES; i++) {
			uint32_t code = t->statuses[i].code;
			char text[16];
			snprintf(text, sizeof text, "%u", code);
			if (code)
				put_two(m, &at[k], "code", text, tally_get(&t->statuses[i].n));
		}
		if (tally_get(&t->other_statuses))
			put_two(m, &at[k], "code", "other", tally_get(&t->other_statuses));
	}
}

static void put_endings(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	om_family(m, "hearth_pool_ended", "counter", NULL,
		"Processes that were ended, or went away, while they served a request.");
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < ENDED_REASONS; i++)
			put_two(m, &at[k], "reason", tally_ending_names[i],
				tally_get(&at[k].tally->ended[i]));
}

static void put_oldest(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	om_family(m, "hearth_pool_oldest_wait_seconds", "gauge", "seconds",
		"How long the first in the line has waited.");
	for (size_t k = 0; k < n; k++)
		om_seconds(m, &(struct om_label){"pool", span_of(at[k].pool->name)}, 1,
			(uint64_t)at[k].facts.oldest_wait_ms * 1000);
}

/* ---- times ---- */

static const struct {
	const char *name, *help;
	size_t at;
} histograms[] = {
	{"hearth_pool_queue_seconds", "From coming to the pool to being given to a worker.",
		offsetof(struct tally, queue)},
	{"hearth_pool_request_seconds",
		"From the first byte of a request to the last of its answer being on its way.",
		offsetof(struct tally, request)},
	{"hearth_pool_first_byte_seconds",
		"From being given to a worker to the head of its answer.",
		offsetof(struct tally, first)},
	{"hearth_pool_spawn_seconds",
		"From the start of a process to its being ready; of a script, to its being started.",
		offsetof(struct tally, spawn)},
};

static void put_histograms(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	for (size_t i = 0; i < nitems(histograms); i++) {
		om_family(m, histograms[i].name, "histogram", "seconds", histograms[i].help);
		for (size_t k = 0; k < n; k++) {
			const char *base = (const char *)at[k].tally;
			om_histogram(m, &(struct om_label){"pool", span_of(at[k].pool->name)}, 1,
				(const void *)(base + histograms[i].at));
		}
	}
}

static void put_outside(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	for (size_t i = 0; i < OUTSIDE_METRICS; i++) {
		outside_metric_family(m, i);
		for (size_t k = 0; k < n; k++)
			outside_metric(m, i, at[k].pool->name, at[k].pool->dispatch);
	}
}

/* ---- all of it ---- */

static void put_pools(struct open_metrics *m, const struct pool_figures *at, size_t n)
{
	put_workers(m, at, n);
	put_doors(m, at, n);
	put_oldest(m, at, n);
	put_numbers(m, at, n);
	put_statuses(m, at, n);
	put_endings(m, at, n);
	put_histograms(m, at, n);
	put_outside(m, at, n);
}

bool metrics_put(struct buf *b, const struct plan *p)
{
	struct open_metrics m = {.b = b};
	struct pool_figures *at = p->npools ? calloc(p->npools, sizeof *at) : NULL;

	if (p->npools && !at)
		return false;
	for (size_t i = 0; i < p->npools; i++)
		pool_figures_take(&at[i], p->pools[i], FIGURES_POOL);
	put_gateway(&m, p);
	if (p->npools)
		put_pools(&m, at, p->npools);
	om_end(&m);
	free(at);
	return !m.failed;
}
