/* SPDX-License-Identifier: MIT
 *
 * relay: see relay.h.
 */
#include "gateway/relay.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "gateway/dispatch.h"

/* So much of what a script said is shown in the log. */
#define SHOWN_MAX 200u
/* An nph script's first line is not looked for behind this. */
#define STATUS_LINE_MAX 8192u

static const struct cgi_limits limits = CGI_LIMITS;
static const char no_memory[] = "there is no memory for its header";

static const struct relay_host *errands;

void relay_init(const struct relay_host *host)
{
	errands = host;
}

/* ---- complaints; valid until the next one in this thread ---- */

static _Thread_local char complaint[8 * SHOWN_MAX];

static const char *complain(const char *why, struct span said)
{
	char shown[4 * SHOWN_MAX + 1];
	bool more = said.n > SHOWN_MAX;

	log_escape(shown, sizeof shown, said.p, more ? SHOWN_MAX : said.n);
	snprintf(
		complaint, sizeof complaint, "%s; it said \"%s\"%s", why, shown, more ? "..." : "");
	return complaint;
}

/* For "%.*s". */
static int bounded(struct span s)
{
	return (int)(s.n < SHOWN_MAX ? s.n : SHOWN_MAX);
}

static const char *complain_of_loop(const struct request *r, struct span target)
{
	struct span sent = request_span(r, r->head.target);

	snprintf(complaint, sizeof complaint,
		"it redirects to \"%.*s\", though \"%.*s\" was redirected to it: one local "
		"redirect leads to no other",
		bounded(target), target.p, bounded(sent), sent.p);
	return complaint;
}

static void complain_of_file(const struct request *r, struct span name)
{
	static _Atomic int64_t last;

	if (quota_may_say(&last, r->lane->loop.now))
		log_warn("[pool %s] request %016" PRIx64 ": script %.*s names the file \"%.*s\", "
			 "but the pool has no sendfile_root: the header is removed",
			r->pool->name, r->id, SPAN_FMT(request_script(r)), bounded(name), name.p);
}

/* ---- heads ---- */

/* Ours to say: framing and persistence belong to the connection, the date to the clock. And of two
 * ids of one request a client could not tell which stands in the logs. */
static bool is_ours(const struct request *r, struct span name)
{
	return span_is_nocase(name, "Date") || span_is_nocase(name, "Server") ||
	       request_is_id_header(r, name);
}

bool relay_add_lines(struct request *r, const struct cgi_head *h, const char *base,
	bool (*is_known)(struct span name))
{
	bool ok = true;

	for (uint32_t i = 0; i < h->nheaders && ok; i++) {
		struct span name = http_span(base, h->headers[i].name);
		struct span value = http_span(base, h->headers[i].value);
		if (is_ours(r, name) || (is_known && is_known(name)))
			continue;
		ok = buf_put_span(&r->answer.lines, name) && buf_puts(&r->answer.lines, ": ") &&
		     buf_put_span(&r->answer.lines, value) && buf_puts(&r->answer.lines, "\r\n");
	}
	return ok;
}

/* What has no Content-Type has no body (RFC 3875 6.3.1). Behind a redirect one hardly matters; else
 * browsers would guess what it is, and run it (Go CVE-2020-24553). */
static enum request_output output_of(const struct request *r, const struct cgi_head *h)
{
	bool bodyless = h->status == 204 || h->status == 205 || h->status == 304 ||
			span_is(request_method(r), "HEAD");

	if (h->has_content_type || bodyless)
		return OUTPUT_BODY;
	return h->redirect && h->status / 100 == 3 ? OUTPUT_DROPPED : OUTPUT_BLANK;
}

/* The reason is for humans (RFC 3875 6.3.3), who do not need all of a very long one. */
void relay_put_status(struct request *r, const struct cgi_head *h, const char *base)
{
	struct span reason = http_span(base, h->reason);
	size_t most = sizeof r->answer.reason - 1, n = reason.n < most ? reason.n : most;

	r->answer.status = h->status;
	if (n)
		memcpy(r->answer.reason, reason.p, n);
	r->answer.reason[n] = '\0';
}

/* To the server before us, who has it from us as from the script. */
static bool leave_file(struct request *r, const struct cgi_head *h, const char *base)
{
	const char *name = h->file == CGI_FILE_URL ? "X-Accel-Redirect" : "X-Sendfile";

	return !h->file || !r->front->leaves_errands ||
	       buf_putf(&r->answer.lines, "%s: %.*s\r\n", name,
		       SPAN_FMT(http_span(base, h->file_name)));
}

static const char *begin_answer(struct request *r, const struct cgi_head *h, const char *base)
{
	struct answer *a = &r->answer;

	relay_put_status(r, h, base);
	a->is_local = h->redirect == CGI_LOCAL_REDIRECT;
	a->has_length = h->has_content_length;
	a->length = h->content_length;
	if (!relay_add_lines(r, h, base, NULL) || !leave_file(r, h, base))
		return no_memory;
	r->output = output_of(r, h);
	if (r->output == OUTPUT_BLANK)
		a->has_length = false; /* of lines that are dropped */
	if (r->output == OUTPUT_DROPPED) {
		a->has_length = true;
		a->length = 0;
	}
	if (r->output != OUTPUT_BLANK)
		r->front->begin(r);
	return NULL;
}

/* Its head is kept, at the start of raw_head. */
static const char *begin_errand(struct request *r, const struct cgi_head *h, struct span head)
{
	r->output = OUTPUT_ERRAND;
	if (h->redirect == CGI_LOCAL_REDIRECT && request_is_moved(r))
		return complain_of_loop(r, http_span(head.p, h->location));
	if (buf_len(&r->raw_head))
		buf_drop(&r->raw_head, (size_t)(head.p - buf_head(&r->raw_head)));
	else if (!buf_put_span(&r->raw_head, head))
		return no_memory;
	return NULL;
}

/* Whatever else stands in that answer, but the path of what is to be served in its place. */
static bool lets_in(const struct request *r, const struct cgi_head *h)
{
	return request_asks(r) && h->status == 200 && h->redirect != CGI_LOCAL_REDIRECT;
}

static const char *begin(struct request *r, const struct cgi_head *h, struct span head)
{
	r->raw_done = true;
	worker_head_came(r->worker);
	if (lets_in(r, h))
		return begin_errand(r, h, head);
	if (r->front->leaves_errands && (h->redirect == CGI_LOCAL_REDIRECT || h->file))
		return begin_answer(r, h, head.p);
	if (h->redirect == CGI_LOCAL_REDIRECT || (h->file && r->pool->sendfile_root))
		return begin_errand(r, h, head);
	if (h->file)
		complain_of_file(r, http_span(head.p, h->file_name));
	if (!h->has_content_type && !h->has_status && !h->redirect)
		return complain("no Content-Type, Location or Status", head);
	return begin_answer(r, h, head.p);
}

static const char *pass_interim(struct request *r, const struct cgi_head *h, const char *base)
{
	bool ok = relay_add_lines(r, h, base, NULL);

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
	static _Thread_local struct cgi_head head;
	const char *why;
	ssize_t n;

	for (;;) {
		n = cgi_head_parse(bytes.p, bytes.n, &r->raw_scan, &limits, &head);
		if (n < 0)
			return complain(head.why, span_from(bytes, head.where));
		*rest = span_from(bytes, (size_t)n);
		if (n == 0)
			return NULL;
		if (head.status >= 200)
			return begin(r, &head, (struct span){bytes.p, (size_t)n});
		if (request_asks(r))
			return complain("an authorizer has no interim responses", bytes);
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

/* ---- nph scripts ---- */

static bool is_nph(const struct request *r)
{
	struct span name = buf_span(&r->script_file);
	const char *slash = name.n ? memrchr(name.p, '/', name.n) : NULL;

	if (slash)
		name = span_from(name, (size_t)(slash - name.p) + 1);
	return r->pool->kind == POOL_CGI && r->front->raw && span_starts(name, SPAN_LIT("nph-"));
}

/* The line at the start of what came, without its end; NULL if it has none yet. */
static struct span first_line(struct span s)
{
	const char *lf = memchr(s.p, '\n', s.n);

	if (!lf)
		return SPAN_NONE;
	s.n = (size_t)(lf - s.p);
	s.n -= s.n && s.p[s.n - 1] == '\r';
	return s;
}

/* All that is asked of it is to begin as an answer does. *rest is all that came. */
static const char *read_raw(struct request *r, struct span bytes, struct span *rest)
{
	struct span line;

	if (!buf_put_span(&r->raw_head, bytes))
		return no_memory;
	*rest = buf_span(&r->raw_head);
	line = first_line(*rest);
	if (!line.p && rest->n < STATUS_LINE_MAX)
		return NULL;
	r->answer.status = cgi_status_line(line);
	if (!r->answer.status)
		return complain(
			"an nph script's first line is one like \"HTTP/1.1 200 OK\"", *rest);
	r->raw_done = true;
	r->output = OUTPUT_RAW;
	worker_head_came(r->worker);
	r->front->raw(r);
	return NULL;
}

/* ---- bodies ---- */

static bool is_blank(struct span s)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == '\n' || s.p[i] == '\r'))
		i++;
	return i == s.n;
}

static const char *take_body(struct request *r, struct span bytes)
{
	switch (r->output) {
	case OUTPUT_BODY:
	case OUTPUT_RAW:
		r->front->body(r, bytes);
		break;
	case OUTPUT_BLANK:
		if (!is_blank(bytes))
			return complain("it has a body, but no Content-Type", bytes);
		break;
	case OUTPUT_DROPPED:
	case OUTPUT_ERRAND:
		break;
	}
	return NULL;
}

const char *relay_output(struct request *r, struct span bytes)
{
	if (!r->raw_done) {
		struct span rest = SPAN_NONE;
		const char *why = (is_nph(r) ? read_raw : read_head)(r, bytes, &rest);
		if (why || !r->raw_done)
			return why;
		bytes = rest;
	}
	return bytes.n ? take_body(r, bytes) : NULL;
}

/* ---- the end ---- */

/* The head is read once more, rather than remembered by all requests that have no errand. */
static void run_errand(struct request *r)
{
	const char *base = buf_head(&r->raw_head);
	struct cgi_head head;
	size_t scan = 0;

	must(cgi_head_parse(base, buf_len(&r->raw_head), &scan, &limits, &head) > 0);
	if (lets_in(r, &head))
		errands->let_in(r, &head, base);
	else if (head.redirect == CGI_LOCAL_REDIRECT)
		errands->redirect(r, http_span(base, head.location));
	else
		errands->file(r, &head, base);
}

const char *relay_end(struct request *r)
{
	if (!r->raw_done && buf_len(&r->raw_head))
		return complain("its output ended within the header", buf_span(&r->raw_head));
	if (!r->raw_done)
		return r->answer.interims ? "it ended after interim responses"
					  : "it ended without any output";
	if (r->output == OUTPUT_ERRAND) {
		run_errand(r);
		return NULL;
	}
	if (r->output == OUTPUT_BLANK)
		r->front->begin(r);
	r->front->end(r);
	return NULL;
}

void relay_refuse(struct request *r, const char *tag, const char *why)
{
	r->worker = NULL;
	log_error("%s (\"%.*s %.*s\"): %s", tag, SPAN_FMT(request_method(r)),
		SPAN_FMT(request_target(r)), why);
	request_fail(r, 502);
}

bool relay_finish(struct request *r, const char *tag)
{
	const char *why;

	r->worker = NULL;
	why = relay_end(r);
	if (why)
		relay_refuse(r, tag, why);
	return !why;
}
