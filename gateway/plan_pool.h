/* SPDX-License-Identifier: MIT
 *
 * plan_pool: of a plan (plan.h), one pool, and what rows say of it alone.
 * Runs in: the gateway. Knows nothing of the plan that it is part of.
 */
#ifndef HEARTH_PLAN_POOL_H
#define HEARTH_PLAN_POOL_H

#include "common/msg.h"
#include "gateway/access_form.h"
#include "gateway/quota.h"

struct access_file;
struct dispatch;

struct plan_pair {
	char *name, *value;
};

struct plan_pool {
	uint32_t id;
	enum msg_pool_kind kind;
	char *name, *directory;
	char *chroot; /* what is / for its programs; or NULL */
	uint32_t max_children, max_queue;
	uint32_t queue_timeout_ms, terminate_timeout_ms, header_timeout_ms; /* 0: none */
	bool request_buffering, response_buffering;
	uint64_t max_body; /* 0: the gateway's */
	uint64_t max_spool;
	struct quota *spooled;   /* of max_spool; a reference, carried over as dispatch is */
	uint32_t abort_grace_ms; /* MSG_NEVER: a script whose client left goes on */
	uint32_t kill_grace_ms;
	bool pass_authorization, isindex;
	bool mute, plain; /* what its programs say is not kept; or is not decorated */
	enum msg_follow follow;
	enum msg_pm pm;
	uint32_t concurrency;                          /* requests that a worker takes at once */
	uint32_t slow_timeout_ms;                      /* 0: none */
	char *status_path, *ping_path, *ping_response; /* paths: or NULL */
	char *index;                                   /* names with a slash between them */
	char *sendfile_root;                           /* or NULL */
	int sendfile_fd;                               /* the same, opened; or -1 */
	struct plan_pair *interpreters, *env;
	size_t ninterpreters, nenv;
	char **backends; /* addresses of an external pool: unix:PATH or HOST:PORT */
	size_t nbackends;
	uint32_t resolve_ms,
		rest_most_ms;     /* how old a name's addresses may be; how long one rests */
	uint32_t idle_timeout_ms; /* for how long its connections are kept */
	uint32_t authorizer;      /* the pool that is asked before; 0: none */
	bool php_outside;         /* PHP_VALUE of a web server is passed on */
	char *extensions; /* of scripts that may be named, with a slash between them; or NULL: any
			   */
	bool has_access;  /* an access log of its own: */
	struct access_form form;
	int access_fd; /* -1 once it is taken */
	bool access_flush;
	struct access_file *access_file; /* a reference */
	void (*drop_access_file)(struct access_file *f);
	struct access_paths suppress; /* what is left out of any access log */
	struct dispatch
		*dispatch; /* a reference; carried over from plan to plan while the pool lives */
	void (*drop_dispatch)(struct dispatch *d);
};

/* A copy of a row's text. */
char *plan_keep(struct span s);

/* A pool by its row. NULL, or what is wrong with the row; then none was made. */
const char *plan_pool_new(const struct msg_plan_pool *m, struct plan_pool **made);
void plan_pool_free(struct plan_pool *pool);

/* Further rows of it; likewise. */
const char *plan_pool_add_interpreter(struct plan_pool *pool, const struct msg_plan_interpreter *m);
const char *plan_pool_add_backend(struct plan_pool *pool, const struct msg_plan_backend *m);
const char *plan_pool_add_env(struct plan_pool *pool, const struct msg_plan_env *m);

/* The path as the pool's programs see it, which may have another root: the end of it, or "/"; none
 * if it does not lie in there. */
struct span plan_inside(const struct plan_pool *pool, struct span path);
/* The program for files with this extension (without the dot), or NULL. */
const char *plan_interpreter(const struct plan_pool *pool, struct span extension);

#endif
