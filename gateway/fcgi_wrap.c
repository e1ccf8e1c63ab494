/* SPDX-License-Identifier: MIT
 *
 * fcgi_wrap: see fcgi_wrap.h.
 */
#include "gateway/fcgi_wrap.h"

#include "gateway/meta.h"

/* How much of a body is wrapped ahead of the socket. */
#define PIECE (32u * 1024)

static bool put_param(void *arg, struct span name, struct span value)
{
	return fcgi_param(arg, name, value);
}

bool fcgi_wrap_head(struct buf *out, const struct request *r, uint16_t id)
{
	struct fcgi_params params;

	return fcgi_begin_request(out, id, r->role ? r->role : FCGI_RESPONDER, true) &&
	       fcgi_params_open(&params, out, FCGI_PARAMS, id) && meta_each(r, put_param, out) &&
	       fcgi_params_close(&params, out) && fcgi_stream_end(out, FCGI_PARAMS, id);
}

/* The same of its data. */
static bool wrap_data(struct buf *out, struct request *r, uint16_t id, bool *ended)
{
	char room[PIECE];
	bool failed = false;

	while (!*ended && buf_len(out) < PIECE) {
		struct span piece = spool_at(&r->data, r->data_at, room, sizeof room, &failed);
		if (failed)
			return false;
		*ended = piece.n == 0;
		if (!(*ended ? fcgi_stream_end(out, FCGI_DATA, id)
			     : fcgi_stream(out, FCGI_DATA, id, piece)))
			return false;
		r->data_at += piece.n;
	}
	return true;
}

/* STDIN is complete, or there is none: an authorizer has no body, a filter has data too
 * (FastCGI 1.0 6.3 and 6.4). */
static bool end_body(struct buf *out, struct request *r, uint16_t id, bool *ended)
{
	if (r->role == FCGI_FILTER && r->data_begun)
		return wrap_data(out, r, id, ended);
	r->data_begun = true;
	*ended = r->role != FCGI_FILTER;
	return r->role == FCGI_AUTHORIZER || fcgi_stream_end(out, FCGI_STDIN, id);
}

bool fcgi_wrap_body(struct buf *out, struct request *r, uint16_t id, bool *ended)
{
	char room[PIECE];
	bool failed = false;

	*ended |= request_asks(r); /* the body is for whoever has it next */
	while (!*ended && buf_len(out) < PIECE) {
		struct span piece = request_body_piece(r, room, sizeof room, &failed);
		if (failed)
			return false;
		if (piece.n == 0 && !request_body_is_whole(r))
			return true;
		if (piece.n == 0 && !end_body(out, r, id, ended))
			return false;
		if (piece.n && !fcgi_stream(out, FCGI_STDIN, id, piece))
			return false;
		r->body_at += piece.n;
	}
	return true;
}

const char fcgi_wrap_refused[] = "refused the request";
const char fcgi_wrap_stranger[] = "sent a record of a request that it does not have";

const char *fcgi_wrap_judge(const struct fcgi_event *ev, uint16_t id)
{
	if (ev->id != id)
		return fcgi_wrap_stranger;
	if (ev->kind == FCGI_EV_DATA && ev->type != FCGI_STDOUT && ev->type != FCGI_STDERR)
		return "sent a stream that is not a worker's to send";
	if (ev->kind != FCGI_EV_DATA && ev->kind != FCGI_EV_END)
		return "sent a record that is not a worker's to send";
	if (ev->kind == FCGI_EV_END && ev->protocol_status != FCGI_REQUEST_COMPLETE)
		return fcgi_wrap_refused;
	return NULL;
}

static bool is_output(const struct fcgi_event *ev)
{
	return ev->kind == FCGI_EV_DATA && ev->type == FCGI_STDOUT;
}

bool fcgi_wrap_is_overload(struct fcgi_reader reader, struct span bytes, uint16_t id)
{
	const struct span page = SPAN_LIT("Status: 503");
	struct fcgi_event ev;
	bool told = false;

	while (bytes.n) {
		ssize_t n = fcgi_read(&reader, bytes.p, bytes.n, &ev);
		if (n < 0 || (ev.kind == FCGI_EV_END && ev.id != id))
			return false;
		if (ev.kind == FCGI_EV_END)
			return ev.protocol_status == FCGI_OVERLOADED;
		if (is_output(&ev) && !told && !span_starts(ev.data, page))
			return false;
		told |= is_output(&ev);
		bytes = span_from(bytes, (size_t)n);
	}
	return false;
}
