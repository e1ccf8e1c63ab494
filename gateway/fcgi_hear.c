/* SPDX-License-Identifier: MIT
 *
 * fcgi_hear: see fcgi_hear.h.
 */
#include "gateway/fcgi_hear.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "gateway/fcgi_knock.h"
#include "gateway/fcgi_wrap.h"
#include "gateway/php_words.h"
#include "gateway/relay.h"

/* Reads of one seat before others get their turn. */
#define READS_A_TURN 16

/* ---- one record ---- */

/* The worker is done with this request, and its connection with it. */
static void finish(struct fcgi_seat *f)
{
	struct request *r = f->w.request;
	bool ok;

	said_end(&f->said);
	worker_worked(&f->w);
	f->w.request = NULL;
	f->keeps |= !f->link.fresh;
	f->link.fresh = false;
	f->done_at = mono_now();
	ok = !r || relay_finish(r, f->said.tag);
	if (!ok && !f->end->ours)
		f->end->babbles(f);
	/* It answered before it had read all we have for it: the rest must not reach the next. As
	 * it must not when we have sent it all: libfcgi takes what its program left of a body for
	 * the next request. Nor must an answer that is still to come, if the end was one too many.
	 */
	if (!ok || buf_len(&f->link.out) || !f->body_ended || f->carried)
		fcgi_seat_hang_up(f);
	if (!fcgi_knock_behind(f))
		dispatch_idle(&f->w);
}

/* Whose servers are not ours, they are known by their answers alone. */
static void judge_output(struct fcgi_seat *f, const struct request *r)
{
	if (f->end->ours || f->judged)
		return;
	f->judged = f->refusal || r->raw_done;
	if (f->refusal)
		f->end->babbles(f);
	else if (f->judged)
		f->end->responds(f);
}

/* What is no response makes no bad worker: it may serve the next when this one's end has come. */
static void take_output(struct fcgi_seat *f, struct span bytes)
{
	struct request *r = f->w.request;

	f->spoke = true;
	if (!r)
		return;
	f->refusal = relay_output(r, bytes);
	if (r->answer.status / 100 == 4)
		php_words_heed(r, f->w.pid, bytes);
	judge_output(f, r);
	if (!f->refusal)
		return;
	f->w.request = NULL;
	if (!f->body_ended) /* which it may be waiting for */
		fcgi_link_break_off(&f->link, fcgi_seat_loop(f));
}

static void take_error(struct fcgi_seat *f, struct span bytes)
{
	struct request *r = f->w.request;

	said_take(&f->said, bytes);
	if (r && r->front->error)
		r->front->error(r, bytes);
}

/* The first on a connection can be no late word of another request. */
static void learn_id(struct fcgi_seat *f, uint16_t id)
{
	if (f->link.fresh && !f->answered && id == FCGI_WRAP_ONLY_ID)
		f->knows_one_id = true;
}

static uint16_t heard_id(const struct fcgi_seat *f)
{
	return f->knows_one_id ? FCGI_WRAP_ONLY_ID : f->id;
}

/* We say so ourselves, behind an answer that tells clients. */
static bool is_overload(const struct fcgi_seat *f, const struct fcgi_event *ev)
{
	return ev->kind == FCGI_EV_END && ev->id == heard_id(f) &&
	       ev->protocol_status == FCGI_OVERLOADED && f->w.request && f->w.request->raw_done;
}

/* One event. NULL, or what is wrong with it. */
static const char *take_record(struct fcgi_seat *f, const struct fcgi_event *ev)
{
	const char *why;

	if (ev->kind == FCGI_EV_NONE || ev->kind == FCGI_EV_STREAM_END)
		return NULL;
	if (f->owes_values && (ev->type == FCGI_GET_VALUES_RESULT || ev->kind == FCGI_EV_REFUSED)) {
		f->owes_values = ev->kind == FCGI_EV_DATA && !ev->record_end;
		return NULL;
	}
	learn_id(f, ev->id);
	why = is_overload(f, ev) ? NULL : fcgi_wrap_judge(ev, heard_id(f));
	if (why == fcgi_wrap_stranger)
		return why;
	if (!why && !f->answered && !f->end->ours)
		f->end->answers(f);
	f->answered = true;
	if (why || ev->kind != FCGI_EV_DATA)
		return why;
	if (ev->type == FCGI_STDERR)
		take_error(f, ev->data);
	else
		take_output(f, ev->data);
	return NULL;
}

/* Before any of the page that says so is passed on: another server may have room. */
static bool is_turned_away(const struct fcgi_seat *f, struct span bytes)
{
	return !f->end->ours && !f->answered && f->w.request &&
	       fcgi_wrap_is_overload(f->reader, bytes, f->id);
}

/* Over a connection that is kept it may be of a request before, which says nothing of this one: it
 * may not have been begun. */
static void fail_by_stranger(struct fcgi_seat *f, uint16_t id)
{
	char why[64];

	snprintf(why, sizeof why, "sent a record of id %u though its request has id %u", id, f->id);
	fcgi_seat_fail_as(f, ENDED_NONSENSE, why, !f->answered && !f->link.fresh);
}

/* FastCGI 1.0 5.5: what the program says of this answer, for who asked by FastCGI as well. Of an
 * errand another answer comes. */
static void take_status(struct fcgi_seat *f, const struct fcgi_event *ev)
{
	struct request *r = f->w.request;

	if (r && r->raw_done && r->output != OUTPUT_ERRAND)
		r->answer.app_status = ev->app_status;
}

/* ---- what was read ---- */

/* What was read, record by record. True: go on reading. Only behind it the client may have an
 * answer, since what it sends next is read at once, to where these bytes are. */
static bool take(struct fcgi_seat *f, struct span bytes)
{
	struct fcgi_event ev = {.kind = FCGI_EV_NONE};
	struct request *r = f->w.request;
	const char *why = NULL;

	if (is_turned_away(f, bytes)) {
		f->end->refused(f, FCGI_OVERLOADED, fcgi_wrap_refused);
		return false;
	}
	f->refusal = NULL;
	while (bytes.n && !why && ev.kind != FCGI_EV_END) {
		ssize_t n = fcgi_read(&f->reader, bytes.p, bytes.n, &ev);
		why = n < 0 ? f->reader.why : take_record(f, &ev);
		bytes = span_from(bytes, n < 0 ? 0 : (size_t)n);
	}
	if (f->refusal)
		relay_refuse(r, f->said.tag, f->refusal);
	if (bytes.n) /* nobody asked for what follows */
		fcgi_seat_hang_up(f);
	if (why == fcgi_wrap_refused && !f->end->ours && !f->spoke) {
		f->end->refused(f, ev.protocol_status, why);
	} else if (why == fcgi_wrap_stranger) {
		fail_by_stranger(f, ev.id);
	} else if (why) {
		fcgi_seat_fail_as(f, ENDED_NONSENSE, why, false);
	} else if (ev.kind == FCGI_EV_END) {
		take_status(f, &ev);
		finish(f);
	}
	return !why && ev.kind != FCGI_EV_END;
}

/* Read no further than the client's side can hold. */
static bool is_full(const struct fcgi_seat *f)
{
	const struct request *r = f->w.request;

	return r && r->front->full(r);
}

/* A kept connection that ended while the request was on its way there, unread: programs that close
 * behind each answer do so (Ruby's). The request is said again to the same process. If that is
 * dead, its socket is as well. */
static bool is_unheard(const struct fcgi_seat *f, int err)
{
	const struct request *r = f->w.request;

	return (err == ECONNRESET || err == EPIPE) && r && !f->link.fresh && !f->answered &&
	       request_may_start_again(r) && request_is_idempotent(r);
}

static void lost(struct fcgi_seat *f, int err)
{
	if (is_unheard(f, err)) {
		/* It counts, or a request that kills whom it meets would meet too many. */
		f->w.request->tries++;
		f->keeps = false;
		fcgi_seat_hang_up(f);
		f->w.backend->start(&f->w);
	} else if (!f->w.request && !f->body_ended) { /* broken off: no news about the process */
		fcgi_seat_hang_up(f);
		dispatch_idle(&f->w);
	} else if (err) {
		fcgi_seat_fail(f, "reset its connection", err == ECONNRESET || err == EPIPE);
	} else {
		f->left = true;
		fcgi_seat_fail(f, "closed its connection", f->deaf || !f->end->ours);
	}
}

/* A short read has emptied the socket, and the next bytes are a new edge; but an end of the stream
 * that was announced with these bytes is not. */
static bool may_have_more(const struct fcgi_seat *f, ssize_t n)
{
	return n == LANE_SCRATCH || (n > 0 && f->link.ending);
}

/* The front may lose its client while it flushes, and we may be called from there (abandon): so
 * that is the last thing done. */
void fcgi_hear(struct fcgi_seat *f)
{
	char *room = lane_here->scratch;
	ssize_t n = LANE_SCRATCH;
	int reads = 0;

	for (; reads < READS_A_TURN && may_have_more(f, n) && !is_full(f); reads++) {
		n = recv(f->link.io.fd, room, LANE_SCRATCH, 0);
		if (n > 0 && !take(f, (struct span){room, (size_t)n}))
			return;
	}
	f->readable = may_have_more(f, n);
	if (reads && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))) {
		lost(f, n < 0 ? errno : 0);
		return;
	} else if (f->dead && !f->readable) {
		fcgi_seat_fail(f, "died", false);
		return;
	}
	if (f->readable && !is_full(f)) /* others get their turn, and we get another event */
		fcgi_link_rearm(&f->link, fcgi_seat_loop(f));
	if (f->w.request)
		f->w.request->front->flush(f->w.request);
}
