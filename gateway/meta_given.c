/* SPDX-License-Identifier: MIT
 *
 * meta_given: see meta_given.h.
 */
#include "gateway/meta_given.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "gateway/fcgi_given.h"

#define TEXT_MAX 24

/* bash once ran what stood behind such a value (CVE-2014-6271), and old machines still have that
 * one. No client has a reason to send it. */
bool meta_is_function(const struct request *r, const char *name, struct span value)
{
	static _Atomic int64_t said;

	if (!span_starts(value, SPAN_LIT("() {")))
		return false;
	log_at(quota_may_say(&said, mono_now()) ? LOG_AT_NOTICE : LOG_AT_DEBUG,
		"[pool %s] request %016" PRIx64
		": %s looks like a function for bash: it is not passed on",
		r->pool->name, r->id, name);
	return true;
}

/* Then the client has no say: programs differ in which of two variables of one name they believe.
 */
bool meta_is_configured(const struct plan_pool *pool, struct span name)
{
	for (size_t i = 0; i < pool->nenv; i++)
		if (span_is(name, pool->env[i].name))
			return true;
	return false;
}

static struct span number(char text[static TEXT_MAX], uint64_t n)
{
	return (struct span){text, (size_t)snprintf(text, TEXT_MAX, "%" PRIu64, n)};
}

/* With a body that was collected its true length, else what was said of it, if anything was. */
static struct span given_length(
	const struct request *r, struct span said, char text[static TEXT_MAX])
{
	return r->read_whole && (r->body_len || r->head.has_content_length)
		       ? number(text, r->body_len)
	       : span_is(said, "-1") ? SPAN_NONE
				     : said;
}

/* each_found() says them. */
static bool is_of_script(struct span name)
{
	return span_is(name, "GATEWAY_INTERFACE") || span_is(name, "SCRIPT_FILENAME") ||
	       span_is(name, "SCRIPT_NAME") || span_is(name, "PATH_INFO");
}

/* What stands in another place behind what was given, or nowhere: what Apache takes for the
 * script's own is none of it (php_script), and with REDIRECT_URL beside it PHP would take
 * PATH_TRANSLATED for the script, since only php-fpm knows that it is Apache which has sent them.
 */
static bool is_found(const struct request *r, struct span name)
{
	bool splits = r->proxied && buf_len(&r->path_translated);

	if (r->pool->kind == POOL_CGI)
		return is_of_script(name);
	if (span_is(name, "PATH_INFO"))
		return splits;
	if (span_is(name, "PATH_TRANSLATED"))
		return splits || (r->proxied && !r->path_info.n);
	return r->proxied && r->path_info.n && span_is(name, "REDIRECT_URL");
}

static bool is_file(struct span name)
{
	return span_is(name, "SCRIPT_FILENAME") || span_is(name, "DOCUMENT_ROOT") ||
	       span_is(name, "PATH_TRANSLATED") || span_is(name, "CONTEXT_DOCUMENT_ROOT");
}

/* Where the programs have another root the web server may know it, and say what the path is in
 * there, as it must before php-fpm. */
static struct span as_inside(const struct plan_pool *pool, struct span path)
{
	struct span inside = plan_inside(pool, path);

	return inside.p ? inside : path;
}

/* SPAN_NONE: it is not passed on. */
static struct span given_value(
	const struct request *r, struct span name, struct span value, char text[static TEXT_MAX])
{
	bool runs = r->pool->kind == POOL_CGI;
	bool asks = r->pool->kind == POOL_EXTERNAL;

	if (span_is(name, "CONTENT_LENGTH"))
		return given_length(r, value, text);
	if (span_is(name, "REQUEST_ID") || fcgi_given_is_barred(name) || is_found(r, name))
		return SPAN_NONE;
	if (fcgi_given_is_php_value(name) && !r->pool->php_outside)
		return SPAN_NONE;
	if (runs && (fcgi_given_is_unsafe(name) || meta_is_configured(r->pool, name)))
		return SPAN_NONE;
	if (asks && meta_is_configured(r->pool, name))
		return SPAN_NONE;
	if (r->proxied && span_is(name, "SCRIPT_FILENAME"))
		return as_inside(r->pool, buf_span(&r->script_file));
	if (r->pool->chroot && is_file(name))
		return as_inside(r->pool, value);
	if (r->proxied && span_is(name, "SCRIPT_NAME"))
		return r->script_name;
	return meta_is_function(r, "a parameter", value) ? SPAN_NONE : value;
}

/* What the pool says, where no process has it in its environment already. */
static bool each_configured(const struct request *r, meta_sink *sink, void *arg)
{
	const struct plan_pool *pool = r->pool;
	size_t n = pool->kind == POOL_FASTCGI ? 0 : pool->nenv;

	for (size_t i = 0; i < n; i++)
		if (!sink(arg, span_of(pool->env[i].name), span_of(pool->env[i].value)))
			return false;
	return true;
}

/* The script, where we are the ones who run it. */
static bool each_of_script(const struct request *r, meta_sink *sink, void *arg)
{
	return sink(arg, SPAN_LIT("GATEWAY_INTERFACE"), SPAN_LIT("CGI/1.1")) &&
	       sink(arg, SPAN_LIT("SCRIPT_FILENAME"),
		       as_inside(r->pool, buf_span(&r->script_file))) &&
	       sink(arg, SPAN_LIT("SCRIPT_NAME"), r->script_name) &&
	       (r->path_info.n == 0 || sink(arg, SPAN_LIT("PATH_INFO"), r->path_info));
}

/* ... or have split its path. */
static bool each_found(const struct request *r, meta_sink *sink, void *arg)
{
	if (r->pool->kind == POOL_CGI)
		return each_of_script(r, sink, arg);
	return !r->proxied || buf_len(&r->path_translated) == 0 ||
	       (sink(arg, SPAN_LIT("PATH_INFO"), r->path_info) &&
		       sink(arg, SPAN_LIT("PATH_TRANSLATED"), buf_span(&r->path_translated)));
}

/* As they came and in their order, but for what is ours to say. */
bool meta_given_each(const struct request *r, meta_sink *sink, void *arg)
{
	struct span rest = request_span(r, r->given), name, value;
	char text[TEXT_MAX];
	bool ok = true, has_length = false;

	while (ok && fcgi_given_next(&rest, &name, &value)) {
		has_length |= span_is(name, "CONTENT_LENGTH");
		value = given_value(r, name, value, text);
		ok = !value.p || sink(arg, name, value);
	}
	if (ok && !has_length && r->read_whole && r->body_len)
		ok = sink(arg, SPAN_LIT("CONTENT_LENGTH"), number(text, r->body_len));
	ok = ok && each_configured(r, sink, arg) && each_found(r, sink, arg);
	return ok && sink(arg, SPAN_LIT("REQUEST_ID"),
			     (struct span){text, (size_t)(request_put_id(r, text) - text)});
}
