/* SPDX-License-Identifier: MIT
 *
 * fcgi_intake: see fcgi_intake.h.
 *
 * The parameters stay where they were collected, at the start of r->in, for the worker. Behind them
 * is put what HTTP would have had there: a request line, and the names of header fields; so logs
 * and messages find them where they look.
 */
#include "gateway/fcgi_intake.h"

#include <inttypes.h>

#include "common/log.h"
#include "gateway/fcgi_given.h"
#include "gateway/roster.h"

/* A web server repeats the target in several of them. */
#define PARAMS_PER_HEAD 4u

int fcgi_intake_params(struct request *r, struct span bytes)
{
	if (buf_len(&r->in) + bytes.n > PARAMS_PER_HEAD * (size_t)r->plan->max_header_size)
		return 431;
	return buf_put_span(&r->in, bytes) ? 0 : 503;
}

/* ---- what HTTP would have had ---- */

/* There is room: r->in does not move. */
static struct http_field put(struct request *r, struct span s)
{
	struct http_field f = {(uint32_t)buf_len(&r->in), (uint32_t)s.n};

	buf_put_span(&r->in, s);
	return f;
}

static struct http_field place(const struct request *r, struct span s)
{
	return (struct http_field){(uint32_t)(s.p - buf_head(&r->in)), (uint32_t)s.n};
}

/* As the client sent it, or what that must have been like. */
static struct http_field put_target(struct request *r, const struct fcgi_given *g)
{
	struct http_field f = put(r, g->at[GIVEN_URI]);

	if (f.len)
		return f;
	f.len += put(r, g->at[GIVEN_SCRIPT_NAME]).len;
	f.len += put(r, g->at[GIVEN_PATH_INFO]).len;
	if (g->at[GIVEN_QUERY].n)
		f.len += put(r, SPAN_LIT("?")).len + put(r, g->at[GIVEN_QUERY]).len;
	return f;
}

static void put_line(struct request *r, const struct fcgi_given *g)
{
	r->head.method = put(r, g->at[GIVEN_METHOD]);
	put(r, SPAN_LIT(" "));
	r->head.target = put_target(r, g);
	put(r, SPAN_LIT(" "));
	put(r, g->at[GIVEN_PROTOCOL]);
	put(r, SPAN_LIT("\r\n"));
	r->head.minor = !span_is(g->at[GIVEN_PROTOCOL], "HTTP/1.0");
}

/* HTTP_USER_AGENT is User-Agent again, in some case of letters. */
static struct http_field put_name(struct request *r, struct span name)
{
	struct http_field f = put(r, name);
	char *at = buf_head(&r->in) + f.off;

	for (uint32_t i = 0; i < f.len; i++)
		at[i] = at[i] == '_' ? '-' : at[i];
	return f;
}

static void put_headers(struct request *r)
{
	struct span rest = request_span(r, r->given), name, value;
	struct http_head *h = &r->head;

	while (h->nheaders < HTTP_HEADERS_MAX && fcgi_given_next(&rest, &name, &value)) {
		if (span_starts(name, SPAN_LIT("HTTP_")))
			name = span_from(name, 5);
		else if (!span_is(name, "CONTENT_TYPE"))
			continue;
		h->headers[h->nheaders++] = (struct http_header){
			put_name(r, name), place(r, value)};
	}
}

/* ---- what else is looked at ---- */

static struct span without_port(struct span host)
{
	for (size_t i = host.n; i-- > 0 && host.p[i] != ']';)
		if (host.p[i] == ':')
			return (struct span){host.p, i};
	return host;
}

/* Whoever may connect may say for whom; and what it is called, if it is a name as ours are. */
static void learn_client(struct request *r, const struct fcgi_given *g)
{
	struct endpoint e = {.port = 0};
	struct span https = g->at[GIVEN_HTTPS];

	if (ip_parse(g->at[GIVEN_REMOTE_ADDR], &e.ip)) {
		ip_port_parse(g->at[GIVEN_REMOTE_PORT], &e.port);
		r->client = e;
	}
	r->secure = https.n && !span_is_nocase(https, "off");
	r->host = without_port(g->at[GIVEN_HOST]);
	request_adopt_id(r, g->at[GIVEN_ID]);
}

static bool keep_path(struct request *r, const struct fcgi_given *g)
{
	struct span name = g->at[GIVEN_SCRIPT_NAME], info = g->at[GIVEN_PATH_INFO];
	struct span file = g->at[GIVEN_SCRIPT_FILENAME];

	if (!buf_reserve(&r->path, name.n + info.n + 1) ||
		!buf_reserve(&r->script_file, file.n + 1))
		return false;
	buf_put_span(&r->path, name);
	buf_put_span(&r->path, info);
	*buf_tail(&r->path) = '\0';
	r->script_name = (struct span){buf_head(&r->path), name.n};
	r->path_info = span_from(request_path(r), name.n);
	r->target.path = request_path(r);
	r->target.query = g->at[GIVEN_QUERY];
	r->target.has_query = r->target.query.n > 0;
	buf_put_span(&r->script_file, file);
	*buf_tail(&r->script_file) = '\0';
	return true;
}

/* -1 is what programs in Go say of a body whose length they do not know; Caddy does. */
static const char *learn_length(struct request *r, struct span text)
{
	if (span_is(text, "-1"))
		return NULL;
	r->head.has_content_length = text.n > 0;
	if (text.n == 0 || http_length(text, &r->head.content_length))
		return NULL;
	r->head.has_content_length = false;
	return "CONTENT_LENGTH is no length";
}

/* The second half of what is reserved is for what is put behind the parameters: each of them is
 * there once more at most, but for the parts of the line, for which there is some besides. */
int fcgi_intake_head(struct request *r, const char **why)
{
	size_t n = buf_len(&r->in);
	struct fcgi_given given;

	*why = NULL;
	if (!buf_reserve(&r->in, 2 * n + 64))
		return 503;
	r->given = (struct http_field){0, (uint32_t)n};
	*why = fcgi_given_read(request_span(r, r->given), &given);
	if (*why) {
		r->given.len = 0;
		return 400;
	}
	r->heard = r->lane->loop.now;
	put_line(r, &given);
	put_headers(r);
	r->head_len = r->used = buf_len(&r->in);
	learn_client(r, &given);
	*why = learn_length(r, given.at[GIVEN_CONTENT_LENGTH]);
	if (*why)
		return 400;
	return keep_path(r, &given) ? 0 : 503;
}

/* ---- bodies ---- */

static bool is_left_out(const struct request *r, struct span name)
{
	bool runs = r->pool->kind == POOL_CGI;

	return fcgi_given_is_barred(name) ||
	       (runs && (fcgi_given_is_unsafe(name) || fcgi_given_is_php_value(name)));
}

static bool is_left_out_of_php(const struct request *r, struct span name)
{
	return fcgi_given_is_php_value(name) && r->pool->kind != POOL_CGI && !r->pool->php_outside;
}

/* A web server that sends it does so with every request: once a pool is enough. */
static void complain_of_php(const struct request *r, struct span name)
{
	if (!atomic_exchange(&r->pool->dispatch->told_php_value, true))
		log_notice("[pool %s] %.*s comes from the web server: it is not passed on without "
			   "pass_php_value = yes",
			r->pool->name, SPAN_FMT(name));
}

/* Some web servers are told to send one of them empty. */
static void complain_of_barred(const struct request *r)
{
	static _Atomic int64_t said;
	struct span rest = request_span(r, r->given), name, value;

	while (fcgi_given_next(&rest, &name, &value))
		if (value.n && is_left_out_of_php(r, name))
			complain_of_php(r, name);
		else if (value.n && is_left_out(r, name))
			log_at(quota_may_say(&said, r->lane->loop.now) ? LOG_AT_NOTICE
								       : LOG_AT_DEBUG,
				"[pool %s] request %016" PRIx64
				": %.*s comes from the web server: it is not passed on",
				r->pool->name, r->id, SPAN_FMT(name));
}

static uint64_t max_body(const struct request *r)
{
	return r->pool && r->pool->max_body ? r->pool->max_body : r->plan->max_body;
}

int fcgi_intake_frame(struct request *r)
{
	complain_of_barred(r);
	if (r->head.has_content_length && r->head.content_length > max_body(r))
		return 413;
	r->read_whole = r->role == FCGI_AUTHORIZER;
	r->streams = !r->read_whole && r->role != FCGI_FILTER && !r->pool->request_buffering;
	return 0;
}

static void say_excess(struct fcgi_job *j)
{
	const struct request *r = j->request;

	if (!j->excess)
		log_warn("[pool %s] request %016" PRIx64
			 ": more of a body came than CONTENT_LENGTH says: it is cut there",
			r->pool->name, r->id);
	j->excess = true;
}

int fcgi_intake_body(struct fcgi_job *j, struct span bytes)
{
	struct request *r = j->request;
	uint64_t left = max_body(r) - r->body_len;

	if (r->head.has_content_length && bytes.n > r->head.content_length - r->body_len) {
		say_excess(j);
		bytes.n = (size_t)(r->head.content_length - r->body_len);
	}
	r->heard = r->lane->loop.now;
	if (bytes.n > left)
		return 413;
	if (!request_keep(r, &r->body, bytes))
		return 503;
	r->body_len += bytes.n;
	return 0;
}

int fcgi_intake_body_end(struct request *r)
{
	if (r->head.has_content_length && r->body_len < r->head.content_length) {
		log_warn("[pool %s] request %016" PRIx64
			 ": less of a body came than CONTENT_LENGTH says",
			r->pool->name, r->id);
		return 400;
	}
	r->read_whole = true;
	return 0;
}
