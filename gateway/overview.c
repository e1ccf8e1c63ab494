/* SPDX-License-Identifier: MIT
 *
 * overview: see overview.h. Names are those of `hearth status --json` where it has the same.
 */
#include "gateway/overview.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/escape.h"
#include "gateway/outside_show.h"

static bool put_string(struct buf *b, const char *name, struct span s)
{
	return buf_putf(b, "\"%s\":\"", name) && escape_put(b, s, ESCAPE_JSON) && buf_puts(b, "\"");
}

static bool put_number(struct buf *b, const char *name, uint64_t v)
{
	return buf_putf(b, ",\"%s\":%" PRIu64, name, v);
}

/* ---- the gateway ---- */

static bool put_gateway(struct buf *b, const struct plan *p, bool draining)
{
	const struct traffic t = traffic_now();

	return buf_puts(b, "\"gateway\":{") && put_string(b, "version", SPAN_LIT(HEARTH_VERSION)) &&
	       put_number(b, "pid", (uint64_t)getpid()) &&
	       put_number(b, "start_time", (uint64_t)pool_figures_gateway_began()) &&
	       buf_putf(b, ",\"draining\":%s", draining ? "true" : "false") &&
	       put_number(b, "generation", p->generation) && put_number(b, "threads", nlanes) &&
	       put_number(b, "connections", t.connections) &&
	       put_number(b, "accepted", t.accepted) && put_number(b, "requests", t.requests) &&
	       put_number(b, "errors", t.errors) &&
	       put_number(b, "spool_bytes", p->spooled ? tally_get(&p->spooled->used) : 0) &&
	       buf_puts(b, "}");
}

/* ---- a pool ---- */

static bool put_responses(struct buf *b, const struct tally *t)
{
	bool ok = buf_puts(b, ",\"responses\":{");
	const char *sep = "";

	for (size_t i = 0; ok && i < TALLY_STATUSES; i++) {
		uint32_t code = t->statuses[i].code;
		if (!code)
			continue;
		ok = buf_putf(b, "%s\"%u\":%" PRIu64, sep, code, tally_get(&t->statuses[i].n));
		sep = ",";
	}
	return ok && buf_puts(b, "}");
}

static bool put_ended(struct buf *b, const struct tally *t)
{
	bool ok = buf_puts(b, ",\"ended\":{");

	for (size_t i = 0; ok && i < ENDED_REASONS; i++)
		ok = buf_putf(b, "%s\"%s\":%" PRIu64, i ? "," : "", tally_ending_names[i],
			tally_get(&t->ended[i]));
	return ok && buf_puts(b, "}");
}

static bool put_line(struct buf *b, const struct pool_figures *f)
{
	return buf_putf(b,
		",\"queue\":{\"waiting\":%u,\"max_waiting\":%u,\"limit\":%u,\"oldest_wait_ms\":%u,"
		"\"refused\":%" PRIu64 ",\"timed_out\":%" PRIu64 "}",
		f->facts.waiting, f->facts.max_waiting, f->pool->max_queue, f->facts.oldest_wait_ms,
		f->facts.refused, f->facts.timed_out);
}

static bool put_standing(struct buf *b, const struct standing *s)
{
	return buf_puts(b, ",") && put_string(b, "door", span_of(pool_door_name(s->door))) &&
	       put_number(b, "starting", s->starting) && put_number(b, "started", s->started) &&
	       put_number(b, "died", s->died) && put_number(b, "recycled", s->recycled) &&
	       put_number(b, "max_children_reached", s->full) && buf_puts(b, ",") &&
	       put_string(b, "last_death", span_of(s->last_death));
}

/* ---- a worker ---- */

static bool put_request(struct buf *b, const struct score_row *row)
{
	const struct score_request *r = &row->request;
	char target[SCORE_TARGET_MAX];

	if (!row->requests)
		return buf_puts(b, "null");
	return buf_putf(b, "{\"id\":\"%016" PRIx64 "\",\"pid\":%u,", r->id, row->pid) &&
	       put_string(b, "method", span_of(r->method)) && buf_puts(b, ",") &&
	       put_string(b, "uri", score_target(r, target)) && buf_puts(b, ",") &&
	       put_string(b, "script", span_of(r->script)) &&
	       put_number(b, "content_length", r->content_length) &&
	       put_number(b, "duration_us", (uint64_t)row->duration_us) && buf_puts(b, "}");
}

static bool put_worker(struct buf *b, const struct score_row *row)
{
	return buf_putf(b, "{\"pid\":%u,", row->pid) &&
	       put_string(b, "state", span_of(score_state_name(row->state))) &&
	       put_number(b, "start_time", (uint64_t)row->born) &&
	       put_number(b, "requests", row->requests) && put_number(b, "running", row->running) &&
	       put_number(b, "busy_us", row->busy_us) &&
	       buf_putf(b, ",\"cpu_percent\":%" PRIu64 ".%02u", row->cpu_share / 100,
		       (unsigned)(row->cpu_share % 100)) &&
	       put_number(b, "memory", row->memory) && buf_puts(b, ",\"request\":") &&
	       put_request(b, row) && buf_puts(b, "}");
}

static bool put_workers(struct buf *b, const struct pool_figures *f)
{
	bool ok = buf_puts(b, ",\"workers\":[");

	for (size_t i = 0; ok && i < f->nrows; i++)
		ok = buf_puts(b, i ? "," : "") && put_worker(b, &f->rows[i]);
	return ok && buf_puts(b, "]");
}

/* All that runs: a process may do several things at once. */
static bool put_running(struct buf *b, const struct plan_pool *pool)
{
	bool ok = buf_puts(b, ",\"running\":[");
	const char *sep = "";
	size_t n;
	struct score_row *rows = scoreboard_look(pool->dispatch, SCORES_SEATS, &n);

	for (size_t i = 0; ok && i < n; i++) {
		if (!rows[i].running)
			continue;
		ok = buf_puts(b, sep) && put_request(b, &rows[i]);
		sep = ",";
	}
	free(rows);
	return ok && buf_puts(b, "]");
}

static const char *const kinds[] = {
	[POOL_FASTCGI] = "fastcgi", [POOL_CGI] = "cgi", [POOL_EXTERNAL] = "external"};

static bool put_pool(struct buf *b, const struct pool_figures *f)
{
	const struct plan_pool *pool = f->pool;
	const struct tally *t = f->tally;

	return buf_puts(b, "{") && put_string(b, "name", span_of(pool->name)) &&
	       buf_putf(b, ",\"type\":\"%s\",\"pm\":\"%s\"", kinds[pool->kind],
		       pool_pm_name(pool)) &&
	       put_number(b, "start_time", (uint64_t)f->began) &&
	       put_number(b, "max_children", f->count.most) &&
	       put_number(b, "idle", f->count.processes - f->count.working) &&
	       put_number(b, "busy", f->count.working) &&
	       put_number(b, "max_busy", f->count.max_working) &&
	       put_number(b, "requests", f->facts.requests) &&
	       put_number(b, "slow", f->facts.slow) &&
	       put_number(b, "cold_starts", tally_get(&t->cold)) &&
	       put_number(b, "received_bytes", tally_get(&t->received)) &&
	       put_number(b, "sent_bytes", tally_get(&t->sent)) &&
	       put_number(b, "memory_peak", tally_get(&t->memory_peak)) && put_line(b, f) &&
	       put_standing(b, &f->standing) && put_responses(b, t) && put_ended(b, t) &&
	       put_running(b, pool) && put_workers(b, f) && outside_show(b, pool->dispatch) &&
	       buf_puts(b, "}");
}

bool overview_put(struct buf *b, const struct plan *p, bool draining)
{
	bool ok = buf_puts(b, "{") && put_gateway(b, p, draining) && buf_puts(b, ",\"pools\":[");

	for (size_t i = 0; ok && i < p->npools; i++) {
		struct pool_figures f;
		pool_figures_take(&f, p->pools[i], FIGURES_USAGE);
		ok = buf_puts(b, i ? "," : "") && put_pool(b, &f);
		pool_figures_free(&f);
	}
	return ok && buf_puts(b, "]}\n");
}
