/* SPDX-License-Identifier: MIT
 *
 * plan: what the manager told us to serve, immutable once sealed.
 * Runs in: the gateway. Built by uplink from letters; every lane and every request in flight holds
 * a reference, so an old plan lives until the last request that began under it has ended.
 * Knows nothing of files on disk or of how configuration is written.
 */
#ifndef HEARTH_PLAN_H
#define HEARTH_PLAN_H

#include "common/cidr.h"
#include "gateway/media.h"
#include "gateway/plan_pool.h"
#include "gateway/route.h"
#include <stdatomic.h>

struct plan_listener {
	uint32_t id;
	int fd;                   /* ours; closed with the plan */
	char *address;            /* as configured, for messages */
	char host[64], port[8];   /* what a script sees as SERVER_ADDR and SERVER_PORT */
	bool proxy;               /* connections begin with the PROXY protocol */
	uint32_t pool;            /* whose FastCGI is spoken here; 0: HTTP */
	bool pages;               /* that pool's own pages alone */
	struct cidr_list allowed; /* who may speak it, by the internet */
	uint32_t *users;          /* the numbers of who may, by a unix socket; none: anybody */
	size_t nusers;
	bool is_unix,
		any_address; /* any: the local address differs from connection to connection */
};

struct plan {
	_Atomic unsigned refs;
	uint32_t generation;
	uint32_t threads;
	uint32_t header_timeout_ms, body_timeout_ms, keepalive_timeout_ms, write_timeout_ms;
	uint32_t min_receive_rate; /* bytes a second */
	uint32_t max_request_line, max_header_size, max_headers;
	uint32_t max_connections, max_client_connections, max_pipeline;
	uint64_t max_body, max_spool;
	struct quota *spooled; /* of max_spool; all pools' are parts of it */
	bool autoindex, precompressed;
	char *document_root, *spool_dir;
	char *index;                  /* names with a slash between them */
	char *charset;                /* "" if nothing is to be said */
	struct access_form form;      /* of the access log */
	struct access_paths suppress; /* what it leaves out */
	int types_fd;                 /* the system's media types, or -1; until it is sealed */
	struct media *media;          /* what was read from it, or NULL */
	int root_fd;                  /* document_root, or -1 */
	struct plan_pool **pools;
	struct plan_listener *listeners;
	struct route *routes;
	size_t npools, nlisteners, nroutes;
	struct cidr_list trusted; /* proxies who may say for whom they ask */
	struct cidr_list admins;  /* who may read what lies below admin_path */
	char *admin_path;         /* or NULL */
	char *fallback;           /* the path that is served where there is nothing; or NULL */
	char id_header[MSG_ID_HEADER_MAX + 1]; /* by which answers tell their request's id; or "" */
};

struct plan *plan_new(uint32_t generation);
struct plan *plan_ref(struct plan *p);
void plan_unref(struct plan *p);

/* Rows, in any order but pools before what names them. NULL, or what is wrong with the row. */
const char *plan_set_gateway(struct plan *p, const struct msg_plan_gateway *m);
const char *plan_set_types(struct plan *p, const struct msg_plan_types *m, int *fd);
const char *plan_add_trusted(struct plan *p, const struct msg_plan_trusted *m);
const char *plan_add_admin(struct plan *p, const struct msg_plan_admin *m);
const char *plan_add_listener(struct plan *p, const struct msg_plan_listener *m, int *fd);
const char *plan_add_pool(struct plan *p, const struct msg_plan_pool *m);
const char *plan_add_interpreter(struct plan *p, const struct msg_plan_interpreter *m);
const char *plan_add_backend(struct plan *p, const struct msg_plan_backend *m);
const char *plan_add_env(struct plan *p, const struct msg_plan_env *m);
const char *plan_add_route(struct plan *p, const struct msg_plan_route *m);
const char *plan_add_access(struct plan *p, const struct msg_plan_access *m, int *fd);
const char *plan_add_suppress(struct plan *p, const struct msg_plan_suppress *m);
/* Opens what it needs, sorts the routes. */
const char *plan_seal(struct plan *p);
/* The names of document_root and sendfile_root may lead elsewhere by now: a site is often put in
 * its place by a link that is exchanged. */
void plan_follow_roots(const struct plan *p);

/* What is spooled under the plan before counts for this one too, by its own limits. */
void plan_carry_quotas(struct plan *p, const struct plan *before);
/* Its successor serves: let go of the sockets, though connections may still refer to their rows. */
void plan_close_listeners(struct plan *p);

struct plan_pool *plan_pool(const struct plan *p, uint32_t id);
/* A listener keeps its number from plan to plan. NULL: this one has none of it. */
const struct plan_listener *plan_listener(const struct plan *p, uint32_t id);
/* May this user's processes connect to its unix socket? root's may always. */
bool plan_listener_has_user(const struct plan_listener *l, uint32_t user);

#endif
