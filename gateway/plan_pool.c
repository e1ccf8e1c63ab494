/* SPDX-License-Identifier: MIT
 *
 * plan_pool: see plan_pool.h.
 */
#include "gateway/plan_pool.h"

#include <stdlib.h>

#include "common/fd.h"
#include "common/mem.h"

char *plan_keep(struct span s)
{
	return mem_strndup(s.n ? s.p : "", s.n);
}

static void pairs_free(struct plan_pair *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(at[i].name);
		free(at[i].value);
	}
	free(at);
}

void plan_pool_free(struct plan_pool *pool)
{
	if (pool->access_file)
		pool->drop_access_file(pool->access_file);
	fd_close(&pool->access_fd);
	access_form_free(&pool->form);
	access_paths_free(&pool->suppress);
	if (pool->dispatch)
		pool->drop_dispatch(pool->dispatch);
	quota_unref(pool->spooled);
	fd_close(&pool->sendfile_fd);
	pairs_free(pool->interpreters, pool->ninterpreters);
	pairs_free(pool->env, pool->nenv);
	free(pool->name);
	free(pool->directory);
	free(pool->index);
	free(pool->sendfile_root);
	free(pool->chroot);
	free(pool->status_path);
	free(pool->ping_path);
	free(pool->ping_response);
	free(pool->extensions);
	for (size_t i = 0; i < pool->nbackends; i++)
		free(pool->backends[i]);
	free(pool->backends);
	free(pool);
}

const char *plan_interpreter(const struct plan_pool *pool, struct span extension)
{
	const char *any = NULL;

	for (size_t i = 0; i < pool->ninterpreters; i++) {
		const struct plan_pair *it = &pool->interpreters[i];
		if (it->name[0] == '\0')
			any = it->value;
		else if (span_is(extension, it->name))
			return it->value;
	}
	return any;
}

const char *plan_pool_new(const struct msg_plan_pool *m, struct plan_pool **made)
{
	struct plan_pool *pool;

	if (m->kind != POOL_FASTCGI && m->kind != POOL_CGI && m->kind != POOL_EXTERNAL)
		return "no such kind of pool";
	if (m->follow > FOLLOW_NONE)
		return "no such rule for links";
	if (m->pm < PM_STATIC || m->pm > PM_ONDEMAND)
		return "no such policy";
	pool = mem_zalloc(sizeof *pool);
	pool->id = m->pool;
	pool->kind = (enum msg_pool_kind)m->kind;
	pool->name = plan_keep(m->name);
	pool->directory = m->directory.n ? plan_keep(m->directory) : NULL;
	pool->max_children = m->max_children;
	pool->max_queue = m->max_queue;
	pool->queue_timeout_ms = m->queue_timeout_ms;
	pool->terminate_timeout_ms = m->terminate_timeout_ms;
	pool->header_timeout_ms = m->header_timeout_ms;
	pool->request_buffering = m->request_buffering;
	pool->response_buffering = m->response_buffering;
	pool->max_body = m->max_body;
	pool->max_spool = m->max_spool;
	pool->abort_grace_ms = m->abort_grace_ms;
	pool->kill_grace_ms = m->kill_grace_ms;
	pool->pass_authorization = m->pass_authorization;
	pool->isindex = m->isindex;
	pool->mute = m->mute;
	pool->plain = m->plain;
	pool->follow = (enum msg_follow)m->follow;
	pool->pm = (enum msg_pm)m->pm;
	pool->concurrency = m->concurrency;
	pool->slow_timeout_ms = m->slow_timeout_ms;
	pool->resolve_ms = m->resolve_ms;
	pool->rest_most_ms = m->rest_most_ms;
	pool->idle_timeout_ms = m->idle_timeout_ms;
	pool->authorizer = m->authorizer;
	pool->php_outside = m->php_outside;
	pool->extensions = m->extensions.n ? plan_keep(m->extensions) : NULL;
	pool->status_path = m->status_path.n ? plan_keep(m->status_path) : NULL;
	pool->ping_path = m->ping_path.n ? plan_keep(m->ping_path) : NULL;
	pool->ping_response = plan_keep(m->ping_response);
	pool->index = plan_keep(m->index);
	pool->sendfile_root = m->sendfile_root.n ? plan_keep(m->sendfile_root) : NULL;
	pool->chroot = m->chroot.n ? plan_keep(m->chroot) : NULL;
	pool->sendfile_fd = pool->access_fd = -1;
	*made = pool;
	return NULL;
}

struct span plan_inside(const struct plan_pool *pool, struct span path)
{
	struct span root = span_of(pool->chroot);

	if (!root.p)
		return path;
	if (!span_starts(path, root) || (path.n > root.n && path.p[root.n] != '/'))
		return SPAN_NONE;
	return path.n > root.n ? span_from(path, root.n) : SPAN_LIT("/");
}

static void add_pair(struct plan_pair **at, size_t *n, struct span name, struct span value)
{
	*at = mem_array(*at, *n + 1, sizeof **at);
	(*at)[(*n)++] = (struct plan_pair){plan_keep(name), plan_keep(value)};
}

const char *plan_pool_add_interpreter(struct plan_pool *pool, const struct msg_plan_interpreter *m)
{
	add_pair(&pool->interpreters, &pool->ninterpreters, m->extension, m->program);
	return NULL;
}

const char *plan_pool_add_backend(struct plan_pool *pool, const struct msg_plan_backend *m)
{
	if (pool->kind != POOL_EXTERNAL)
		return "only an external pool has addresses";
	pool->backends = mem_array(pool->backends, pool->nbackends + 1, sizeof *pool->backends);
	pool->backends[pool->nbackends++] = plan_keep(m->address);
	return NULL;
}

const char *plan_pool_add_env(struct plan_pool *pool, const struct msg_plan_env *m)
{
	add_pair(&pool->env, &pool->nenv, m->name, m->value);
	return NULL;
}
