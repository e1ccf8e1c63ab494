/* SPDX-License-Identifier: MIT
 *
 * access_line: see access_line.h. One function an item.
 *
 * Times are those of the loop's turns, which are there already: no clock is asked for a line, but
 * for the time of day, once a turn and only if the format wants to know when a request came.
 */
#include "gateway/access_line.h"

#include <unistd.h>

#include "gateway/access_usage.h"
#include "gateway/access_value.h"
#include "gateway/meta.h"
#include "gateway/vouched.h"

static bool is_set(struct mono t)
{
	return t.us != 0;
}

/* ---- the request ---- */

static void put_literal(struct line *l, const struct access_item *it)
{
	put_plain(l, it->text);
}

static void put_client(struct line *l, const struct access_item *it)
{
	(void)it;
	put_text(l, l->peer[0] ? span_of(l->peer) : SPAN_LIT("unix:"));
}

static void put_port(struct line *l, const struct access_item *it)
{
	(void)it;
	if (l->r->client.port)
		put_number(l, l->r->client.port);
	else
		put_unknown(l);
}

static struct span field(const struct line *l, struct http_field f)
{
	return f.len ? request_span(l->r, f) : SPAN_NONE;
}

static void put_method(struct line *l, const struct access_item *it)
{
	(void)it;
	put_text(l, field(l, l->r->head.method));
}

static void put_protocol(struct line *l, const struct access_item *it)
{
	(void)it;
	if (!l->r->head_len)
		put_unknown(l);
	else
		put_text(l, l->r->head.minor ? SPAN_LIT("HTTP/1.1") : SPAN_LIT("HTTP/1.0"));
}

static void put_host(struct line *l, const struct access_item *it)
{
	(void)it;
	put_text(l, l->r->host.n ? l->r->host : SPAN_NONE);
}

/* As it was sent, or what there is of it if it never became a request. */
static struct span request_line(const struct request *r)
{
	struct span line = buf_span(&r->in);
	/* A web server may leave them out; then its parameters are no line. */
	bool is_one = r->head_len || r->head.target.len;
	size_t from = is_one ? r->head.target.off + r->head.target.len : 0;
	struct span rest = span_from(line, from);
	const char *end = rest.n ? memchr(rest.p, '\r', rest.n) : NULL;

	if (end)
		line.n = (size_t)(end - line.p);
	if (r->head_len && !r->head.method.len && !r->head.target.len)
		return SPAN_NONE;
	return is_one ? span_from(line, r->head.method.off) : line;
}

static struct span query_of(struct span target)
{
	const char *mark = target.n ? memchr(target.p, '?', target.n) : NULL;

	return mark ? span_from(target, (size_t)(mark - target.p) + 1) : SPAN_NONE;
}

/* The normal form, which routes and scripts have seen; or what was sent in its place: of a local
 * redirect that is no longer there. */
static struct span path_of(const struct line *l)
{
	struct span target = field(l, l->r->head.target), query = query_of(target);

	if (buf_len(&l->r->path) && !request_is_moved(l->r))
		return request_path(l->r);
	return query.p ? (struct span){target.p, target.n - query.n - 1} : target;
}

/* As php-fpm has it: a check of somebody's health that is not more than that, and went well. */
bool access_line_is_suppressed(const struct request *r)
{
	const struct plan_pool *pool = request_home(r);
	const struct line l = {.r = r};
	struct span path, method;

	if (r->plan->suppress.n == 0 && (!pool || pool->suppress.n == 0))
		return false;
	if (r->answer.status >= 400 || r->body_len || r->head.content_length ||
		query_of(field(&l, r->head.target)).n)
		return false;
	method = field(&l, r->head.method);
	path = path_of(&l);
	return (span_is(method, "GET") || span_is(method, "HEAD")) &&
	       (access_paths_have(&r->plan->suppress, path) ||
		       (pool && access_paths_have(&pool->suppress, path)));
}

static void put_request(struct line *l, const struct access_item *it)
{
	if (it->option == ACCESS_LINE)
		put_text(l, request_line(l->r));
	else if (it->option == ACCESS_TARGET)
		put_text(l, field(l, l->r->head.target));
	else
		put_text(l, path_of(l));
}

static void put_query(struct line *l, const struct access_item *it)
{
	(void)it;
	put_escaped(l, query_of(field(l, l->r->head.target)));
}

static void put_query_mark(struct line *l, const struct access_item *it)
{
	(void)it;
	if (query_of(field(l, l->r->head.target)).n)
		put_plain(l, SPAN_LIT("?"));
}

static void put_header(struct line *l, const struct access_item *it)
{
	put_text(l, http_value(&l->r->head, buf_head(&l->r->in), it->text.p));
}

static void put_length(struct line *l, const struct access_item *it)
{
	const struct http_head *head = &l->r->head;

	(void)it;
	put_number(l, head->has_content_length ? head->content_length : l->r->body_len);
}

/* As scripts are given it, and as the error log has it. */
static void put_id(struct line *l, const struct access_item *it)
{
	char text[REQUEST_ID_DIGITS];

	(void)it;
	request_put_id(l->r, text);
	put_text(l, (struct span){text, sizeof text});
}

/* ---- who served it ---- */

static void put_pool(struct line *l, const struct access_item *it)
{
	const struct plan_pool *pool = request_home(l->r);

	(void)it;
	put_text(l, pool ? span_of(pool->name) : SPAN_NONE);
}

static void put_script(struct line *l, const struct access_item *it)
{
	struct span file = buf_span(&l->r->script_file);

	(void)it;
	put_text(l, file.n ? file : SPAN_NONE);
}

struct wanted {
	struct line *l;
	struct span name;
	bool found;
};

static bool on_variable(void *arg, struct span name, struct span value)
{
	struct wanted *w = arg;

	if (!span_eq(name, w->name))
		return true;
	w->found = true;
	put_text(w->l, value);
	return false;
}

static void put_variable(struct line *l, const struct access_item *it)
{
	struct wanted w = {l, it->text, false};

	if (l->r->pool && l->r->conn)
		meta_each(l->r, on_variable, &w);
	if (!w.found)
		put_unknown(l);
}

static void put_manager_pid(struct line *l, const struct access_item *it)
{
	(void)it;
	put_number(l, (uint64_t)getppid());
}

/* ---- the answer ---- */

static void put_status(struct line *l, const struct access_item *it)
{
	(void)it;
	put_number(l, (uint64_t)l->r->answer.status);
}

static void put_bytes(struct line *l, const struct access_item *it)
{
	(void)it;
	put_number(l, l->r->answer.sent);
}

static void put_all_bytes(struct line *l, const struct access_item *it)
{
	(void)it;
	put_number(l, l->r->reply.bytes);
}

/* The first line of this name in "Name: value\r\n"s. */
static struct span answer_header(struct span lines, struct span name)
{
	while (lines.n) {
		const char *end = memchr(lines.p, '\r', lines.n);
		size_t n = end ? (size_t)(end - lines.p) : lines.n;
		struct span value = {lines.p + name.n + 1, n - name.n - 1};
		if (n > name.n && lines.p[name.n] == ':' &&
			strncasecmp(lines.p, name.p, name.n) == 0) {
			while (value.n && *value.p == ' ')
				value = span_from(value, 1);
			return value;
		}
		lines = span_from(lines, n + 2);
	}
	return SPAN_NONE;
}

/* The length is not among the lines: it is the front's to say, as the id is. */
static void put_answer_header(struct line *l, const struct access_item *it)
{
	const struct answer *a = &l->r->answer;

	if (a->has_length && span_is_nocase(it->text, "Content-Length"))
		put_number(l, a->length);
	else if (request_is_id_header(l->r, it->text))
		put_id(l, it);
	else
		put_text(l, answer_header(buf_span(&a->lines), it->text));
}

static void put_end(struct line *l, const struct access_item *it)
{
	static const char *const words[] = {[REQUEST_LEFT] = "left",
		[REQUEST_KEPT] = "kept",
		[REQUEST_CLOSED] = "closed",
		[REQUEST_CUT] = "cut"};
	static const char *const signs[] = {[REQUEST_LEFT] = "X",
		[REQUEST_KEPT] = "+",
		[REQUEST_CLOSED] = "-",
		[REQUEST_CUT] = "X"};

	put_text(l, span_of((it->option == ACCESS_WORD ? words : signs)[l->r->reply.end]));
}

/* ---- times ---- */

static void put_duration(struct line *l, const struct access_item *it)
{
	put_time(l, it, l->r->born, l->now);
}

static void put_first_byte(struct line *l, const struct access_item *it)
{
	if (is_set(l->r->answer.began))
		put_time(l, it, l->r->born, l->r->answer.began);
	else
		put_unknown(l);
}

static void put_worker_time(struct line *l, const struct access_item *it)
{
	if (is_set(l->r->engaged))
		put_time(l, it, l->r->engaged, l->now);
	else
		put_unknown(l);
}

/* Whoever was not served has waited until now. */
static void put_queue_time(struct line *l, const struct access_item *it)
{
	const struct request *r = l->r;

	if (is_set(r->entered))
		put_time(l, it, r->entered, is_set(r->engaged) ? r->engaged : l->now);
	else
		put_unknown(l);
}

static void put_began(struct line *l, const struct access_item *it)
{
	put_date(l, it, lane_wall_us(l->r->lane) - mono_us_between(l->r->born, l->now));
}

static void put_logged(struct line *l, const struct access_item *it)
{
	if (it->option == ACCESS_CLF)
		put_text(l, span_of(lane_clf_date(l->r->lane)));
	else
		put_date(l, it, lane_wall_us(l->r->lane));
}

/* Only an authorizer knows. */
static void put_user(struct line *l, const struct access_item *it)
{
	(void)it;
	put_text(l, vouched_find(buf_span(&l->r->vouched), SPAN_LIT("REMOTE_USER")));
}

/* ---- all of them ---- */

static void (*const puts_item[ACCESS_WHATS])(struct line *l, const struct access_item *it) = {
	[ACCESS_LITERAL] = put_literal,
	[ACCESS_CPU] = put_cpu,
	[ACCESS_DURATION] = put_duration,
	[ACCESS_VARIABLE] = put_variable,
	[ACCESS_SCRIPT] = put_script,
	[ACCESS_LENGTH] = put_length,
	[ACCESS_METHOD] = put_method,
	[ACCESS_MEMORY] = put_memory,
	[ACCESS_POOL] = put_pool,
	[ACCESS_ANSWER_HEADER] = put_answer_header,
	[ACCESS_WORKER_PID] = put_worker_pid,
	[ACCESS_MANAGER_PID] = put_manager_pid,
	[ACCESS_QUERY] = put_query,
	[ACCESS_QUERY_MARK] = put_query_mark,
	[ACCESS_REQUEST] = put_request,
	[ACCESS_CLIENT] = put_client,
	[ACCESS_STATUS] = put_status,
	[ACCESS_BEGAN] = put_began,
	[ACCESS_LOGGED] = put_logged,
	[ACCESS_USER] = put_user,
	[ACCESS_BYTES] = put_bytes,
	[ACCESS_ALL_BYTES] = put_all_bytes,
	[ACCESS_PORT] = put_port,
	[ACCESS_FIRST_BYTE] = put_first_byte,
	[ACCESS_PROTOCOL] = put_protocol,
	[ACCESS_HEADER] = put_header,
	[ACCESS_ID] = put_id,
	[ACCESS_WORKER_TIME] = put_worker_time,
	[ACCESS_HOST] = put_host,
	[ACCESS_QUEUE_TIME] = put_queue_time,
	[ACCESS_END] = put_end,
};

static const struct access_form *form_of(const struct request *r)
{
	const struct plan_pool *pool = request_home(r);

	return pool && pool->has_access ? &pool->form : &r->plan->form;
}

static bool put_line(struct line *l)
{
	const struct access_form *form = form_of(l->r);
	size_t before = buf_len(l->b);

	for (size_t i = 0; i < form->n; i++)
		puts_item[form->items[i].what](l, &form->items[i]);
	put_plain(l, SPAN_LIT("\n"));
	if (l->failed)
		l->b->end = l->b->start + before;
	return !l->failed;
}

bool access_line_put(struct buf *b, const struct request *r, const char *peer, struct mono now)
{
	struct line l = {b, r, peer, now, NULL, form_of(r)->json, false};

	return put_line(&l);
}

bool access_line_lacks(const struct request *r)
{
	const struct access_form *form = form_of(r);

	return r->late && ((form->usage && !r->usage.known) || (form->pid && !r->usage.pid));
}

bool access_line_begin(
	struct access_late *late, const struct request *r, const char *peer, struct mono now)
{
	struct line l = {&late->text, r, peer, now, &late->marks, form_of(r)->json, false};

	buf_clear(&late->text);
	buf_clear(&late->marks);
	late->engaged = r->engaged;
	late->json = l.json;
	return put_line(&l);
}
