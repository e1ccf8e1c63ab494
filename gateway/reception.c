/* SPDX-License-Identifier: MIT
 *
 * reception: see reception.h.
 */
#include "gateway/reception.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "gateway/admin.h"
#include "gateway/authorizer.h"
#include "gateway/dispatch.h"
#include "gateway/fcgi_front.h"
#include "gateway/file_cache.h"
#include "gateway/file_reply.h"
#include "gateway/own_page.h"
#include "gateway/php_script.h"
#include "gateway/relay.h"
#include "gateway/request_target.h"
#include "gateway/script.h"
#include "gateway/seldom.h"
#include "gateway/sendfile.h"
#include "gateway/static.h"
#include "gateway/status_page.h"

static bool is_claimed(struct request *r)
{
	return route_find(r->plan->routes, r->plan->nroutes, r->host, request_path(r), &r->match);
}

static int find_script(struct request *r)
{
	int status;

	r->pool = plan_pool(r->plan, r->match.route->pool);
	status = script_find(r);
	if (!status && r->pool->kind != POOL_CGI)
		php_script_check(r);
	return status;
}

/* ---- pages of our own ---- */

/* A web server names a page by SCRIPT_NAME, as php-fpm has it; one that has no scripts, as h2o and
 * Caddy, by PATH_INFO alone. */
static struct span page_name(const struct request *r)
{
	return r->script_name.n ? r->script_name : r->path_info;
}

/* Which page of which pool; of an HTTP request the pool's number is in the match still. */
static const struct plan_pool *pool_of_page(const struct request *r, struct span *page)
{
	*page = r->job ? page_name(r) : request_path(r);
	return r->job ? r->pool : plan_pool(r->plan, r->match.route->pool);
}

static void answer_status_page(struct request *r)
{
	struct span page;
	const struct plan_pool *pool = pool_of_page(r, &page);
	struct status_reply reply;

	if (status_page(pool, page, r->target.query, &reply))
		own_page_send(r, 200, reply.type, reply.fields, buf_span(&reply.body));
	else
		request_fail(r, 503);
	buf_free(&reply.body);
}

static bool is_status_page(const struct request *r)
{
	struct span page;
	const struct plan_pool *pool = pool_of_page(r, &page);

	return status_page_is(pool, page);
}

static int show(struct request *r, request_answer *page)
{
	r->own_page = page;
	return own_page_refuses(r);
}

/* The path as it was asked for, and nothing that was found under another. */
static void forget_script(struct request *r)
{
	request_path_cut(r, r->target.path.n);
	r->script_name = r->path_info = SPAN_NONE;
	buf_clear(&r->script_file);
}

/* ---- directories of scripts ---- */

/* The first of the pool's index scripts that is there, found as if it had been asked for by its
 * name. What is there and may not be run answers too: with its refusal. */
static int find_index_script(struct request *r, const struct plan_pool *pool)
{
	bool slash = http_path_has_slash(request_path(r));
	struct span names = span_of(pool->index), name;
	int status;

	while (static_next_index(&names, &name)) {
		if ((!slash && !request_path_lengthen(r, SPAN_LIT("/"))) ||
			!request_path_lengthen(r, name))
			return 503;
		status = is_claimed(r) ? find_script(r) : 404;
		if (status != 404 && status != SCRIPT_DIRECTORY)
			return status;
		forget_script(r);
	}
	return 404;
}

/* As of files: "/dir" is sent to "/dir/", or relative links in what its index says would miss. */
static int find_directory(struct request *r)
{
	const struct plan_pool *pool = r->pool;
	bool slash = http_path_has_slash(request_path(r));
	int status = find_index_script(r, pool);

	if (status || slash)
		return status;
	forget_script(r);
	r->pool = pool;
	if (!span_is(request_method(r), "GET") && !span_is(request_method(r), "HEAD"))
		return 404;
	return static_put_location(r) ? 301 : 503;
}

/* A route may claim one of the index files of the directory that was asked for. */
static bool is_index_claimed(struct request *r)
{
	struct span names = span_of(r->plan->index), name;
	bool claimed = false;

	while (!claimed && static_next_index(&names, &name)) {
		claimed = request_path_lengthen(r, name) && is_claimed(r);
		request_path_cut(r, r->target.path.n);
	}
	return claimed;
}

/* "index = index.php index.html" and a route *.php: the first of them that is there answers, be it
 * a script or a file. */
static int find_index(struct request *r)
{
	struct span names = span_of(r->plan->index), name;
	int status = 404;
	bool is_file = false;

	while (status == 404 && !is_file && static_next_index(&names, &name)) {
		if (!request_path_lengthen(r, name))
			return 503;
		if (is_claimed(r))
			status = find_script(r);
		else
			is_file = static_has(r, request_path(r));
		if (status == 404 || status == SCRIPT_DIRECTORY) {
			forget_script(r);
			status = 404;
		}
	}
	if (status != 404)
		return status;
	r->pool = NULL;
	return 0;
}

/* What comes by a pool's own listener is the pool's, whatever its routes say. */
static int find_pool(struct request *r)
{
	r->own_page = NULL;
	r->pool = fcgi_request_pool(r, r->plan);
	if (!r->pool)
		return 503;
	if (is_status_page(r))
		return show(r, answer_status_page);
	if (fcgi_request_is_for_pages(r, r->plan))
		return 404;
	return r->pool->kind == POOL_CGI ? script_find_given(r) : php_script_find(r);
}

/* Then what lies there, if anything, is nobody's to know until its authorizer has let it in. */
static bool is_guarded(struct request *r)
{
	const struct plan_pool *pool = plan_pool(r->plan, r->match.route->pool);

	if (authorizer_has_let_in(r, pool))
		return false;
	r->pool = pool;
	return true;
}

static int find_claimed(struct request *r)
{
	int status;

	if (is_guarded(r))
		return 0;
	if (is_status_page(r))
		return show(r, answer_status_page);
	status = find_script(r);
	return status == SCRIPT_DIRECTORY ? find_directory(r) : status;
}

static int find_unclaimed(struct request *r)
{
	if (!http_path_has_slash(request_path(r)) || r->plan->nroutes == 0 || !is_index_claimed(r))
		return 0;
	return find_index(r);
}

/* ---- where there is nothing ---- */

static int find_fallback(struct request *r)
{
	if (!request_fall_back(r))
		return 503;
	return is_claimed(r) ? find_claimed(r) : 0;
}

/* A GET without a body has time until its file is opened, which is then looked for once. Of others
 * it has to be known before whether and by whom their body is wanted. */
static bool lacks_file(struct request *r)
{
	struct span method = request_method(r);
	bool is_get = span_is(method, "GET") || span_is(method, "HEAD");

	if (r->pool || r->own_page || !r->plan->fallback)
		return false;
	if (is_get && (r->head.body == HTTP_BODY_NONE || request_is_moved(r)))
		return false;
	return static_lacks(r);
}

/* An old plan may have chosen another path or script. */
static int forget_place(struct request *r)
{
	authorizer_forget(r);
	r->pool = NULL;
	r->own_page = NULL;
	forget_script(r);
	return r->fell_back ? request_read_target(r) : 0;
}

static int find_place(struct request *r)
{
	request_answer *page;
	int status;

	if (r->job)
		return find_pool(r);
	status = forget_place(r);
	if (status || r->target.asterisk)
		return status;
	if ((page = admin_page(r)))
		return show(r, page);
	if (is_claimed(r))
		return find_claimed(r);
	status = find_unclaimed(r);
	return !status && lacks_file(r) ? find_fallback(r) : status;
}

static int on_admit(struct request *r)
{
	int status = request_read_target(r);

	if (!status)
		status = find_place(r);
	return status || r->pool || r->own_page ? status : static_refuses(r);
}

/* It may have been in the line of a pool that the new plan has no more: nothing of that counts for
 * a file, and the rest of a body that was to be passed on is for nobody. False: it is for another,
 * by the fallback, and had no body. */
static bool serve_here(struct request *r)
{
	r->deadline.due = MONO_NEVER;
	r->unwanted = true;
	if (!r->own_page)
		return static_serve(r);
	r->own_page(r);
	return true;
}

/* Of one whose authorizer was asked: is it to be passed on as it comes, or has it to be read first?
 */
static bool needs_body(struct request *r)
{
	if (r->job || r->streams || request_body_is_whole(r))
		return false;
	r->streams = r->pool && !r->pool->request_buffering;
	return !r->streams;
}

static void enter(struct request *r);

static void fall_back(struct request *r)
{
	int status = find_fallback(r);

	if (status)
		request_fail(r, status);
	else
		enter(r);
}

/* A second time it does not fall back. */
static void enter(struct request *r)
{
	if (authorizer_is_due(r, r->pool))
		authorizer_ask(r);
	else if (needs_body(r))
		http_front_read_body(r);
	else if (r->pool && !r->own_page)
		dispatch_enter(r);
	else if (!serve_here(r))
		fall_back(r);
}

static void adopt_plan(struct request *r)
{
	plan_unref(r->plan);
	r->plan = plan_ref(r->lane->plan);
}

/* While its body came in a new plan may have begun; the old one's lines are served no more. */
static bool take_new_plan(struct request *r)
{
	int status;

	if (r->plan == r->lane->plan)
		return true;
	adopt_plan(r);
	status = find_place(r);
	if (status)
		request_fail(r, status);
	return status == 0;
}

static void on_serve(struct request *r)
{
	if (take_new_plan(r))
		enter(r);
}

/* RFC 3875 6.2.2: it is answered as the request for that target would be. */
static void serve_moved(struct request *r)
{
	int status;

	adopt_plan(r);
	status = find_place(r);
	if (status)
		request_fail(r, status);
	else
		enter(r);
}

/* What would be the client's fault if it had sent this target is the script's. */
static void on_redirect(struct request *r, struct span target)
{
	struct span script = request_script(r);
	char name[256];
	int status;

	snprintf(name, sizeof name, "%.*s", SPAN_FMT(script));
	status = request_move(r, target) ? request_read_target(r) : 503;
	if (status == 400) {
		log_error("[pool %s] request %016" PRIx64 ": script %s redirects to \"%.*s\": that "
			  "is no path of a URL",
			r->pool->name, r->id, name, SPAN_FMT(request_target(r)));
		status = 502;
	}
	if (status)
		request_fail(r, status);
	else
		serve_moved(r);
}

/* It goes on by the plan of now, be it to another pool, or to another authorizer. */
static void on_let_in(struct request *r, const struct cgi_head *h, const char *base)
{
	int status = authorizer_heed(r, h, base);

	if (status)
		request_fail(r, status);
	else
		serve_moved(r);
}

static bool on_asks(const struct request *r)
{
	return authorizer_is_due(r, r->pool);
}

static void on_forget(struct request *r)
{
	file_reply_forget(r);
	if (r->pool && !dispatch_forget(r))
		return; /* the grant that is on its way will find it */
	request_become(r, REQ_DONE);
	request_free(r);
}

static void on_resume(struct request *r)
{
	if (r->worker)
		r->worker->backend->resume(r->worker);
	else
		file_reply_resume(r);
}

static void on_more(struct request *r)
{
	if (r->worker)
		r->worker->backend->more(r->worker);
}

static void on_spoil(struct request *r, int status)
{
	if (dispatch_forget(r))
		request_fail(r, status);
	else
		r->spoiled = status; /* the grant that is on its way will find it */
}

static const struct http_host reception = {
	.admit = on_admit,
	.asks = on_asks,
	.serve = on_serve,
	.forget = on_forget,
	.resume = on_resume,
	.more = on_more,
	.spoil = on_spoil,
};

static const struct http_host given_reception = {
	.admit = find_pool,
	.serve = on_serve,
	.forget = on_forget,
	.resume = on_resume,
	.more = on_more,
	.spoil = on_spoil,
};

static const struct relay_host errands = {
	.redirect = on_redirect,
	.file = sendfile_serve,
	.let_in = on_let_in,
};

void reception_init(void)
{
	relay_init(&errands);
	http_front_init(&reception);
	fcgi_front_init(&given_reception);
	dispatch_on_homeless(on_serve);
}

static void move(struct request *r)
{
	if (!r->pool || r->state != REQ_WAITING || r->plan == r->lane->plan)
		return;
	if (!dispatch_is_current(r) && dispatch_take_back(r) && take_new_plan(r))
		enter(r);
}

void reception_move(struct lane *l)
{
	file_cache_clear(l);
	seldom_forget();
	list_for_each (it, &l->conns) {
		struct conn *c = container_of(it, struct conn, link);
		if (c->face == &fcgi_face)
			fcgi_front_move(c, move);
		else if (c->request)
			move(c->request);
	}
}
