/* SPDX-License-Identifier: MIT
 *
 * scoreboard: see scoreboard.h.
 *
 * A worker gets its score with its first request: pools that nobody asks anything cost nothing.
 */
#include "gateway/scoreboard.h"

#include <stdlib.h>

#include "gateway/proc_usage.h"

/* ---- writing ---- */

static void copy(char *to, size_t most, struct span s)
{
	size_t n = s.n < most ? s.n : most;

	if (n)
		memcpy(to, s.p, n);
	to[n] = '\0';
}

/* Of a body that is passed on as it comes, its lane may be counting. */
static uint64_t length_of(const struct request *r)
{
	return r->streams ? r->head.content_length : r->body_len;
}

static void describe(struct score_request *s, const struct request *r, struct mono now)
{
	struct span uri = r->target.raw_path.n ? r->target.raw_path : r->script_name;

	s->id = r->id;
	s->began = now;
	s->content_length = length_of(r);
	s->has_query = r->target.has_query;
	copy(s->method, SCORE_METHOD, request_method(r));
	copy(s->uri, SCORE_URI, uri);
	copy(s->query, SCORE_QUERY, r->target.query);
	copy(s->script, SCORE_SCRIPT, buf_span(&r->script_file));
}

/* Did it wait for a process that was not there yet when it came? */
static bool was_cold(const struct worker *w, const struct request *r)
{
	int64_t there = w->pid ? w->joined.us : w->dispatch->tally.opened_us;

	return r->entered.us < there;
}

/* NULL if memory has run out: nothing is known of it then. */
static struct score *score_of(struct worker *w)
{
	if (!w->score)
		w->score = calloc(1, sizeof *w->score);
	return w->score;
}

void scoreboard_begin(struct worker *w, const struct request *r)
{
	struct dispatch *d = w->dispatch;
	struct tally *t = &d->tally;
	struct mono now = lane_here->loop.now;

	tally_time(&t->queue, mono_us_between(r->entered, now));
	if (was_cold(w, r))
		tally_add(&t->cold, 1);
	if (!score_of(w))
		return;
	w->score->requests++;
	w->score->running = true;
	if (w->crew->working++ == 0 && ++d->nworking > d->max_working)
		d->max_working = d->nworking;
	if (!w->pid) {
		w->score->pid = 0;
		w->score->used_us = w->score->used_peak = 0;
	}
	describe(&w->score->request, r, now);
}

void scoreboard_end(struct worker *w)
{
	struct score *s = w->score;
	int64_t us;

	if (!s || !s->running)
		return;
	us = mono_us_between(s->request.began, lane_here->loop.now);
	s->last_us = us > 0 ? us : 0;
	s->busy_us += (uint64_t)s->last_us;
	s->running = false;
	if (--w->crew->working == 0)
		w->dispatch->nworking--;
}

struct score_count scoreboard_count(struct dispatch *d)
{
	struct score_count c;

	pthread_mutex_lock(&d->lock);
	c = (struct score_count){d->outside ? d->nbusy + d->kept : d->ncrews, d->nworking,
		d->max_working, d->max_children};
	pthread_mutex_unlock(&d->lock);
	return c;
}

void scoreboard_runs_as(struct worker *w, uint32_t pid)
{
	if (w->score)
		atomic_store_explicit(&w->score->pid, pid, memory_order_relaxed);
}

void scoreboard_used(struct worker *w, uint64_t cpu_us, uint64_t peak_kb)
{
	if (w->tally)
		tally_peak(&w->tally->memory_peak, peak_kb * 1024);
	if (!w->score)
		return;
	atomic_store_explicit(&w->score->used_us, cpu_us, memory_order_relaxed);
	atomic_store_explicit(&w->score->used_peak, peak_kb * 1024, memory_order_relaxed);
}

void scoreboard_opens(struct dispatch *d)
{
	pthread_mutex_lock(&d->lock);
	if (d->closed)
		d->tally.opened_us = mono_now().us;
	pthread_mutex_unlock(&d->lock);
}

void scoreboard_answered(const struct request *r)
{
	struct mono now = lane_here->loop.now;
	struct tally *t;

	if (!r->pool || !r->pool->dispatch || r->own_page)
		return;
	t = &r->pool->dispatch->tally;
	tally_status(t, (unsigned)r->answer.status);
	tally_time(&t->request, mono_us_between(r->born, now));
	if (r->engaged.us && r->answer.begun && r->answer.began.us >= r->engaged.us)
		tally_time(&t->first, mono_us_between(r->engaged, r->answer.began));
	tally_add(&t->received, request_asks(r) ? 0 : r->body_len);
	tally_add(&t->sent, r->answer.sent);
}

/* ---- looking ---- */

static enum score_state state_of(const struct worker *w, const struct score_row *row)
{
	if (w->state == WORKER_IDLE || !w->score || !w->score->running)
		return w->state == WORKER_RETIRED ? SCORE_ENDING : SCORE_IDLE;
	if (w->crew->leaving || w->crew->gone)
		return SCORE_ENDING;
	return row->is_script && !row->pid ? SCORE_STARTING : SCORE_RUNNING;
}

/* Hundredths of a percent of one processor. */
static uint64_t share(uint64_t cpu_us, uint64_t busy_us)
{
	return busy_us ? cpu_us * 10000 / busy_us : 0;
}

static void copy_score(struct score_row *row, const struct score *s, struct mono now)
{
	int64_t us = mono_us_between(s->request.began, now);

	row->running = s->running;
	row->requests = s->requests;
	row->request = s->request;
	row->duration_us = s->running ? (us > 0 ? us : 0) : s->last_us;
	row->busy_us = s->busy_us + (s->running ? (uint64_t)row->duration_us : 0);
	if (!row->is_script)
		return;
	row->born = time(NULL) - us / 1000000; /* it began with its request */
	row->pid = atomic_load_explicit(&s->pid, memory_order_relaxed);
	row->memory = tally_get(&s->used_peak);
	row->cpu_share = share(tally_get(&s->used_us), (uint64_t)row->duration_us);
}

static void copy_worker(struct score_row *row, const struct worker *w, struct mono now)
{
	*row = (struct score_row){.who = w->crew,
		.worker = w->id,
		.pid = w->pid,
		.is_script = !w->pid && !w->dispatch->outside,
		.born = w->born};
	if (w->score)
		copy_score(row, w->score, now);
	row->state = state_of(w, row);
}

/* Places for scripts that were never used are not worth a line. */
static bool is_shown(const struct worker *w)
{
	return (w->pid || w->score) && !w->bare && w->state != WORKER_RETIRED;
}

static size_t count_shown(struct dispatch *d)
{
	size_t n = 0;

	pthread_mutex_lock(&d->lock);
	for (const struct worker *w = roster_first(d); w; w = roster_next(w))
		n += is_shown(w);
	pthread_mutex_unlock(&d->lock);
	return n;
}

/* Another seat of the same process: the latest request is shown. */
static void fold(struct score_row *into, const struct score_row *seat)
{
	bool later = into->request.began.us < seat->request.began.us;

	if (seat->running ? later || !into->running : later && !into->running) {
		into->request = seat->request;
		into->duration_us = seat->duration_us;
	}
	if (seat->running)
		into->state = seat->state;
	into->running += seat->running;
	into->requests += seat->requests;
	into->busy_us += seat->busy_us;
}

/* Seats of one process follow one another. */
static size_t fold_all(struct score_row *rows, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (to && rows[to - 1].who == rows[i].who)
			fold(&rows[to - 1], &rows[i]);
		else if (to != i)
			rows[to++] = rows[i];
		else
			to++;
	}
	return to;
}

static size_t copy_all(struct dispatch *d, struct score_row *rows, size_t room)
{
	struct mono now = mono_now();
	size_t n = 0;

	pthread_mutex_lock(&d->lock);
	for (struct worker *w = roster_first(d); w; w = roster_next(w))
		if (n < room && is_shown(w))
			copy_worker(&rows[n++], w, now);
	pthread_mutex_unlock(&d->lock);
	return n;
}

/* ---- what long-lived workers use ---- */

/* What it used between two looks without a request, such as for its start, is no request's. */
static void note_usage(struct score_row *row, struct score *s, uint64_t cpu_us)
{
	uint64_t used = cpu_us > s->cpu_seen_us ? cpu_us - s->cpu_seen_us : 0;

	if (row->busy_us > s->busy_seen_us)
		s->cpu_share = share(used, row->busy_us - s->busy_seen_us);
	s->busy_seen_us = row->busy_us;
	s->cpu_seen_us = cpu_us;
	row->cpu_share = s->cpu_share;
}

/* The row of this process, from `from` on: both are in the same order, but processes may have gone
 * meanwhile, and others have come. */
static size_t row_of(const struct score_row *rows, size_t from, size_t n, const struct crew *c)
{
	size_t k = from;

	while (k < n && (rows[k].who != c || rows[k].worker != c->id))
		k++;
	return k;
}

static void note_all(struct dispatch *d, struct score_row *rows, size_t n, const uint64_t *cpu)
{
	const struct crew *noted = NULL;
	size_t from = 0, k;

	pthread_mutex_lock(&d->lock);
	for (struct worker *w = roster_first(d); w; w = roster_next(w)) {
		if (w->crew == noted || (k = row_of(rows, from, n, w->crew)) == n || !score_of(w))
			continue;
		note_usage(&rows[k], w->score, cpu[k]);
		noted = w->crew;
		from = k + 1;
	}
	pthread_mutex_unlock(&d->lock);
}

/* Files are read without the lock. */
static void look_at_usage(struct dispatch *d, struct score_row *rows, size_t n)
{
	uint64_t *cpu = calloc(n, sizeof *cpu);

	if (!cpu)
		return;
	for (size_t k = 0; k < n; k++)
		if (proc_usage(rows[k].pid, &cpu[k], &rows[k].memory))
			tally_peak(&d->tally.memory_peak, rows[k].memory);
	note_all(d, rows, n, cpu);
	free(cpu);
}

struct score_row *scoreboard_look(struct dispatch *d, enum score_depth depth, size_t *n)
{
	struct score_row *rows;
	size_t room;

	*n = 0;
	room = count_shown(d);
	rows = room ? calloc(room, sizeof *rows) : NULL;
	if (!rows)
		return NULL;
	*n = copy_all(d, rows, room);
	if (depth != SCORES_SEATS)
		*n = fold_all(rows, *n);
	if (depth == SCORES_USAGE && *n && !d->permits && !d->outside)
		look_at_usage(d, rows, *n);
	return rows;
}
