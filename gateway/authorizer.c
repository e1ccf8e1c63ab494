/* SPDX-License-Identifier: MIT
 *
 * authorizer: see authorizer.h.
 *
 * It is the request itself that is sent there, in another role: it stands in the authorizer's line,
 * has its worker, and fails by its limits. `pool` is the authorizer then, and `beyond` the pool
 * that the request is for. So who leaves, is late, or dies meanwhile needs no rule of its own:
 *
 *	200, and its end          relay runs an errand; reception finds the place again
 *	any other answer          it is the client's as any is, files and all
 *	a local redirect          its target is served in its place, and asked about if it has to be
 *	1xx, nonsense, no end     502, by relay or by the worker's seat
 *	line full, broken         503, as dispatch says it of any line
 *	too late                  503 in the line, 504 in the worker: each pool has times of its own
 *	worker never began        another is tried; also if it may have: asking changes nothing
 *	the client leaves         out of the line, or away from the worker, as any
 *	the pool leaves the plan  its line moves on: the new plan may have another, or none
 *	a new plan meanwhile      whom that one names must have let it in: both have numbers
 *
 * The body is not read while it is asked, nor asked for (100 Continue); what came with the head is
 * kept. Behind 200 it is read or passed on as ever; behind another answer it is that of a request
 * answered early.
 */
#include "gateway/authorizer.h"

#include <inttypes.h>

#include "common/log.h"
#include "gateway/dispatch.h"
#include "gateway/fcgi_record.h"
#include "gateway/meta_given.h"
#include "gateway/scoreboard.h"
#include "gateway/seldom.h"
#include "gateway/vouched.h"

bool authorizer_is_due(const struct request *r, const struct plan_pool *pool)
{
	if (!pool || !pool->authorizer || r->job)
		return false;
	return r->let_in_by != pool->authorizer || r->let_in_to != pool->id;
}

bool authorizer_has_let_in(const struct request *r, const struct plan_pool *pool)
{
	if (!authorizer_is_due(r, pool))
		return true;
	return r->before_by == pool->authorizer && r->before_to == pool->id;
}

/* ---- asking ---- */

/* One that lets it into another pool does not take back what was said before: the index of a
 * directory of one pool may be a script of another, and each would send us back to the other. */
static void remember(struct request *r)
{
	if (!r->let_in_by)
		return;
	r->before_by = r->let_in_by;
	r->before_to = r->let_in_to;
	r->let_in_by = r->let_in_to = 0;
}

static bool set_script(struct request *r, const char *root, struct span path)
{
	struct buf *file = &r->script_file;

	if (!buf_puts(file, root) || !buf_put_span(file, path) || !buf_put(file, "", 1))
		return false;
	file->end--; /* the NUL is there, but not part of it */
	return true;
}

/* PHP runs no other script than SCRIPT_FILENAME: that must not be the one that is asked for. It is
 * the authorizer's own if a route names one path as its. */
static bool find_script(struct request *r, const struct plan_pool *pool)
{
	const char *root = r->plan->document_root;

	buf_clear(&r->script_file);
	for (size_t i = 0; root && i < r->plan->nroutes; i++) {
		const struct route *route = &r->plan->routes[i];
		if (route->kind == ROUTE_EXACT && route->pool == pool->id)
			return set_script(r, root, route->path);
	}
	return true;
}

static void forget_place(struct request *r)
{
	r->script_name = r->path_info = SPAN_NONE;
	r->interpreter = NULL;
	buf_clear(&r->path_translated);
}

void authorizer_ask(struct request *r)
{
	const struct plan_pool *pool = plan_pool(r->plan, r->pool->authorizer);

	r->beyond = r->pool;
	r->pool = pool;
	r->role = FCGI_AUTHORIZER;
	r->tries = 0;
	r->streams = false;
	remember(r);
	buf_clear(&r->vouched);
	forget_place(r);
	if (find_script(r, pool))
		dispatch_enter(r);
	else
		request_fail(r, 503);
}

void authorizer_forget(struct request *r)
{
	if (!request_asks(r))
		return;
	r->beyond = NULL;
	r->role = 0;
	r->tries = 0;
	buf_clear(&r->script_file);
}

/* ---- the answer ---- */

static void tell_refused(const struct request *r, struct span name, const char *why)
{
	seldom_error_of(r->id,
		"[pool %s] it lets a request in with the variable %.*s: %s; it is dropped",
		r->pool->name, (int)(name.n < VOUCHED_NAME ? name.n : VOUCHED_NAME), name.p, why);
}

/* What is passed over, and why; NULL: it is taken. */
static const char *refuses(const struct request *r, struct span name)
{
	const char *why = vouched_bars(name);

	if (!why && meta_is_configured(r->beyond, name))
		return "its pool sets that itself";
	return why;
}

static int take(struct request *r, struct span name, struct span value)
{
	const char *why = refuses(r, name);

	if (why) {
		tell_refused(r, name, why);
		return 0;
	}
	switch (vouched_put(&r->vouched, name, value)) {
	case VOUCHED_PUT:
		break;
	case VOUCHED_TWICE:
		tell_refused(r, name, "it has said that before");
		break;
	case VOUCHED_TOO_MUCH:
		log_error("[pool %s] request %016" PRIx64 ": its variables are more than %u, or "
			  "longer than %u bytes",
			r->pool->name, r->id, VOUCHED_MAX, VOUCHED_BYTES);
		return 502;
	case VOUCHED_NO_MEMORY:
		return 503;
	}
	return 0;
}

int authorizer_heed(struct request *r, const struct cgi_head *h, const char *base)
{
	int status = 0;
	struct span name;

	for (uint32_t i = 0; i < h->nheaders && !status; i++)
		if (vouched_is(http_span(base, h->headers[i].name), &name))
			status = take(r, name, http_span(base, h->headers[i].value));
	if (status)
		return status;
	r->answer.status = 200;
	scoreboard_answered(r);
	r->let_in_by = r->pool->id;
	r->let_in_to = r->beyond->id;
	authorizer_forget(r);
	request_begin_again(r);
	return 0;
}
