/* SPDX-License-Identifier: MIT
 *
 * status_page: see status_page.h.
 */
#include "gateway/status_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/fpm_status.h"
#include "gateway/pool_figures.h"

#define FIELDS                                       \
	"Expires: Thu, 01 Jan 1970 00:00:00 GMT\r\n" \
	"Cache-Control: no-cache, no-store, must-revalidate, max-age=0\r\n"

static bool is(const char *page, struct span path)
{
	return page && span_is(path, page);
}

bool status_page_is(const struct plan_pool *pool, struct span path)
{
	return pool->dispatch && (is(pool->status_path, path) || is(pool->ping_path, path));
}

static uint64_t since(int64_t from, int64_t to)
{
	return to > from ? (uint64_t)(to - from) : 0;
}

static struct fpm_pool figures_of(const struct pool_figures *f)
{
	const struct dispatch_facts *d = &f->facts;
	const struct tally *t = f->tally;

	return (struct fpm_pool){.name = span_of(f->pool->name),
		.pm = span_of(pool_pm_name(f->pool)),
		.start = f->began,
		.start_since = since(f->began, f->now),
		.accepted = d->requests,
		.listen_queue = d->waiting,
		.max_listen_queue = d->max_waiting,
		.listen_queue_len = f->pool->max_queue,
		.idle = f->count.processes - f->count.working,
		.active = f->count.working,
		.total = f->count.processes,
		.max_active = f->count.max_working,
		.max_children_reached = f->standing.full,
		.slow = d->slow,
		.memory_peak = tally_get(&t->memory_peak),
		.max_children = f->count.most,
		.starting = f->standing.starting,
		.refused = d->refused,
		.queue_timeouts = d->timed_out,
		.cold_starts = tally_get(&t->cold),
		.terminated = tally_get(&t->ended[ENDED_TERMINATE_TIMEOUT]) +
			      tally_get(&t->ended[ENDED_HEADER_TIMEOUT]),
		.died = f->standing.died};
}

/* What php-fpm says of a request is said when it is over, as there. */
static struct fpm_process process_of(
	const struct pool_figures *f, const struct score_row *row, char *target, char id[20])
{
	const struct score_request *r = &row->request;
	bool idle = row->state == SCORE_IDLE;

	snprintf(id, 20, "%016" PRIx64, r->id);
	return (struct fpm_process){.pid = row->pid,
		.state = span_of(score_state_name(row->state)),
		.start = row->born,
		.start_since = since(row->born, f->now),
		.requests = row->requests,
		.duration_us = (uint64_t)row->duration_us,
		.method = span_of(r->method),
		.uri = score_target(r, target),
		.script = span_of(r->script),
		.content_length = r->content_length,
		.cpu = idle ? row->cpu_share : 0,
		.memory = idle ? row->memory : 0,
		.request_id = row->requests ? span_of(id) : SPAN_NONE};
}

/* Of each process, where its texts that are made of others are. */
struct texts {
	char target[SCORE_TARGET_MAX], id[20];
};

static bool put_figures(
	struct buf *b, enum fpm_format format, const struct pool_figures *f, bool full)
{
	const struct fpm_pool pool = figures_of(f);
	struct fpm_process *at = f->nrows ? calloc(f->nrows, sizeof *at) : NULL;
	struct texts *texts = f->nrows ? calloc(f->nrows, sizeof *texts) : NULL;
	bool ok = f->nrows == 0 || (at && texts);

	for (size_t i = 0; ok && i < f->nrows; i++)
		at[i] = process_of(f, &f->rows[i], texts[i].target, texts[i].id);
	ok = ok && fpm_put(b, format, &pool, at, f->nrows, full);
	free(at);
	free(texts);
	return ok;
}

static bool status(const struct plan_pool *pool, struct span query, struct status_reply *out)
{
	enum fpm_format format = fpm_format_of(query);
	bool full = fpm_wants_full(query) && format != FPM_OPENMETRICS, ok;
	struct pool_figures f;

	pool_figures_take(&f, pool, full ? FIGURES_USAGE : FIGURES_POOL);
	*out = (struct status_reply){fpm_type(format), FIELDS, BUF_INIT};
	ok = put_figures(&out->body, format, &f, full);
	pool_figures_free(&f);
	return ok;
}

static bool ping(const struct plan_pool *pool, struct status_reply *out)
{
	*out = (struct status_reply){fpm_type(FPM_TEXT), FIELDS, BUF_INIT};
	return buf_puts(&out->body, pool->ping_response);
}

bool status_page(
	const struct plan_pool *pool, struct span path, struct span query, struct status_reply *out)
{
	bool ok = false;

	*out = (struct status_reply){.body = BUF_INIT};
	if (!status_page_is(pool, path))
		return false;
	ok = is(pool->status_path, path) ? status(pool, query, out) : ping(pool, out);
	if (!ok)
		buf_free(&out->body);
	return ok;
}
