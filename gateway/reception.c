/* SPDX-License-Identifier: MIT
 *
 * reception: see reception.h.
 */
#include "gateway/reception.h"

#include "gateway/dispatch.h"
#include "gateway/script.h"
#include "gateway/static.h"

/* The host that the request is for, without its port; the target's wins (RFC 9112 3.2.2). */
static struct span host_of(const struct request *r)
{
	struct span host = r->target.authority.n ? r->target.authority
						 : request_span(r, r->head.host);

	for (size_t i = host.n; i-- > 0;) {
		if (host.p[i] == ']')
			break; /* an IPv6 address has colons of its own */
		if (host.p[i] == ':')
			return (struct span){host.p, i};
	}
	return host;
}

static int read_target(struct request *r)
{
	struct span raw = request_span(r, r->head.target);
	struct span method = request_span(r, r->head.method);
	int status;

	buf_clear(&r->path);
	if (!buf_reserve(&r->path, raw.n + 2))
		return 503;
	status = http_target_parse(raw, span_is(method, "OPTIONS"), span_is(method, "CONNECT"),
		buf_tail(&r->path), buf_room(&r->path), &r->target);
	if (status)
		return -status;
	buf_grew(&r->path, r->target.path.n);
	r->host = host_of(r);
	return 0;
}

static int find_place(struct request *r)
{
	r->pool = NULL;
	if (r->target.asterisk ||
		!route_find(r->plan->routes, r->plan->nroutes, r->host, request_path(r), &r->match))
		return 0;
	r->pool = plan_pool(r->plan, r->match.route->pool);
	return script_find(r);
}

/* A file takes no body but with methods that read it, and that is said before the body is sent. */
static int see_body(struct request *r)
{
	struct span method = request_span(r, r->head.method);

	if (r->pool || r->head.body == HTTP_BODY_NONE || span_is(method, "GET") ||
		span_is(method, "HEAD") || span_is(method, "OPTIONS"))
		return 0;
	if (r->plan->root_fd < 0)
		return 404;
	buf_puts(&r->answer.lines, "Allow: GET, HEAD, OPTIONS\r\n");
	return 405;
}

static int on_admit(struct request *r)
{
	int status = read_target(r);

	if (!status)
		status = find_place(r);
	return status ? status : see_body(r);
}

static void enter(struct request *r)
{
	if (r->pool)
		dispatch_enter(r);
	else
		static_serve(r);
}

/* While its body came in a new plan may have begun; the old one's lines are served no more. */
static bool take_new_plan(struct request *r)
{
	int status;

	if (r->plan == r->lane->plan)
		return true;
	plan_unref(r->plan);
	r->plan = plan_ref(r->lane->plan);
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

static void on_forget(struct request *r)
{
	if (r->pool && !dispatch_forget(r))
		return; /* the grant that is on its way will find it */
	request_become(r, REQ_DONE);
	request_free(r);
}

static void on_resume(struct request *r)
{
	if (r->worker)
		r->worker->backend->resume(r->worker);
}

static const struct http_host reception = {
	.admit = on_admit,
	.serve = on_serve,
	.forget = on_forget,
	.resume = on_resume,
};

void reception_init(void)
{
	http_front_init(&reception);
	dispatch_on_homeless(on_serve);
}

void reception_move(struct lane *l)
{
	list_for_each (it, &l->conns) {
		struct request *r = container_of(it, struct conn, link)->request;

		if (!r || !r->pool || r->state != REQ_WAITING || r->plan == l->plan)
			continue;
		if (!dispatch_is_current(r) && dispatch_take_back(r) && take_new_plan(r))
			enter(r);
	}
}
