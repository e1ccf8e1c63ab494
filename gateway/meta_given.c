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

/* With a body that was collected its true length, else what was said of it. */
static struct span given_length(
	const struct request *r, struct span said, char text[static TEXT_MAX])
{
	return r->read_whole && (r->body_len || r->head.has_content_length)
		       ? number(text, r->body_len)
		       : said;
}

/* SPAN_NONE: it is not passed on. */
static struct span given_value(
	const struct request *r, struct span name, struct span value, char text[static TEXT_MAX])
{
	bool runs = r->pool->kind == POOL_CGI;
	bool asks = r->pool->kind == POOL_EXTERNAL;

	if (span_is(name, "CONTENT_LENGTH"))
		return given_length(r, value, text);
	if (span_is(name, "REQUEST_ID") || fcgi_given_is_barred(name))
		return SPAN_NONE;
	if (fcgi_given_is_php_value(name) && !r->pool->php_outside)
		return SPAN_NONE;
	if (runs && (fcgi_given_is_unsafe(name) || meta_is_configured(r->pool, name) ||
			    span_is(name, "PATH_INFO")))
		return SPAN_NONE;
	if (asks && meta_is_configured(r->pool, name))
		return SPAN_NONE;
	if (runs && span_is(name, "SCRIPT_FILENAME"))
		return buf_span(&r->script_file);
	if (runs && span_is(name, "SCRIPT_NAME"))
		return r->script_name;
	if (span_starts(name, SPAN_LIT("HTTP_")) && meta_is_function(r, "a header field", value))
		return SPAN_NONE;
	return value;
}

/* Where no process has it in its environment already: what the pool says; and where we are the ones
 * who run a script, what we have found. */
static bool each_own(const struct request *r, meta_sink *sink, void *arg)
{
	const struct plan_pool *pool = r->pool;

	for (size_t i = 0; i < pool->nenv; i++)
		if (!sink(arg, span_of(pool->env[i].name), span_of(pool->env[i].value)))
			return false;
	return pool->kind != POOL_CGI || r->path_info.n == 0 ||
	       sink(arg, SPAN_LIT("PATH_INFO"), r->path_info);
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
	if (ok && r->pool->kind != POOL_FASTCGI)
		ok = each_own(r, sink, arg);
	snprintf(text, sizeof text, "%016" PRIx64, r->id);
	return ok && sink(arg, SPAN_LIT("REQUEST_ID"), span_of(text));
}
