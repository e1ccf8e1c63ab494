/* SPDX-License-Identifier: MIT
 *
 * meta: see meta.h.
 */
#include "gateway/meta.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/variable.h"

#define NAME_MAX_LEN 256

/* Where a row that has to compose its value may do so. */
struct scratch {
	char text[IP_TEXT_MAX];
	struct buf made;
	bool failed;
};

typedef struct span meta_value(const struct request *r, struct scratch *s);

/* ---- the rows. SPAN_NONE: the variable is not set ---- */

static struct span number(struct scratch *s, uint64_t n)
{
	return (struct span){s->text, (size_t)snprintf(s->text, sizeof s->text, "%" PRIu64, n)};
}

static struct span gateway_interface(const struct request *r, struct scratch *s)
{
	(void)r, (void)s;
	return SPAN_LIT("CGI/1.1");
}

static struct span server_software(const struct request *r, struct scratch *s)
{
	(void)r, (void)s;
	return SPAN_LIT("hearth/" HEARTH_VERSION);
}

static struct span server_protocol(const struct request *r, struct scratch *s)
{
	(void)s;
	return r->head.minor ? SPAN_LIT("HTTP/1.1") : SPAN_LIT("HTTP/1.0");
}

static struct span scheme(const struct request *r, struct scratch *s)
{
	(void)s;
	return r->secure ? SPAN_LIT("https") : SPAN_LIT("http");
}

static struct span https(const struct request *r, struct scratch *s)
{
	(void)s;
	return r->secure ? SPAN_LIT("on") : SPAN_NONE;
}

/* PHP's forced-redirect check wants it; only we may say it (php CVE-2024-8927). */
static struct span redirect_status(const struct request *r, struct scratch *s)
{
	(void)r, (void)s;
	return SPAN_LIT("200");
}

static struct span method(const struct request *r, struct scratch *s)
{
	(void)s;
	return request_method(r);
}

/* As sent, in origin form. "/" stands for an empty path, also in "http://example.org?query", where
 * no slash lies before the query (RFC 9112 3.2.1). */
static struct span request_uri(const struct request *r, struct scratch *s)
{
	struct span uri = r->target.raw_path;

	if (uri.n == 0 && !r->target.has_query)
		return SPAN_LIT("/");
	if (uri.n == 0) {
		s->failed = !buf_puts(&s->made, "/?") || !buf_put_span(&s->made, r->target.query);
		return buf_span(&s->made);
	}
	if (r->target.has_query) /* it lies behind the path and its '?' */
		uri.n = (size_t)(r->target.query.p + r->target.query.n - uri.p);
	return uri;
}

/* RFC 3875 4.1.7: set even if empty. */
static struct span query(const struct request *r, struct scratch *s)
{
	(void)s;
	return r->target.query.n ? r->target.query : SPAN_LIT("");
}

static struct span script_name(const struct request *r, struct scratch *s)
{
	(void)s;
	return r->script_name.n ? r->script_name : SPAN_LIT("");
}

static struct span path_info(const struct request *r, struct scratch *s)
{
	(void)s;
	return r->path_info.n ? r->path_info : SPAN_NONE;
}

static struct span script_file(const struct request *r, struct scratch *s)
{
	(void)s;
	return buf_len(&r->script_file) ? buf_span(&r->script_file) : SPAN_NONE;
}

static struct span path_translated(const struct request *r, struct scratch *s)
{
	(void)s;
	return buf_len(&r->path_translated) ? buf_span(&r->path_translated) : SPAN_NONE;
}

static struct span document_root(const struct request *r, struct scratch *s)
{
	(void)s;
	return span_of(r->plan->document_root ? r->plan->document_root : r->pool->directory);
}

/* RFC 3875 4.1.2: only with a body, and then the number of bytes it really has. Of chunks that are
 * passed on as they come nobody knows it. */
static struct span content_length(const struct request *r, struct scratch *s)
{
	uint64_t n = r->read_whole ? r->body_len : r->head.content_length;

	if (r->head.body == HTTP_BODY_NONE || (!r->read_whole && r->head.body == HTTP_BODY_CHUNKED))
		return SPAN_NONE;
	return number(s, n);
}

static struct span content_type(const struct request *r, struct scratch *s)
{
	(void)s;
	return http_value(&r->head, buf_head(&r->in), "Content-Type");
}

static struct span remote_addr(const struct request *r, struct scratch *s)
{
	/* A unix peer has none; programs that parse it expect an address all the same. */
	return ip_is_none(&r->client.ip) ? SPAN_LIT("127.0.0.1")
					 : span_of(ip_put(&r->client.ip, s->text));
}

/* RFC 3875 4.1.9: the address, as no name is looked up. */
static struct span remote_host(const struct request *r, struct scratch *s)
{
	return remote_addr(r, s);
}

static struct span remote_port(const struct request *r, struct scratch *s)
{
	return r->client.port ? number(s, r->client.port) : SPAN_NONE;
}

static struct span server_addr(const struct request *r, struct scratch *s)
{
	const struct conn *c = r->conn;

	if (!ip_is_none(&c->local.ip))
		return span_of(ip_put(&c->local.ip, s->text));
	return c->via->host[0] ? span_of(c->via->host) : SPAN_NONE;
}

/* Behind the host that the client has asked for. */
static struct span asked_port(const struct request *r)
{
	struct span all = r->target.authority.n ? r->target.authority
						: request_span(r, r->head.host);

	return span_from(all, r->host.n + 1);
}

/* Ours, unless the client met a proxy by https: programs that make a URL of HTTPS and SERVER_PORT
 * shall make one that leads to the proxy. */
static struct span server_port(const struct request *r, struct scratch *s)
{
	struct span port = r->secure ? asked_port(r) : SPAN_NONE;

	if (r->secure)
		return port.n ? port : SPAN_LIT("443");
	if (r->conn->local.port)
		return number(s, r->conn->local.port);
	return r->conn->via->port[0] ? span_of(r->conn->via->port) : SPAN_LIT("80");
}

static struct span server_name(const struct request *r, struct scratch *s)
{
	struct span addr = server_addr(r, s);

	if (r->host.n)
		return r->host;
	return addr.n ? addr : SPAN_LIT("localhost");
}

static struct span request_id(const struct request *r, struct scratch *s)
{
	return (struct span){
		s->text, (size_t)snprintf(s->text, sizeof s->text, "%016" PRIx64, r->id)};
}

#define VARIABLE(NAME, name) {{#NAME, sizeof(#NAME) - 1}, name},
#define VARIABLE_NEVER(NAME)

static const struct {
	struct span name;
	meta_value *value;
} computed[] = {
#include "common/variable.def"
};

/* ---- header fields ---- */

/* Fields that never become HTTP_*: said already under another name, ours alone to act on, secret
 * (RFC 3875 4.1.18 and 9.2), or a known way to fool the program behind (httpoxy, CVE-2024-8927). */
static const char *const not_passed[] = {
	"content-length",
	"content-type",
	"transfer-encoding",
	"trailer",
	"authorization",
	"proxy-authorization",
	"proxy",
	"redirect-status",
};

static bool is_passed(struct span name)
{
	for (size_t i = 0; i < nitems(not_passed); i++)
		if (span_is_nocase(name, not_passed[i]))
			return false;
	return name.n + 5 <= NAME_MAX_LEN;
}

/* "Accept-Language" to "HTTP_ACCEPT_LANGUAGE". Only letters, digits and '-': an underscore could
 * pass itself off for a dash (Passenger CVE-2015-7519). */
static bool http_name(struct span field, char to[NAME_MAX_LEN], struct span *name)
{
	memcpy(to, "HTTP_", 5);
	for (size_t i = 0; i < field.n; i++) {
		char c = field.p[i];
		bool lower = c >= 'a' && c <= 'z';
		if (!lower && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
		to[5 + i] = c == '-' ? '_' : lower ? (char)(c - 'a' + 'A') : c;
	}
	*name = (struct span){to, field.n + 5};
	return true;
}

/* Then the client has no say: programs differ in which of two variables of one name they believe.
 */
static bool is_configured(const struct plan_pool *pool, struct span name)
{
	for (size_t i = 0; i < pool->nenv; i++)
		if (span_is(name, pool->env[i].name))
			return true;
	return false;
}

static struct span header_name(const struct request *r, uint32_t i)
{
	return request_span(r, r->head.headers[i].name);
}

/* An authority in the target takes the place of Host (RFC 9112 3.2.2). */
static struct span header_value(const struct request *r, uint32_t i)
{
	if (r->target.authority.n && span_is_nocase(header_name(r, i), "host"))
		return r->target.authority;
	return request_span(r, r->head.headers[i].value);
}

static bool same_name(struct span a, struct span b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* The first other field of this name from i on; nheaders if there is none. */
static uint32_t same_from(const struct request *r, uint32_t i, struct span name)
{
	while (i < r->head.nheaders && !same_name(header_name(r, i), name))
		i++;
	return i;
}

/* Fields of one name are one list (RFC 9110 5.3); cookies are joined their own way (RFC 6265 5.4).
 */
static bool join(const struct request *r, uint32_t first, struct buf *to)
{
	struct span name = header_name(r, first);
	struct span glue = span_is_nocase(name, "cookie") ? SPAN_LIT("; ") : SPAN_LIT(", ");
	bool ok = buf_put_span(to, request_span(r, r->head.headers[first].value));

	for (uint32_t i = first + 1; ok && (i = same_from(r, i, name)) < r->head.nheaders; i++)
		ok = buf_put_span(to, glue) &&
		     buf_put_span(to, request_span(r, r->head.headers[i].value));
	return ok;
}

static bool each_header(const struct request *r, meta_sink *sink, void *arg)
{
	char name_text[NAME_MAX_LEN];
	struct buf joined = BUF_INIT;
	bool ok = true;

	for (uint32_t i = 0; i < r->head.nheaders && ok; i++) {
		struct span field = header_name(r, i), name;
		struct span value = header_value(r, i);
		if (same_from(r, 0, field) < i || !is_passed(field) ||
			!http_name(field, name_text, &name) || is_configured(r->pool, name))
			continue;
		if (same_from(r, i + 1, field) < r->head.nheaders) {
			buf_clear(&joined);
			ok = join(r, i, &joined);
			value = buf_span(&joined);
		}
		ok = ok && sink(arg, name, value);
	}
	buf_free(&joined);
	return ok;
}

/* ---- all of them ---- */

bool meta_each(const struct request *r, meta_sink *sink, void *arg)
{
	const struct plan_pool *pool = r->pool;

	for (size_t i = 0; i < nitems(computed); i++) {
		struct scratch s = {.made = BUF_INIT};
		struct span value = computed[i].value(r, &s);
		bool ok = !s.failed && (!value.p || sink(arg, computed[i].name, value));
		buf_free(&s.made);
		if (!ok)
			return false;
	}
	for (size_t i = 0; i < pool->nenv; i++) {
		struct span name = span_of(pool->env[i].name);
		if (!variable_is_computed(name) && !sink(arg, name, span_of(pool->env[i].value)))
			return false;
	}
	return each_header(r, sink, arg);
}
