/* SPDX-License-Identifier: MIT
 *
 * plan: see plan.h. Rows come from the manager, so memory for them may die loudly (mem.h): a
 * gateway that cannot hold its plan cannot serve.
 */
#include "gateway/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"

struct plan *plan_new(uint32_t generation)
{
	struct plan *p = mem_zalloc(sizeof *p);

	p->refs = 1;
	p->generation = generation;
	p->root_fd = p->types_fd = -1;
	return p;
}

struct plan *plan_ref(struct plan *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

static void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->npools; i++)
		plan_pool_free(p->pools[i]);
	for (size_t i = 0; i < p->nlisteners; i++) {
		fd_close(&p->listeners[i].fd);
		free(p->listeners[i].address);
		free(p->listeners[i].users);
		cidr_list_free(&p->listeners[i].allowed);
	}
	for (size_t i = 0; i < p->nroutes; i++) {
		free((void *)(uintptr_t)p->routes[i].path.p);
		free((void *)(uintptr_t)p->routes[i].host.p);
	}
	quota_unref(p->spooled);
	fd_close(&p->root_fd);
	fd_close(&p->types_fd);
	media_free(p->media);
	free(p->pools);
	cidr_list_free(&p->trusted);
	cidr_list_free(&p->admins);
	free(p->admin_path);
	free(p->fallback);
	free(p->listeners);
	free(p->routes);
	free(p->document_root);
	free(p->index);
	free(p->charset);
	access_form_free(&p->form);
	access_paths_free(&p->suppress);
	free(p->spool_dir);
	free(p);
}

void plan_unref(struct plan *p)
{
	if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
		plan_free(p);
}

const char *plan_set_gateway(struct plan *p, const struct msg_plan_gateway *m)
{
	if (p->spool_dir)
		return "the gateway's row came twice";
	p->threads = m->threads;
	p->header_timeout_ms = m->header_timeout_ms;
	p->body_timeout_ms = m->body_timeout_ms;
	p->keepalive_timeout_ms = m->keepalive_timeout_ms;
	p->write_timeout_ms = m->write_timeout_ms;
	p->min_receive_rate = m->min_receive_rate;
	p->max_request_line = m->max_request_line;
	p->max_header_size = m->max_header_size;
	p->max_headers = m->max_headers;
	p->max_connections = m->max_connections;
	p->max_client_connections = m->max_client_connections;
	p->max_pipeline = m->max_pipeline;
	p->max_spool = m->max_spool;
	p->autoindex = m->autoindex;
	p->precompressed = m->precompressed;
	p->max_body = m->max_body;
	p->document_root = m->document_root.n ? plan_keep(m->document_root) : NULL;
	p->index = plan_keep(m->index);
	p->charset = plan_keep(m->charset);
	p->spool_dir = plan_keep(m->spool_dir);
	p->admin_path = m->admin_path.n ? plan_keep(m->admin_path) : NULL;
	p->fallback = m->fallback.n ? plan_keep(m->fallback) : NULL;
	snprintf(p->id_header, sizeof p->id_header, "%.*s", SPAN_FMT(m->id_header));
	if (m->threads == 0 || m->threads > 64)
		return "threads is out of range";
	return access_form_read(&p->form, m->access_format);
}

const char *plan_set_types(struct plan *p, const struct msg_plan_types *m, int *fd)
{
	(void)m;
	fd_close(&p->types_fd);
	p->types_fd = fd_take(fd);
	return NULL;
}

const char *plan_add_trusted(struct plan *p, const struct msg_plan_trusted *m)
{
	return cidr_list_add(&p->trusted, m->network);
}

const char *plan_add_admin(struct plan *p, const struct msg_plan_admin *m)
{
	return cidr_list_add(&p->admins, m->network);
}

static const char no_pool[] = "it names a pool that the plan does not have";

const char *plan_add_pool(struct plan *p, const struct msg_plan_pool *m)
{
	struct plan_pool *pool;
	const char *why = plan_pool(p, m->pool) ? "this pool came twice" : plan_pool_new(m, &pool);

	if (why)
		return why;
	p->pools = mem_array(p->pools, p->npools + 1, sizeof *p->pools);
	p->pools[p->npools++] = pool;
	return NULL;
}

const char *plan_add_interpreter(struct plan *p, const struct msg_plan_interpreter *m)
{
	struct plan_pool *pool = plan_pool(p, m->pool);

	return pool ? plan_pool_add_interpreter(pool, m) : no_pool;
}

const char *plan_add_backend(struct plan *p, const struct msg_plan_backend *m)
{
	struct plan_pool *pool = plan_pool(p, m->pool);

	return pool ? plan_pool_add_backend(pool, m) : no_pool;
}

const char *plan_add_env(struct plan *p, const struct msg_plan_env *m)
{
	struct plan_pool *pool = plan_pool(p, m->pool);

	return pool ? plan_pool_add_env(pool, m) : no_pool;
}

const char *plan_add_access(struct plan *p, const struct msg_plan_access *m, int *fd)
{
	struct plan_pool *pool = plan_pool(p, m->pool);

	if (!pool)
		return no_pool;
	if (pool->has_access)
		return "the access log of a pool came twice";
	pool->has_access = true;
	pool->access_flush = m->flush != 0;
	pool->access_fd = fd_take(fd);
	return access_form_read(&pool->form, m->format);
}

const char *plan_add_suppress(struct plan *p, const struct msg_plan_suppress *m)
{
	struct plan_pool *pool = plan_pool(p, m->pool);
	struct access_paths *paths = m->pool == 0 ? &p->suppress : pool ? &pool->suppress : NULL;

	if (!paths)
		return no_pool;
	access_paths_add(paths, m->path);
	return NULL;
}

const char *plan_add_route(struct plan *p, const struct msg_plan_route *m)
{
	struct route *r;

	if (!plan_pool(p, m->pool))
		return no_pool;
	if (m->kind < ROUTE_EXACT || m->kind > ROUTE_SUFFIX)
		return "no such kind of route";
	p->routes = mem_array(p->routes, p->nroutes + 1, sizeof *r);
	r = &p->routes[p->nroutes++];
	*r = (struct route){.kind = (uint8_t)m->kind,
		.path = span_of(plan_keep(m->path)),
		.host = span_of(plan_keep(m->host)),
		.pool = m->pool};
	return NULL;
}

static int by_precedence(const void *a, const void *b)
{
	return route_compare(a, b);
}

static int open_root(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void open_sendfile_root(struct plan_pool *pool)
{
	if (!pool->sendfile_root)
		return;
	pool->sendfile_fd = open_root(pool->sendfile_root);
	if (pool->sendfile_fd < 0)
		log_warn("[pool %s] sendfile_root %s: %m: its files cannot be had", pool->name,
			pool->sendfile_root);
}

static bool is_there(const struct plan *p, uint32_t pool)
{
	return pool == 0 || plan_pool(p, pool);
}

/* A script has no such role. */
static const char *judge_authorizer(const struct plan *p, uint32_t id)
{
	if (!is_there(p, id))
		return no_pool;
	return id && plan_pool(p, id)->kind == POOL_CGI ? "an authorizer is a pool of scripts"
							: NULL;
}

static const char *judge_names(const struct plan *p)
{
	const char *why = NULL;

	for (size_t i = 0; i < p->nlisteners && !why; i++)
		why = is_there(p, p->listeners[i].pool) ? NULL : no_pool;
	for (size_t i = 0; i < p->npools && !why; i++)
		why = judge_authorizer(p, p->pools[i]->authorizer);
	return why;
}

const char *plan_seal(struct plan *p)
{
	const char *why = p->spool_dir ? judge_names(p) : "the gateway's row is missing";

	if (why)
		return why;
	if (p->nroutes)
		qsort(p->routes, p->nroutes, sizeof *p->routes, by_precedence);
	if (p->types_fd >= 0 && !(p->media = media_read(p->types_fd)))
		log_warn("mime_types: %m: the built-in table serves alone");
	fd_close(&p->types_fd);
	if (p->document_root) {
		p->root_fd = open_root(p->document_root);
		if (p->root_fd < 0)
			log_warn("document_root %s: %m: no static files", p->document_root);
	}
	for (size_t i = 0; i < p->npools; i++)
		open_sendfile_root(p->pools[i]);
	return NULL;
}

/* dup3 exchanges the descriptor under its number, for all lanes at once. One whose name is gone
 * for the moment serves on. */
static void follow_root(const char *directive, const char *path, int root)
{
	struct stat was, now;
	int fd;

	if (root < 0 || stat(path, &now) < 0 || fstat(root, &was) < 0 ||
		(was.st_dev == now.st_dev && was.st_ino == now.st_ino))
		return;
	fd = open_root(path);
	if (fd < 0 || dup3(fd, root, O_CLOEXEC) < 0)
		log_warn("%s %s: %m: the directory that it was serves on", directive, path);
	else
		log_notice("%s %s is another directory now", directive, path);
	fd_close(&fd);
}

void plan_follow_roots(const struct plan *p)
{
	follow_root("document_root", p->document_root, p->root_fd);
	for (size_t i = 0; i < p->npools; i++)
		follow_root("sendfile_root", p->pools[i]->sendfile_root, p->pools[i]->sendfile_fd);
}

static void pool_carry_quota(struct plan_pool *pool, struct plan *p, const struct plan *before)
{
	const struct plan_pool *was = before ? plan_pool(before, pool->id) : NULL;
	char name[64];

	if (was) {
		pool->spooled = quota_ref(was->spooled);
	} else {
		snprintf(name, sizeof name, "pool %s", pool->name);
		pool->spooled = quota_new(name, p->spooled);
	}
	quota_limit(pool->spooled, pool->max_spool);
}

void plan_carry_quotas(struct plan *p, const struct plan *before)
{
	p->spooled = before ? quota_ref(before->spooled) : quota_new("gateway", NULL);
	quota_limit(p->spooled, p->max_spool);
	for (size_t i = 0; i < p->npools; i++)
		pool_carry_quota(p->pools[i], p, before);
}

void plan_close_listeners(struct plan *p)
{
	for (size_t i = 0; i < p->nlisteners; i++)
		fd_close(&p->listeners[i].fd);
}

struct plan_pool *plan_pool(const struct plan *p, uint32_t id)
{
	for (size_t i = 0; i < p->npools; i++)
		if (p->pools[i]->id == id)
			return p->pools[i];
	return NULL;
}
