/* SPDX-License-Identifier: MIT
 *
 * listeners: see listeners.h.
 */
#include "manager/listeners.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "manager/value.h"

void listeners_init(struct listeners *ls)
{
	*ls = (struct listeners){.last_number = 0};
	list_init(&ls->all);
}

static void listener_close(struct listener *l)
{
	const char *path = listen_unix_path(l->address);

	if (path && !l->handed)
		unlink(path);
	if (!l->handed)
		fd_close(&l->fd);
	list_remove(&l->link);
	free(l->address);
	free(l);
}

static bool is_at_both(const struct listen_use *use, const char *address)
{
	return use->pool && value_listen_is_port(address);
}

/* "8080" and "*:8080" are the same door of HTTP, but not of a pool. A port 0 has no name: it is new
 * each time, and only the same words mean the same one. */
static bool is_at(const struct listener *l, const char *address, const struct listen_use *use)
{
	char ours[VALUE_LISTEN_MAX] = "", theirs[VALUE_LISTEN_MAX] = "";

	value_listen(l->address, ours);
	value_listen(address, theirs);
	if (ours[0] || theirs[0])
		return strcmp(ours, theirs) == 0 && l->both == is_at_both(use, address);
	return strcmp(l->address, address) == 0 && l->next.proxy == use->proxy;
}

static struct listener *find(
	struct listeners *ls, const char *address, const struct listen_use *use)
{
	list_for_each (it, &ls->all) {
		struct listener *l = container_of(it, struct listener, link);
		if (is_at(l, address, use))
			return l;
	}
	return NULL;
}

/* Several that were handed over may have one address (ReusePort=). */
static struct listener *find_handed(struct listeners *ls, const struct activated_socket *s)
{
	list_for_each (it, &ls->all) {
		struct listener *l = container_of(it, struct listener, link);
		if (l->handed == s)
			return l;
	}
	return NULL;
}

static struct listener *add(
	struct listeners *ls, const char *address, int fd, struct activated_socket *handed)
{
	struct listener *l = mem_zalloc(sizeof *l);

	*l = (struct listener){.address = mem_strdup(address),
		.fd = fd,
		.handed = handed,
		.number = ++ls->last_number,
		.fresh = true};
	list_push_back(&ls->all, &l->link);
	return l;
}

static char *address_in(const char *text, bool *proxy)
{
	size_t n = value_listen_address(text, proxy);

	return mem_strndup(text, n);
}

static struct listen_use use_of(const struct conf_pool *pool, bool pages)
{
	struct listen_use use = {
		.pool = pool, .pages = pages, .rights = {.backlog = LISTEN_BACKLOG}};

	if (pool)
		use.rights = listen_rights_of(pool);
	return use;
}

/* By its name and by its address, a socket that was handed over may be asked for twice. */
static bool is_taken(const struct listener *l, const struct listen_use *use)
{
	return l && l->wanted &&
	       (l->next.pool != use->pool || l->next.pages != use->pages ||
		       l->next.proxy != use->proxy);
}

/* What is open already is not closed before the plan serves, and may be what has the port. */
static void tell_ours(struct listeners *ls, const char *address, const struct listen_use *use,
	char *why, size_t size)
{
	char name[VALUE_LISTEN_MAX], theirs[VALUE_LISTEN_MAX];

	value_listen(address, name);
	list_for_each (it, &ls->all) {
		const struct listener *l = container_of(it, struct listener, link);
		value_listen(l->address, theirs);
		if (!value_listens_clash((struct value_door){name, is_at_both(use, address)},
			    (struct value_door){theirs, l->both}))
			continue;
		snprintf(why, size,
			l->wanted ? "listen %s: %s, another listen, is in its way: keep one"
				  : "listen %s: %s of before is in its way, and a reload closes "
				    "nothing first: restart hearth, or name another port",
			address, l->address);
		return;
	}
}

static struct listener *open_at(struct listeners *ls, const char *address,
	const struct listen_use *use, char *why, size_t size)
{
	int fd = listen_open_as(address, use->pool ? &use->rights : NULL, why, size);
	struct listener *l;

	if (fd < 0) {
		if (errno == EADDRINUSE)
			tell_ours(ls, address, use, why, size);
		return NULL;
	}
	l = add(ls, address, fd, NULL);
	l->both = is_at_both(use, address);
	return l;
}

static bool prepare_at(struct listeners *ls, const char *address, struct activated_socket *handed,
	const struct listen_use *use, char *why, size_t size)
{
	struct listener *l = handed ? find_handed(ls, handed) : find(ls, address, use);

	if (is_taken(l, use)) {
		snprintf(why, size, "listen %s: this address is that of another listen, too",
			address);
		return false;
	}
	if (!l)
		l = handed ? add(ls, address, handed->fd, handed)
			   : open_at(ls, address, use, why, size);
	if (l) {
		l->wanted = true;
		l->next = *use;
	}
	return l != NULL;
}

static bool prepare_named(struct listeners *ls, const char *name, const struct listen_use *use,
	char *why, size_t size)
{
	struct activated_socket *s;
	size_t at = 0, n = 0;

	while ((s = activated_named(ls->handed, name, &at))) {
		if (!prepare_at(ls, s->address, s, use, why, size))
			return false;
		n++;
	}
	if (n == 0)
		snprintf(why, size,
			"listen systemd:%s: no socket of this name was handed over: give its unit "
			"FileDescriptorName=%s, and let it start hearth",
			name, name);
	return n > 0;
}

static bool prepare_one(
	struct listeners *ls, const char *text, struct listen_use use, char *why, size_t size)
{
	char *address = address_in(text, &use.proxy);
	const char *name = value_listen_name(address);
	struct activated_socket *s = name ? NULL : activated_at(ls->handed, address);
	bool ok = name ? prepare_named(ls, name, &use, why, size)
		       : prepare_at(ls, s ? s->address : address, s, &use, why, size);

	free(address);
	return ok;
}

static bool prepare_all(struct listeners *ls, const struct words *addresses,
	const struct conf_pool *pool, char *why, size_t size)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (!prepare_one(ls, addresses->at[i], use_of(pool, false), why, size))
			return false;
	return true;
}

static bool prepare_pool(struct listeners *ls, const struct conf_pool *pool, char *why, size_t size)
{
	return prepare_all(ls, &pool->listen, pool, why, size) &&
	       (!pool->status_listen ||
		       prepare_one(ls, pool->status_listen, use_of(pool, true), why, size));
}

bool listeners_prepare(struct listeners *ls, const struct conf *conf, char *why, size_t size)
{
	bool ok;

	list_for_each (it, &ls->all)
		container_of(it, struct listener, link)->wanted = false;
	ok = prepare_all(ls, &conf->gateway.listen, NULL, why, size);
	for (size_t i = 0; i < conf->npools && ok; i++)
		ok = prepare_pool(ls, conf->pools[i], why, size);
	if (!ok)
		listeners_revert(ls);
	return ok;
}

/* A door that stays open, and was somebody else's or had other rights. */
static void change_rights(const struct listener *l)
{
	const struct listen_rights *r = &l->next.rights, *was = &l->now.rights;
	const char *path = listen_unix_path(l->address);
	const struct listen_rights everybody = {
		.uid = geteuid(), .gid = getegid(), .mode = 0666, .backlog = LISTEN_BACKLOG};

	if (r->backlog != was->backlog)
		listen(l->fd, r->backlog);
	if (path && memcmp(r, was, sizeof *r) != 0 &&
		!listen_rights_give(path, l->next.pool ? r : &everybody))
		log_error("listen %s: it keeps the owner and mode of before: %m", l->address);
}

void listeners_commit(struct listeners *ls)
{
	list_for_each (it, &ls->all) {
		struct listener *l = container_of(it, struct listener, link);
		if (!l->wanted) {
			listener_close(l);
			continue;
		}
		if (l->handed)
			l->handed->used = true;
		else if (!l->fresh)
			change_rights(l);
		l->fresh = false;
		l->now = l->next;
	}
	activated_close_unused(ls->handed);
}

void listeners_revert(struct listeners *ls)
{
	list_for_each (it, &ls->all) {
		struct listener *l = container_of(it, struct listener, link);
		l->wanted = true;
		l->next = l->now;
		if (l->fresh)
			listener_close(l);
	}
}

void listeners_close(struct listeners *ls)
{
	list_for_each (it, &ls->all)
		listener_close(container_of(it, struct listener, link));
}

static bool put_url(const struct listener *l, struct buf *out)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof ss;
	char host[INET6_ADDRSTRLEN], port[8];

	if (l->next.pool && listen_unix_path(l->address))
		return buf_putf(out, "fcgi:%s", l->address);
	if (l->next.proxy) /* no URL leads there */
		return buf_putf(out, "%s,proxy", l->address);
	if (listen_unix_path(l->address))
		return buf_puts(out, l->address);
	if (getsockname(l->fd, (void *)&ss, &len) < 0 ||
		getnameinfo((void *)&ss, len, host, sizeof host, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return false;
	return buf_putf(out, ss.ss_family == AF_INET6 ? "%s://[%s]:%s/" : "%s://%s:%s/",
		l->next.pool ? "fcgi" : "http", host, port);
}

bool listeners_put_urls(struct listeners *ls, struct buf *out)
{
	list_for_each (it, &ls->all) {
		const struct listener *l = container_of(it, struct listener, link);
		if (buf_len(out) && !buf_puts(out, " "))
			return false;
		if (!put_url(l, out))
			return false;
	}
	return true;
}
