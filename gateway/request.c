/* SPDX-License-Identifier: MIT
 *
 * request: see request.h. Objects are used again with their buffers, so a request in the steady
 * state allocates nothing.
 */
#include "gateway/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/log.h"
#include "gateway/conn.h"

#define SPARE_REQUESTS 64
/* A buffer larger than this is not kept with the object. */
#define SPARE_MAX (64u * 1024)
#define B(s)      (1u << (s))

static const char *const state_names[REQ_STATES] = {
	[REQ_READING] = "reading",
	[REQ_WAITING] = "waiting",
	[REQ_GRANTED] = "granted",
	[REQ_RUNNING] = "running",
	[REQ_DONE] = "done",
};

static const unsigned legal[REQ_STATES] = {
	[REQ_READING] = B(REQ_READING) | B(REQ_WAITING) | B(REQ_RUNNING) | B(REQ_DONE),
	/* Waiting again: a new plan has moved it to another line. */
	[REQ_WAITING] = B(REQ_WAITING) | B(REQ_READING) | B(REQ_GRANTED) | B(REQ_RUNNING) |
			B(REQ_DONE),
	[REQ_GRANTED] = B(REQ_RUNNING) | B(REQ_DONE),
	/* Back to waiting: the worker never started it (a retry). To reading, from either: it was
	 * let in by its authorizer, or there is none any more. */
	[REQ_RUNNING] = B(REQ_WAITING) | B(REQ_READING) | B(REQ_DONE),
	[REQ_DONE] = 0,
};

void request_become(struct request *r, enum request_state to)
{
	if (!(legal[r->state] & B(to)))
		fatal(70, "request %016" PRIx64 ": from %s to %s", r->id, state_names[r->state],
			state_names[to]);
	r->state = to;
}

static struct request *request_make(struct lane *l)
{
	struct request *r;

	if (list_empty(&l->requests))
		return calloc(1, sizeof *r);
	r = list_first(&l->requests, struct request, link);
	list_remove(&r->link);
	l->nrequests--;
	return r;
}

struct request *request_new(struct lane *l, const struct front *front, struct conn *conn)
{
	struct request *r = request_make(l);

	if (!r)
		return NULL;
	list_init(&r->link);
	list_init(&r->wait);
	r->lane = l;
	r->plan = plan_ref(l->plan);
	r->front = front;
	r->conn = conn;
	if (conn)
		r->client = conn->peer;
	r->state = REQ_READING;
	r->id = ++l->next_id;
	r->born = l->loop.now;
	r->in = lane_buf(l);
	return r;
}

/* What a used object must not remember, in one place: everything from `state` on is cleared but
 * for the buffers that keep their room. */
static void request_wipe(struct request *r)
{
	struct buf path = r->path, lines = r->answer.lines, raw = r->raw_head;
	struct buf file = r->script_file, translated = r->path_translated;
	struct buf moved = r->moved, pending = r->reply.pending, vouched = r->vouched;

	buf_clear(&path);
	buf_clear(&lines);
	buf_clear(&raw);
	buf_clear(&file);
	buf_clear(&translated);
	buf_clear(&moved);
	buf_clear(&pending);
	buf_clear(&vouched);
	memset(r, 0, offsetof(struct request, head));
	memset(&r->head, 0, offsetof(struct http_head, headers));
	memset((char *)r + offsetof(struct request, target), 0,
		sizeof *r - offsetof(struct request, target));
	r->path = path;
	r->answer.lines = lines;
	r->raw_head = raw;
	r->script_file = file;
	r->path_translated = translated;
	r->moved = moved;
	r->reply.pending = pending;
	r->vouched = vouched;
}

static void request_release(struct request *r)
{
	buf_free(&r->path);
	buf_free(&r->answer.lines);
	buf_free(&r->raw_head);
	buf_free(&r->script_file);
	buf_free(&r->path_translated);
	buf_free(&r->moved);
	buf_free(&r->reply.pending);
	buf_free(&r->vouched);
	free(r);
}

void request_free(struct request *r)
{
	struct lane *l = r->lane;

	must(list_empty(&r->wait) && !r->worker && !r->late);
	timer_stop(&l->loop, &r->deadline);
	plan_unref(r->plan);
	lane_buf_back(l, &r->in);
	lane_buf_back(l, &r->ahead);
	spool_close(&r->body);
	lane_buf_back(l, &r->body.mem);
	spool_close(&r->data);
	lane_buf_back(l, &r->data.mem);
	if (l->nrequests >= SPARE_REQUESTS || r->raw_head.cap > SPARE_MAX ||
		r->path.cap > SPARE_MAX || r->reply.pending.cap > SPARE_MAX) {
		request_release(r);
		return;
	}
	request_wipe(r);
	l->nrequests++;
	list_push_front(&l->requests, &r->link);
}

bool request_path_lengthen(struct request *r, struct span name)
{
	if (!buf_reserve(&r->path, name.n + 1))
		return false;
	buf_put_span(&r->path, name);
	*buf_tail(&r->path) = '\0';
	return true;
}

void request_path_cut(struct request *r, size_t len)
{
	r->path.end = r->path.start + len;
	*buf_tail(&r->path) = '\0';
}

static void forget_body(struct request *r)
{
	spool_close(&r->body);
	lane_buf_back(r->lane, &r->body.mem);
	r->body_len = r->body_at = r->body_gone = 0;
	r->streams = r->owes_continue = false;
	r->unwanted = true;
}

static void forget_answer(struct request *r)
{
	unsigned interims = r->answer.interims;

	buf_clear(&r->answer.lines);
	r->answer = (struct answer){.lines = r->answer.lines, .interims = interims};
	buf_clear(&r->raw_head);
	r->raw_scan = 0;
	r->raw_done = false;
}

bool request_move(struct request *r, struct span target)
{
	must(!r->worker && !r->answer.begun);
	buf_clear(&r->moved);
	if (!buf_put_span(&r->moved, target))
		return false;
	forget_body(r);
	forget_answer(r);
	r->script_name = r->path_info = SPAN_NONE; /* they lie in `path`, which is to be another */
	r->interpreter = NULL;
	r->tries = 0;
	/* For that target somebody has to be asked again. */
	r->let_in_by = r->let_in_to = r->before_by = r->before_to = 0;
	buf_clear(&r->vouched);
	return true;
}

void request_begin_again(struct request *r)
{
	must(!r->worker && !r->answer.begun);
	forget_answer(r);
	r->tries = 0;
	r->engaged = (struct mono){0};
	r->usage = (struct usage){0};
}

bool request_keep(struct request *r, struct spool *in, struct span bytes)
{
	struct spool_place to = {
		.in_memory = r->streams && !r->job ? SIZE_MAX : REQUEST_BODY_IN_MEMORY,
		.dir = r->plan->spool_dir,
		.quota = request_quota(r)};

	if (bytes.n && in->mem.cap == 0)
		in->mem = lane_buf(r->lane);
	if (spool_put(in, bytes, &to))
		return true;
	if (errno != ENOMEM)
		spool_complain(&to, errno, QUOTA_REFUSES);
	return false;
}

size_t request_body_room(struct request *r)
{
	size_t kept = buf_len(&r->body.mem);

	if (kept > REQUEST_BODY_IN_MEMORY / 2) {
		buf_drop(&r->body.mem, (size_t)(r->body_at - r->body_gone));
		r->body_gone = r->body_at;
		kept = buf_len(&r->body.mem);
	}
	/* Not byte by byte, as a slow worker takes them. */
	return kept <= REQUEST_BODY_IN_MEMORY * 3 / 4 ? REQUEST_BODY_IN_MEMORY - kept : 0;
}

void request_body_from_start(struct request *r)
{
	must(request_may_start_again(r));
	r->body_at = r->data_at = 0;
	r->data_begun = false;
	r->unwanted = request_is_moved(r);
}

struct span request_body_piece(const struct request *r, char *room, size_t size, bool *failed)
{
	return spool_at(&r->body, r->body_at - r->body_gone, room, size, failed);
}

char *request_put_id(const struct request *r, char *to)
{
	return digits_put_hex(to, r->id);
}

/* 0 is nobody's. */
void request_adopt_id(struct request *r, struct span id)
{
	uint64_t n = 0;

	if (id.n != REQUEST_ID_DIGITS)
		return;
	for (size_t i = 0; i < id.n; i++) {
		if (http_hex(id.p[i]) < 0 || (id.p[i] >= 'A' && id.p[i] <= 'F'))
			return;
		n = n << 4 | (unsigned)http_hex(id.p[i]);
	}
	r->id = n ? n : r->id;
}

bool request_is_idempotent(const struct request *r)
{
	struct span m = request_method(r);

	return request_asks(r) || span_is(m, "GET") || span_is(m, "HEAD") ||
	       span_is(m, "OPTIONS") || span_is(m, "PUT") || span_is(m, "DELETE");
}

void request_runs_as(struct request *r, uint32_t pid)
{
	if (r)
		r->usage = (struct usage){.pid = pid};
}

void request_has_used(struct request *r, uint64_t cpu_us, uint64_t peak_kb)
{
	if (r)
		r->usage = (struct usage){r->usage.pid, true, cpu_us, peak_kb};
}

void request_fail(struct request *r, int status)
{
	if (r->answer.begun)
		r->front->cut(r);
	else
		r->front->refuse(r, status);
}

void request_tell_lie(const struct request *r, const char *what)
{
	log_warn("[pool %s] request %016" PRIx64 ": script %.*s: %s than the declared "
		 "Content-Length",
		r->pool ? r->pool->name : "-", r->id, SPAN_FMT(request_script(r)), what);
}

/* More than was declared is not ours to send (RFC 3875 6.3.2 leaves no room for a lie). */
struct span request_within_length(struct request *r, struct span bytes)
{
	if (bytes.n > r->reply.left) {
		if (!r->reply.over)
			request_tell_lie(r, "more came");
		r->reply.over = true;
		bytes.n = (size_t)r->reply.left;
	}
	r->reply.left -= bytes.n;
	return bytes;
}
