/* SPDX-License-Identifier: MIT
 *
 * meta: see meta.h.
 */
#include "gateway/meta.h"

#include <inttypes.h>

#include "common/digits.h"
#include "common/log.h"
#include "common/variable.h"
#include "gateway/vouched.h"

#define NAME_MAX_LEN 256

/* Where a row that has to compose its value may do so. */
struct scratch {
	char text[IP_TEXT_MAX];
	struct buf made;
	bool failed;
};

typedef struct span meta_value(const struct request *r, struct scratch *s);

/* A local redirect leaves it behind (RFC 3875 6.2.2), and an authorizer gets none
 * (FastCGI 1.0 6.3).
 */
static bool has_body(const struct request *r)
{
	return (r->head.has_content_length || r->head.body == HTTP_BODY_CHUNKED) &&
	       !request_is_moved(r) && !request_asks(r);
}

/* ---- the rows. SPAN_NONE: the variable is not set ---- */

static struct span number(struct scratch *s, uint64_t n)
{
	return (struct span){s->text, (size_t)(digits_put(s->text, n) - s->text)};
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

/* What is behind it is not looked for before an authorizer lets the request in: he gets neither
 * this nor PATH_INFO and PATH_TRANSLATED (FastCGI 1.0 6.3). */
static struct span script_name(const struct request *r, struct scratch *s)
{
	(void)s;
	if (request_asks(r))
		return SPAN_NONE;
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
	return buf_len(&r->script_file) ? plan_inside(r->pool, buf_span(&r->script_file))
					: SPAN_NONE;
}

static struct span path_translated(const struct request *r, struct scratch *s)
{
	(void)s;
	return buf_len(&r->path_translated) ? plan_inside(r->pool, buf_span(&r->path_translated))
					    : SPAN_NONE;
}

static struct span document_root(const struct request *r, struct scratch *s)
{
	const struct plan_pool *pool = r->pool;
	struct span root = span_of(
		r->plan->document_root ? r->plan->document_root : pool->directory);

	(void)s;
	if (!pool->chroot)
		return root;
	root = plan_inside(pool, root);
	if (!root.p && pool->directory)
		root = plan_inside(pool, span_of(pool->directory));
	return root.p ? root : SPAN_LIT("/");
}

/* RFC 3875 4.1.2: only with a body, and then the number of bytes it really has. A body that is
 * empty is one, since the client has framed it (RFC 9112 6). Of chunks that are passed on as they
 * come nobody knows the number. */
static struct span content_length(const struct request *r, struct scratch *s)
{
	const bool chunked = r->head.body == HTTP_BODY_CHUNKED;

	if (!has_body(r) || (chunked && !r->read_whole))
		return SPAN_NONE;
	return number(s, r->read_whole ? r->body_len : r->head.content_length);
}

static struct span content_type(const struct request *r, struct scratch *s)
{
	struct span type = http_value(&r->head, buf_head(&r->in), "Content-Type");

	(void)s;
	return request_is_moved(r) || meta_is_function(r, "CONTENT_TYPE", type) ? SPAN_NONE : type;
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

/* Ours, unless the client met a proxy by https, or came by a unix socket, which has none: programs
 * that make a URL of it shall make one that leads back (RFC 3875 3.3). */
static struct span server_port(const struct request *r, struct scratch *s)
{
	const struct conn *c = r->conn;
	struct span asked = asked_port(r);

	if (r->secure)
		return asked.n ? asked : SPAN_LIT("443");
	if (c->local.port)
		return number(s, c->local.port);
	if (c->via->port[0])
		return span_of(c->via->port);
	return asked.n ? asked : SPAN_LIT("80");
}

/* What the client calls us, or our address; one of IPv6 in brackets (RFC 3875 4.1.14). */
static struct span server_name(const struct request *r, struct scratch *s)
{
	struct span addr = server_addr(r, s);

	if (r->host.n)
		return r->host;
	if (addr.n && memchr(addr.p, ':', addr.n)) {
		s->failed = !buf_putf(&s->made, "[%.*s]", SPAN_FMT(addr));
		return buf_span(&s->made);
	}
	return addr.n ? addr : SPAN_LIT("localhost");
}

static struct span request_id(const struct request *r, struct scratch *s)
{
	return (struct span){s->text, (size_t)(request_put_id(r, s->text) - s->text)};
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

/* Fields that never become HTTP_*: said already under another name, or ours alone to act on
 * (RFC 3875 4.1.18). */
static const char *const not_passed[] = {
	"content-length",
	"content-type",
	"transfer-encoding",
	"trailer",
	"proxy-authorization",
};

/* Nor do these, whose variables mean another thing to the programs behind: the proxy to use
 * (httpoxy), and that we have sent the request there (CVE-2024-8927). */
static const char *const impostors[] = {"proxy", "redirect-status"};

static bool is_among(const char *const *names, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_is_nocase(name, names[i]))
			return true;
	return false;
}

/* A password is for those who have asked for it (RFC 3875 9.2), or are there to look at it. */
static bool is_passed(const struct request *r, struct span name)
{
	if (span_is_nocase(name, "authorization"))
		return r->pool->pass_authorization || request_asks(r);
	return !is_among(not_passed, nitems(not_passed), name);
}

/* "Accept-Language" to "HTTP_ACCEPT_LANGUAGE". Only letters, digits and '-': an underscore could
 * pass itself off for a dash (Passenger CVE-2015-7519). */
static bool http_name(struct span field, char to[NAME_MAX_LEN + 1], struct span *name)
{
	if (field.n + 5 > NAME_MAX_LEN || is_among(impostors, nitems(impostors), field))
		return false;
	memcpy(to, "HTTP_", 5);
	for (size_t i = 0; i < field.n; i++) {
		char c = field.p[i];
		bool lower = c >= 'a' && c <= 'z';
		if (!lower && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
		to[5 + i] = c == '-' ? '_' : lower ? (char)(c - 'a' + 'A') : c;
	}
	*name = (struct span){to, field.n + 5};
	to[name->n] = '\0';
	return true;
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

/* Whether the field has a variable of its own; fields of one name have one together. */
static bool has_variable(const struct request *r, uint32_t i, char *text, struct span *name)
{
	struct span field = header_name(r, i);

	if (same_from(r, 0, field) < i || !is_passed(r, field))
		return false;
	if (http_name(field, text, name))
		return !meta_is_configured(r->pool, *name) &&
		       !vouched_find(buf_span(&r->vouched), *name).p;
	log_debug("[pool %s] request %016" PRIx64
		  ": the field %.*s is not passed on: not a name for "
		  "a variable",
		r->pool->name, r->id, SPAN_FMT(field));
	return false;
}

static bool each_header(const struct request *r, meta_sink *sink, void *arg)
{
	char text[NAME_MAX_LEN + 1];
	struct buf joined = BUF_INIT;
	struct span name;
	bool ok = true;

	for (uint32_t i = 0; i < r->head.nheaders && ok; i++) {
		struct span value = header_value(r, i);
		if (!has_variable(r, i, text, &name))
			continue;
		if (same_from(r, i + 1, header_name(r, i)) < r->head.nheaders) {
			buf_clear(&joined);
			ok = join(r, i, &joined);
			value = buf_span(&joined);
		}
		ok = ok && (meta_is_function(r, text, value) || sink(arg, name, value));
	}
	buf_free(&joined);
	return ok;
}

/* What its authorizer has said of it. */
static bool each_vouched(const struct request *r, meta_sink *sink, void *arg)
{
	struct span all = buf_span(&r->vouched), name, value;
	bool ok = true;

	while (ok && vouched_next(&all, &name, &value))
		if (!meta_is_configured(r->pool, name))
			ok = meta_is_function(r, name.p, value) || sink(arg, name, value);
	return ok;
}

/* ---- all of them ---- */

bool meta_each(const struct request *r, meta_sink *sink, void *arg)
{
	const struct plan_pool *pool = r->pool;

	if (r->job)
		return meta_given_each(r, sink, arg);

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
	return each_vouched(r, sink, arg) && each_header(r, sink, arg);
}
