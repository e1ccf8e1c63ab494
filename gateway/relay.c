/* SPDX-License-Identifier: MIT
 *
 * relay: see relay.h.
 */
#include "gateway/relay.h"

#include "common/log.h"
#include "gateway/dispatch.h"

static const struct cgi_limits limits = CGI_LIMITS;
static const char no_memory[] = "there is no memory for its header";

/* Ours to say: framing and persistence belong to the connection, the date to the clock. */
static bool is_ours(struct span name)
{
	return span_is_nocase(name, "Date") || span_is_nocase(name, "Server");
}

static bool add_lines(struct request *r, const struct cgi_head *h, const char *base)
{
	bool ok = true;

	for (uint32_t i = 0; i < h->nheaders && ok; i++) {
		struct span name = http_span(base, h->headers[i].name);
		struct span value = http_span(base, h->headers[i].value);
		if (is_ours(name))
			continue;
		ok = buf_put_span(&r->answer.lines, name) && buf_puts(&r->answer.lines, ": ") &&
		     buf_put_span(&r->answer.lines, value) && buf_puts(&r->answer.lines, "\r\n");
	}
	return ok;
}

static const char *begin(struct request *r, const struct cgi_head *h, const char *base)
{
	struct answer *a = &r->answer;

	/* A local redirect is left to the client to follow. */
	a->status = h->redirect == CGI_LOCAL_REDIRECT && !h->has_status ? 302 : h->status;
	a->has_length = h->has_content_length;
	a->length = h->content_length;
	if (!add_lines(r, h, base))
		return no_memory;
	r->raw_done = true;
	worker_head_came(r->worker);
	r->front->begin(r);
	return NULL;
}

static const char *pass_interim(struct request *r, const struct cgi_head *h, const char *base)
{
	bool ok = add_lines(r, h, base);

	r->answer.interims++;
	if (ok)
		r->front->interim(r, h->status, buf_span(&r->answer.lines));
	buf_clear(&r->answer.lines);
	return ok ? NULL : no_memory;
}

/* Reads heads from bytes until the final one: an interim response (1xx) has one of its own. *rest
 * is what follows. */
static const char *read_heads(struct request *r, struct span bytes, struct span *rest)
{
	static _Thread_local struct cgi_head head; /* keeps `why` for our caller */
	const char *why;
	ssize_t n;

	for (;;) {
		n = cgi_head_parse(bytes.p, bytes.n, &r->raw_scan, &limits, &head);
		if (n < 0)
			return head.why[0] ? head.why : "its header is malformed";
		*rest = span_from(bytes, (size_t)n);
		if (n == 0)
			return NULL;
		if (head.status >= 200)
			return begin(r, &head, bytes.p);
		why = pass_interim(r, &head, bytes.p);
		if (why)
			return why;
		r->raw_scan = 0;
		bytes = *rest;
	}
}

/* The common case first: a head that came in one piece is read where it lies. */
static const char *read_head(struct request *r, struct span bytes, struct span *rest)
{
	const char *why;

	if (buf_len(&r->raw_head)) {
		if (!buf_put_span(&r->raw_head, bytes))
			return no_memory;
		why = read_heads(r, buf_span(&r->raw_head), rest);
		if (!why && !r->raw_done) /* interim heads are done with */
			buf_drop(&r->raw_head, buf_len(&r->raw_head) - rest->n);
		return why;
	}
	why = read_heads(r, bytes, rest);
	if (!why && !r->raw_done && !buf_put_span(&r->raw_head, *rest))
		return no_memory;
	return why;
}

const char *relay_output(struct request *r, struct span bytes)
{
	const char *why;

	if (!r->raw_done) {
		struct span rest = SPAN_NONE;
		why = read_head(r, bytes, &rest);
		if (why || !r->raw_done)
			return why;
		bytes = rest;
	}
	if (bytes.n)
		r->front->body(r, bytes);
	return NULL;
}

const char *relay_end(struct request *r)
{
	if (!r->raw_done && buf_len(&r->raw_head))
		return "its output ended within the header";
	if (!r->raw_done)
		return r->answer.interims ? "it ended after interim responses"
					  : "it ended without any output";
	r->front->end(r);
	return NULL;
}

bool relay_finish(struct request *r, const char *tag)
{
	const char *why;

	r->worker = NULL;
	why = relay_end(r);
	if (!why)
		return true; /* and r is gone */
	log_error("%s: %s", tag, why);
	request_fail(r, 502);
	return false;
}
