/* SPDX-License-Identifier: MIT
 *
 * plan: see plan.h. chan_send says false only for a letter that is too large or for want of
 * memory; the transaction would have a hole then, so either ends the manager's part in it loudly.
 */
#include "manager/plan.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "manager/conf_power.h"
#include "manager/hire.h"
#include "manager/php_settings.h"

static void say(struct chan *to, enum msg_type type, const void *payload, int *fds)
{
	if (!chan_send(to, type, payload, fds))
		log_error("the plan is too large: %s could not be sent", msg_rows[type].name);
}

static uint32_t u32(uint64_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

unsigned plan_threads(const struct conf *conf)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return conf->gateway.threads ? conf->gateway.threads
				     : (unsigned)((cores > 0 ? cores : 1) + 1) / 2;
}

static bool is_none(const char *value)
{
	return strcmp(value, "none") == 0;
}

static void join_words(const struct words *words, const char *glue, struct buf *to)
{
	for (size_t i = 0; i < words->n; i++)
		buf_putf(to, "%s%s", i ? glue : "", words->at[i]);
}

/* The gateway walks them one by one; no file name has a slash in it. */
static void join_names(const struct words *names, struct buf *to)
{
	join_words(names, "/", to);
}

static void send_gateway(const struct conf *conf, struct chan *to)
{
	const struct conf_gateway *g = &conf->gateway;
	struct msg_plan_gateway m = {
		.threads = plan_threads(conf),
		.header_timeout_ms = u32(g->header_timeout),
		.body_timeout_ms = u32(g->body_timeout),
		.keepalive_timeout_ms = u32(g->keepalive_timeout),
		.write_timeout_ms = u32(g->write_timeout),
		.min_receive_rate = u32(g->min_receive_rate),
		.max_request_line = u32(g->max_request_line),
		.max_header_size = u32(g->max_header_size),
		.max_headers = u32(g->max_headers),
		.max_body = g->max_body,
		.max_connections = u32(g->max_connections),
		.max_client_connections = u32(g->max_client_connections),
		.max_pipeline = u32(g->max_pipeline),
		.max_spool = g->max_spool,
		.autoindex = g->autoindex,
		.precompressed = g->precompressed,
		.document_root = span_of(g->document_root),
		.charset = span_of(is_none(g->charset) ? "" : g->charset),
		.access_format = span_of(g->access_format),
		.spool_dir = span_of(g->spool_dir),
		.admin_path = span_of(is_none(g->admin_path) ? "" : g->admin_path),
		.id_header = span_of(is_none(g->request_id_header) ? "" : g->request_id_header),
		.fallback = span_of(is_none(g->fallback) ? "" : g->fallback),
	};
	struct buf index = BUF_INIT;

	join_names(&g->index, &index);
	m.index = buf_span(&index);
	say(to, MSG_PLAN_GATEWAY, &m, NULL);
	buf_free(&index);
}

/* The gateway reads it, but does not open what is not of its business to find. Without the table
 * it has one of its own. */
static void send_types(const struct conf_gateway *g, struct chan *to)
{
	struct msg_plan_types m = {.path = span_of(g->mime_types)};
	int fds[MSG_FDS_MAX] = {-1, -1, -1};

	if (is_none(g->mime_types))
		return;
	fds[0] = open(g->mime_types, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fds[0] >= 0)
		say(to, MSG_PLAN_TYPES, &m, fds);
	else if (conf_mark_find(&g->marks, "mime_types", NULL))
		log_warn("mime_types %s: %m: the built-in table serves alone", g->mime_types);
}

static void send_trusted(const struct conf_gateway *g, struct chan *to)
{
	for (size_t i = 0; i < g->trusted_proxies.n; i++) {
		struct msg_plan_trusted m = {.network = span_of(g->trusted_proxies.at[i])};
		say(to, MSG_PLAN_TRUSTED, &m, NULL);
	}
}

static void send_admin(const struct conf_gateway *g, struct chan *to)
{
	for (size_t i = 0; i < g->admin_allow.n; i++) {
		struct msg_plan_admin m = {.network = span_of(g->admin_allow.at[i])};
		say(to, MSG_PLAN_ADMIN, &m, NULL);
	}
}

static void send_listener(
	const struct listener *l, const struct conf_pool *c, uint32_t number, struct chan *to)
{
	struct buf allowed = BUF_INIT, users = BUF_INIT;
	struct msg_plan_listener m = {.listener = l->number,
		.address = span_of(l->address),
		.proxy = l->next.proxy,
		.pool = number,
		.pages = l->next.pages};
	int fds[MSG_FDS_MAX] = {fcntl(l->fd, F_DUPFD_CLOEXEC, 0), -1, -1};

	if (c) {
		join_words(&c->allowed_clients, " ", &allowed);
		join_words(&c->allowed_users, " ", &users);
	}
	m.allowed = buf_span(&allowed);
	m.users = buf_span(&users);
	if (fds[0] < 0)
		log_error("listen %s: %m", l->address);
	else
		say(to, MSG_PLAN_LISTENER, &m, fds);
	buf_free(&allowed);
	buf_free(&users);
}

/* Those of this pool, or of HTTP. */
static void send_listeners(
	const struct plan *p, const struct conf_pool *c, uint32_t number, struct chan *to)
{
	list_for_each (it, &p->doors->all) {
		const struct listener *l = container_of(it, struct listener, link);
		if (l->wanted && l->next.pool == c)
			send_listener(l, c, number, to);
	}
}

/* "=/path", "/dir/" and "*.ext" as kind and path: "/path", "/dir/", ".ext". */
static void split_route(const char *route, struct msg_plan_route *m)
{
	m->kind = route[0] == '=' ? ROUTE_EXACT : route[0] == '*' ? ROUTE_SUFFIX : ROUTE_PREFIX;
	m->path = span_of(m->kind == ROUTE_PREFIX ? route : route + 1);
}

static void send_route(
	const struct conf_pool *c, uint32_t number, const char *route, struct chan *to)
{
	struct msg_plan_route m = {.pool = number};

	split_route(route, &m);
	for (size_t i = 0; i < c->host.n; i++) {
		m.host = span_of(c->host.at[i]);
		say(to, MSG_PLAN_ROUTE, &m, NULL);
	}
	if (c->host.n == 0)
		say(to, MSG_PLAN_ROUTE, &m, NULL);
}

static void send_pairs(const struct conf_pool *c, uint32_t number, struct chan *to)
{
	for (size_t i = 0; i < c->interpreter.n; i++) {
		const struct pair *p = &c->interpreter.at[i];
		const char *extension = p->key[0] == '.' ? p->key + 1 : p->key;
		struct msg_plan_interpreter m = {number, span_of(extension), span_of(p->value)};
		say(to, MSG_PLAN_INTERPRETER, &m, NULL);
	}
}

static void send_backends(const struct conf_pool *c, uint32_t number, struct chan *to)
{
	for (size_t i = 0; i < c->backend.n; i++) {
		struct msg_plan_backend m = {number, span_of(c->backend.at[i])};
		say(to, MSG_PLAN_BACKEND, &m, NULL);
	}
}

static void send_environment(const struct conf_pool *c, const struct pool *pool, struct chan *to)
{
	struct hire_env env = {NULL, 0};

	if (c->type != POOL_FASTCGI)
		hire_env_put_pool(&env, c, &pool->as);
	for (size_t i = 0; i < env.n; i++) {
		const char *is = strchr(env.at[i], '=');
		struct msg_plan_env m = {
			pool->number, {env.at[i], (size_t)(is - env.at[i])}, span_of(is + 1)};
		say(to, MSG_PLAN_ENV, &m, NULL);
	}
	hire_env_free(&env);
}

static void send_settings(uint32_t pool, const char *name, const struct pairs *values,
	const struct pairs *flags, struct chan *to)
{
	struct buf lines = BUF_INIT;
	struct msg_plan_env m = {pool, span_of(name), SPAN_NONE};

	php_settings_put(values, flags, &lines);
	m.value = buf_span(&lines);
	if (buf_len(&lines) > 0)
		say(to, MSG_PLAN_ENV, &m, NULL);
	buf_free(&lines);
}

/* php-fpm takes them with each request. */
static void send_php(const struct conf_pool *c, uint32_t pool, struct chan *to)
{
	if (c->type != POOL_EXTERNAL)
		return;
	send_settings(pool, "PHP_VALUE", &c->php_value, &c->php_flag, to);
	send_settings(pool, "PHP_ADMIN_VALUE", &c->php_admin_value, &c->php_admin_flag, to);
}

static void send_suppressed(const struct pairs *paths, uint32_t pool, struct chan *to)
{
	for (size_t i = 0; i < paths->n; i++) {
		struct msg_plan_suppress m = {pool, span_of(paths->at[i].value)};
		say(to, MSG_PLAN_SUPPRESS, &m, NULL);
	}
}

static void send_access(
	const struct plan *p, const struct conf_pool *c, uint32_t number, struct chan *to)
{
	const struct journal_pool *j = journal_pool(p->journal, c->name);
	const char *format = c->access_format ? c->access_format : p->conf->gateway.access_format;
	struct msg_plan_access m = {number, j && j->flush, span_of(format)};
	int fds[MSG_FDS_MAX] = {-1, -1, -1};

	if (!j || j->access < 0)
		return;
	fds[0] = fcntl(j->access, F_DUPFD_CLOEXEC, 0);
	if (fds[0] < 0)
		log_error("[pool %s] access.log: %m", c->name);
	else
		say(to, MSG_PLAN_ACCESS, &m, fds);
}

uint32_t plan_number_of(const struct plan *p, const char *name)
{
	if (!name)
		return 0;
	list_for_each (it, &p->pools->all) {
		const struct pool *pool = container_of(it, struct pool, link);
		if (pool_offered(pool) && strcmp(pool->name, name) == 0)
			return pool->number;
	}
	return PLAN_NOBODY;
}

static void send_pool(const struct plan *p, const struct conf_pool *c, uint32_t number,
	uint64_t most, struct chan *to)
{
	struct msg_plan_pool m = {
		.pool = number,
		.name = span_of(c->name),
		.kind = c->type,
		.max_children = u32(most),
		.max_queue = u32(c->max_queue),
		.queue_timeout_ms = u32(c->queue_timeout),
		.terminate_timeout_ms = u32(c->request_terminate_timeout),
		.header_timeout_ms = u32(c->response_header_timeout),
		.request_buffering = c->request_buffering,
		.response_buffering = c->response_buffering,
		.max_body = c->max_body,
		.max_spool = c->max_spool,
		.abort_grace_ms = u32(c->abort_grace),
		.kill_grace_ms = u32(c->kill_grace),
		.pass_authorization = c->pass_authorization,
		.isindex = c->isindex,
		.mute = !c->catch_output,
		.plain = !c->decorate_output,
		.follow = c->follow_symlinks,
		.pm = c->pm,
		.concurrency = u32(c->concurrency),
		.slow_timeout_ms = u32(c->request_slowlog_timeout),
		.resolve_ms = u32(c->resolve_interval),
		.rest_most_ms = u32(c->restart_backoff_max),
		.idle_timeout_ms = u32(c->process_idle_timeout),
		.authorizer = plan_number_of(p, c->authorizer),
		.php_outside = c->pass_php_value,
		.status_path = span_of(c->status_path),
		.ping_path = span_of(c->ping_path),
		.ping_response = span_of(c->ping_response),
		.directory = span_of(c->directory),
		.sendfile_root = span_of(c->sendfile_root),
		.chroot = span_of(conf_power_chroot(c)),
	};
	struct buf index = BUF_INIT, extensions = BUF_INIT;

	join_names(&c->index, &index);
	join_names(&c->limit_extensions, &extensions);
	m.index = buf_span(&index);
	m.extensions = buf_span(&extensions);
	say(to, MSG_PLAN_POOL, &m, NULL);
	buf_free(&index);
	buf_free(&extensions);
	send_pairs(c, number, to);
	send_backends(c, number, to);
	for (size_t i = 0; i < c->route.n; i++)
		send_route(c, number, c->route.at[i], to);
}

void plan_send(const struct plan *p, struct chan *to)
{
	struct msg_plan_begin begin = {.generation = p->generation};
	struct msg_plan_commit commit = {.generation = p->generation};

	say(to, MSG_PLAN_BEGIN, &begin, NULL);
	send_gateway(p->conf, to);
	send_types(&p->conf->gateway, to);
	send_trusted(&p->conf->gateway, to);
	send_admin(&p->conf->gateway, to);
	send_suppressed(&p->conf->gateway.suppress_path, 0, to);
	send_listeners(p, NULL, 0, to);
	list_for_each (it, &p->pools->all) {
		const struct pool *pool = container_of(it, struct pool, link);
		const struct conf_pool *c = pool_offered(pool);
		if (!c)
			continue;
		send_pool(p, c, pool->number,
			c == pool->conf && pool->scaled ? pool->scaled : c->max_children, to);
		send_environment(c, pool, to);
		send_php(c, pool->number, to);
		send_listeners(p, c, pool->number, to);
		send_access(p, c, pool->number, to);
		send_suppressed(&c->suppress_path, pool->number, to);
	}
	say(to, MSG_PLAN_COMMIT, &commit, NULL);
}
