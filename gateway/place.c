/* SPDX-License-Identifier: MIT
 *
 * place: see place.h.
 */
#include "gateway/place.h"

#include "gateway/admin.h"
#include "gateway/authorizer.h"
#include "gateway/fcgi_request.h"
#include "gateway/own_page.h"
#include "gateway/php_script.h"
#include "gateway/request_target.h"
#include "gateway/script.h"
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
int place_find_given(struct request *r)
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

int place_find_fallback(struct request *r)
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

int place_find(struct request *r)
{
	request_answer *page;
	int status;

	if (r->job)
		return place_find_given(r);
	status = forget_place(r);
	if (status || r->target.asterisk)
		return status;
	if ((page = admin_page(r)))
		return show(r, page);
	if (is_claimed(r))
		return find_claimed(r);
	status = find_unclaimed(r);
	return !status && lacks_file(r) ? place_find_fallback(r) : status;
}
