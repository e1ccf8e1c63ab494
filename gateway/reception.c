/* SPDX-License-Identifier: MIT
 *
 * reception: see reception.h.
 */
#include "gateway/reception.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "gateway/authorizer.h"
#include "gateway/dispatch.h"
#include "gateway/fcgi_front.h"
#include "gateway/file_cache.h"
#include "gateway/file_reply.h"
#include "gateway/place.h"
#include "gateway/relay.h"
#include "gateway/request_target.h"
#include "gateway/seldom.h"
#include "gateway/sendfile.h"
#include "gateway/static.h"

static int on_admit(struct request *r)
{
	int status = request_read_target(r);

	if (!status)
		status = place_find(r);
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
	int status = place_find_fallback(r);

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
	status = place_find(r);
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
	status = place_find(r);
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
	.admit = place_find_given,
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
