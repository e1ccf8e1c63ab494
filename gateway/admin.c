/* SPDX-License-Identifier: MIT
 *
 * admin: see admin.h.
 *
 * Who is not admitted is not told that there is something. And a proxy makes all the world look as
 * near as itself: what says that it came through one is answered only if those that are trusted
 * have said for whom.
 */
#include "gateway/admin.h"

#include "gateway/metrics.h"
#include "gateway/open_metrics.h"
#include "gateway/overview.h"
#include "gateway/own_page.h"

#define FIELDS     "Cache-Control: no-store\r\n"
#define PLAIN_TEXT "text/plain;charset=UTF-8"

/* ---- the pages ---- */

static void send_made(struct request *r, bool ok, int status, const char *type, struct buf *b)
{
	if (ok)
		own_page_send(r, status, type, FIELDS, buf_span(b));
	else
		request_fail(r, 503);
	buf_free(b);
}

static void answer_live(struct request *r)
{
	own_page_send(r, 200, PLAIN_TEXT, FIELDS, SPAN_LIT("live\n"));
}

/* One pool that is down takes nothing from the others: all of them do. */
static bool put_broken(struct buf *b, const struct plan *p, bool *all)
{
	bool ok = true;

	*all = p->npools > 0;
	for (size_t i = 0; ok && i < p->npools; i++) {
		struct standing s;
		dispatch_standing(p->pools[i]->dispatch, &s);
		if (s.door != DOOR_BROKEN)
			*all = false;
		else
			ok = buf_putf(b, "pool %s is down: %s\n", p->pools[i]->name, s.last_death);
	}
	return ok;
}

static void answer_ready(struct request *r)
{
	struct buf body = BUF_INIT, broken = BUF_INIT;
	bool all, draining = r->lane->draining;
	bool ok = put_broken(&broken, r->plan, &all);
	bool ready = !draining && !all;

	ok = ok &&
	     buf_puts(&body, ready      ? "ready\n"
			     : draining ? "draining\n"
					: "not ready\n") &&
	     buf_put_span(&body, buf_span(&broken));
	buf_free(&broken);
	send_made(r, ok, ready ? 200 : 503, PLAIN_TEXT, &body);
}

static void answer_status(struct request *r)
{
	struct buf body = BUF_INIT;
	bool ok = overview_put(&body, r->plan, r->lane->draining);

	send_made(r, ok, 200, "application/json", &body);
}

static void answer_metrics(struct request *r)
{
	struct buf body = BUF_INIT;
	bool ok = metrics_put(&body, r->plan);

	send_made(r, ok, 200, OPEN_METRICS_TYPE, &body);
}

static const struct {
	const char *name;
	request_answer *answer;
} pages[] = {
	{"live", answer_live},
	{"ready", answer_ready},
	{"status", answer_status},
	{"metrics", answer_metrics},
};

/* ---- who may ---- */

static bool came_by_proxy(const struct request *r)
{
	static const char *const traces[] = {"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP",
		"X-Forwarded-Proto", "X-Forwarded-Host"};

	for (size_t i = 0; i < nitems(traces); i++)
		if (http_find(r->head.headers, r->head.nheaders, buf_head(&r->in), traces[i]))
			return true;
	return false;
}

static bool is_admitted(const struct request *r)
{
	return cidr_list_has(&r->plan->admins, &r->client.ip) && (r->traced || !came_by_proxy(r));
}

/* The name behind admin_path; empty: it is elsewhere. */
static struct span name_of(const struct request *r)
{
	struct span root = span_of(r->plan->admin_path), path = request_path(r);

	while (root.n && root.p[root.n - 1] == '/')
		root.n--;
	if (!r->plan->admin_path || !span_starts(path, root) || path.n == root.n ||
		path.p[root.n] != '/')
		return SPAN_NONE;
	return span_from(path, root.n + 1);
}

request_answer *admin_page(const struct request *r)
{
	struct span name = name_of(r);

	for (size_t i = 0; i < nitems(pages); i++)
		if (span_is(name, pages[i].name))
			return is_admitted(r) ? pages[i].answer : NULL;
	return NULL;
}
