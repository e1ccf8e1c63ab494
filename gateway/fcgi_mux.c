/* SPDX-License-Identifier: MIT
 *
 * fcgi_mux: see fcgi_mux.h.
 */
#include "gateway/fcgi_mux.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/log.h"

#define ROWS_MIN 8
/* The most content of a record, and what may wait in the connection's queue before the next. */
#define RECORD_MAX (32u * 1024)
#define QUEUE_MAX  (64u * 1024)
/* What a program says to its error stream beyond this waits for nobody: our log has it too. */
#define ERROR_MAX (64u * 1024)

_Static_assert(RECORD_MAX <= FCGI_MAX_LENGTH, "FastCGI 1.0 3.3");

struct fcgi_mux *fcgi_mux_new(struct conn *c)
{
	struct fcgi_mux *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->conn = c;
	list_init(&m->reading);
	list_init(&m->ready);
	list_init(&m->held);
	list_init(&m->all);
	return m;
}

/* ---- ids ---- */

static bool is_past(const struct fcgi_mux *m, uint16_t id)
{
	const uint64_t *page = m->past[id >> 12];

	return page && page[id >> 6 & 63] >> (id & 63) & 1;
}

/* Without memory for it an abort that comes late ends the connection. */
static void set_past(struct fcgi_mux *m, uint16_t id)
{
	uint64_t **page = &m->past[id >> 12];

	if (!*page)
		*page = calloc(64, sizeof **page);
	if (*page)
		(*page)[id >> 6 & 63] |= UINT64_C(1) << (id & 63);
}

static struct fcgi_job **place_of(const struct fcgi_mux *m, uint16_t id)
{
	struct fcgi_job **at = &m->rows[id & (m->nrows - 1)];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

struct fcgi_job *fcgi_mux_find(struct fcgi_mux *m, uint16_t id, struct fcgi_stage *stage)
{
	struct fcgi_job *j = m->nrows ? *place_of(m, id) : NULL;

	*stage = j ? j->stage : (struct fcgi_stage){.past = is_past(m, id)};
	return j;
}

static bool has_rows(struct fcgi_mux *m)
{
	size_t n = m->nrows ? 2 * m->nrows : ROWS_MIN;
	struct fcgi_job **rows;

	if (m->njobs < m->nrows)
		return true;
	rows = calloc(n, sizeof(struct fcgi_job *));
	if (!rows)
		return m->nrows > 0;
	free(m->rows);
	m->rows = rows;
	m->nrows = n;
	list_for_each (it, &m->all) {
		struct fcgi_job *j = container_of(it, struct fcgi_job, all);
		j->next = m->rows[j->id & (n - 1)];
		m->rows[j->id & (n - 1)] = j;
	}
	return true;
}

static void job_free(struct fcgi_mux *m, struct fcgi_job *j)
{
	must(!j->request);
	*place_of(m, j->id) = j->next;
	m->njobs--;
	list_remove(&j->link);
	list_remove(&j->turn);
	list_remove(&j->all);
	spool_close(&j->out);
	lane_buf_back(m->conn->lane, &j->out.mem);
	buf_free(&j->err);
	free(j);
}

struct fcgi_job *fcgi_mux_add(struct fcgi_mux *m, uint16_t id)
{
	struct fcgi_job **at = m->nrows ? place_of(m, id) : NULL;
	struct fcgi_job *j;

	if (at && *at)
		job_free(m, *at);
	j = has_rows(m) ? calloc(1, sizeof *j) : NULL;
	if (!j)
		return NULL;
	j->mux = m;
	j->id = id;
	j->status = FCGI_REQUEST_COMPLETE;
	list_init(&j->link);
	list_init(&j->turn);
	list_push_back(&m->all, &j->all);
	at = place_of(m, id);
	j->next = *at;
	*at = j;
	m->njobs++;
	m->live++;
	return j;
}

void fcgi_mux_settle(struct fcgi_mux *m, struct fcgi_job *j)
{
	if (!j->stage.live && !j->stage.late)
		job_free(m, j);
}

void fcgi_mux_clear(struct fcgi_mux *m)
{
	m->gone = true;
	list_for_each (it, &m->all)
		job_free(m, container_of(it, struct fcgi_job, all));
	free(m->rows);
	m->rows = NULL;
	m->nrows = 0;
	for (size_t i = 0; i < FCGI_MUX_PAGES; i++) {
		free(m->past[i]);
		m->past[i] = NULL;
	}
	buf_free(&m->values);
	buf_free(&m->control);
}

/* ---- what jobs have to say ---- */

static void make_ready(struct fcgi_job *j)
{
	list_remove(&j->turn);
	list_push_back(&j->mux->ready, &j->turn);
}

/* One that is in turn keeps its place. */
static void wants_turn(struct fcgi_job *j)
{
	if (list_empty(&j->turn))
		make_ready(j);
}

bool fcgi_job_put(struct fcgi_job *j, struct span bytes)
{
	struct conn *c = j->mux->conn;
	struct spool_place to = {.in_memory = j->buffered ? CONN_OUT_IN_MEMORY : SIZE_MAX,
		.dir = c->lane->plan->spool_dir,
		.quota = j->request ? request_quota(j->request) : NULL};

	if (bytes.n == 0 || j->mux->gone)
		return true;
	if (j->out.mem.cap == 0)
		j->out.mem = lane_buf(c->lane);
	wants_turn(j);
	if (spool_put(&j->out, bytes, &to))
		return true;
	if (errno != ENOMEM)
		spool_complain(&to, errno, QUOTA_DELAYS);
	return spool_hold(&j->out, bytes, &to);
}

void fcgi_job_put_error(struct fcgi_job *j, struct span bytes)
{
	size_t room = ERROR_MAX - buf_len(&j->err);

	if (bytes.n > room)
		bytes.n = room;
	if (bytes.n == 0 || j->mux->gone || !buf_put_span(&j->err, bytes))
		return;
	j->erred = true;
	wants_turn(j);
}

void fcgi_job_end(struct fcgi_job *j)
{
	j->over = true;
	j->held = false;
	make_ready(j);
}

bool fcgi_job_is_full(struct fcgi_job *j)
{
	if (j->buffered ? spool_is_stuck(&j->out) : spool_len(&j->out) > CONN_OUT_IN_MEMORY)
		j->held = true;
	return j->held;
}

/* ---- records ---- */

/* Half a record is the end of a connection. */
static void put(struct fcgi_mux *m, struct span bytes)
{
	m->broken |= !conn_put(m->conn, bytes);
}

static void put_record(struct fcgi_job *j, uint8_t type, struct span content)
{
	char header[FCGI_HEADER_LEN];

	must(content.n <= RECORD_MAX);
	fcgi_put_header(header, type, j->id, (uint16_t)content.n);
	put(j->mux, (struct span){header, sizeof header});
	put(j->mux, content);
}

static void put_error(struct fcgi_job *j)
{
	size_t n = buf_len(&j->err) < RECORD_MAX ? buf_len(&j->err) : RECORD_MAX;

	put_record(j, FCGI_STDERR, (struct span){buf_head(&j->err), n});
	buf_drop(&j->err, n);
}

static void put_output(struct fcgi_job *j)
{
	static _Thread_local char room[RECORD_MAX];
	bool failed = false;
	struct span s = spool_front(&j->out, room, sizeof room, &failed);

	if (failed) {
		log_error("an answer cannot be read back from the spool: %m");
		j->mux->broken = true;
		return;
	}
	if (s.n > RECORD_MAX)
		s.n = RECORD_MAX;
	put_record(j, FCGI_STDOUT, s);
	spool_drop(&j->out, s.n);
}

/* FastCGI has no word for an answer that was broken off. So the connection ends without one; but if
 * it carries others, the program's own status has to say it. */
static void put_end(struct fcgi_job *j)
{
	struct fcgi_mux *m = j->mux;
	struct buf end = BUF_INIT;

	if (j->cut && m->live == 1) {
		m->last = true;
		return;
	}
	if (j->status != FCGI_UNKNOWN_ROLE && !j->cut) {
		put_record(j, FCGI_STDOUT, SPAN_NONE);
		if (j->erred)
			put_record(j, FCGI_STDERR, SPAN_NONE);
	}
	m->broken |= !fcgi_end_request(&end, j->id, j->app_status, j->status);
	put(m, buf_span(&end));
	buf_free(&end);
}

static void leave(struct fcgi_job *j)
{
	struct fcgi_mux *m = j->mux;

	put_end(j);
	m->live--;
	m->last |= !j->keep;
	set_past(m, j->id);
	list_remove(&j->turn);
	fcgi_stage_answered(&j->stage);
	fcgi_mux_settle(m, j);
}

/* One record of it. */
static void take_turn(struct fcgi_job *j)
{
	if (buf_len(&j->err))
		put_error(j);
	else if (spool_len(&j->out))
		put_output(j);
	if (buf_len(&j->err) || spool_len(&j->out)) {
		make_ready(j);
	} else if (j->over) {
		leave(j);
	} else {
		list_remove(&j->turn);
		if (j->held)
			list_push_back(&j->mux->held, &j->turn);
	}
}

bool fcgi_mux_pump(struct fcgi_mux *m)
{
	struct conn *c = m->conn;
	if (buf_len(&m->control) && conn_unsent(c) < QUEUE_MAX) {
		put(m, buf_span(&m->control));
		buf_clear(&m->control);
	}
	while (!m->broken && !list_empty(&m->ready) && conn_unsent(c) < QUEUE_MAX)
		take_turn(list_first(&m->ready, struct fcgi_job, turn));
	return !m->broken;
}
