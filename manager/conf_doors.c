/* SPDX-License-Identifier: MIT
 *
 * conf_doors: see conf_doors.h.
 */
#include "manager/conf_doors.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cidr.h"
#include "common/mem.h"
#include "manager/listen_acl.h"
#include "manager/value.h"

/* ---- one pool ---- */

/* As php-fpm tells a socket's path from an address: "php.sock" is one too. */
static bool is_relative_path(const char *text)
{
	return strncmp(text, "unix:", 5) != 0 &&
	       (strchr(text, '/') || (!strchr(text, ':') && text[strspn(text, "0123456789")]));
}

/* A path alone is what php-fpm's files have, and one that begins at their prefix. */
static void spell_out(struct check *k, const struct conf_pool *pool, char **address)
{
	if (*address && **address == '/')
		*address = conf_printf(k->conf, "unix:%s", *address);
	else if (*address && pool->prefix && is_relative_path(*address))
		*address = conf_printf(k->conf, "unix:%s/%s", pool->prefix, *address);
}

/* Without a page it has nothing to show; php-fpm says nothing of that. */
static void check_status_listen(struct check *k, const struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "pm.status_listen", NULL);

	if (pool->status_listen && !check_is_set(&pool->marks, "pm.status_path") &&
		!check_is_set(&pool->marks, "ping.path"))
		complain_mildly(k->c, mark->file, mark->line,
			"pm.status_listen of pool '%s' has nothing to show: add \"pm.status_path = "
			"/status\" or \"ping.path = /ping\"",
			pool->name);
}

/* In the manner of php-fpm commas may stand between them, with blanks or without. */
static void split_commas(struct check *k, struct words *list)
{
	struct words all = {NULL, 0};

	for (size_t i = 0; i < list->n; i++) {
		const char *p = list->at[i];
		for (p += strspn(p, ","); *p; p += strspn(p, ",")) {
			size_t n = strcspn(p, ",");
			all.at = conf_extend(k->conf, all.at, all.n, sizeof *all.at);
			all.at[all.n++] = conf_strndup(k->conf, p, n);
			p += n;
		}
	}
	*list = all;
}

static void check_acl(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "listen.acl_users", NULL);
	unsigned id;

	split_commas(k, &pool->acl_users);
	split_commas(k, &pool->acl_groups);
	for (size_t i = 0; i < pool->acl_users.n; i++)
		if (!conf_user_id(pool->acl_users.at[i], &id))
			complain(k->c, mark->file, mark->line,
				"listen.acl_users of pool '%s': there is no user '%s'", pool->name,
				pool->acl_users.at[i]);
	mark = check_mark(k, &pool->marks, "listen.acl_groups", NULL);
	for (size_t i = 0; i < pool->acl_groups.n; i++)
		if (!conf_group_id(pool->acl_groups.at[i], &id))
			complain(k->c, mark->file, mark->line,
				"listen.acl_groups of pool '%s': there is no group '%s'",
				pool->name, pool->acl_groups.at[i]);
	if (pool->acl_users.n + pool->acl_groups.n > LISTEN_ACL_MOST)
		complain(k->c, mark->file, mark->line,
			"listen.acl_users and listen.acl_groups of pool '%s' have more than %d names: "
			"make a group of them",
			pool->name, LISTEN_ACL_MOST);
}

static void check_allowed(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "listen.allowed_clients", NULL);

	split_commas(k, &pool->allowed_clients);
	for (size_t i = 0; i < pool->allowed_clients.n; i++) {
		struct cidr net;
		const char *text = pool->allowed_clients.at[i], *why = cidr_parse(text, &net);
		if (why)
			complain(k->c, mark->file, mark->line,
				"listen.allowed_clients of pool '%s': '%s' %s", pool->name, text,
				why);
	}
}

static bool is_every_address(const char *text)
{
	char name[VALUE_LISTEN_MAX];

	return !value_listen(text, name) && value_listen_is_every(name);
}

/* php-fpm lets everybody in then; who opens it to every network hardly means this machine alone. */
static void check_open(struct check *k, const struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "listen", NULL);
	const char *found = NULL;

	for (size_t i = 0; i < pool->listen.n && !found; i++)
		if (is_every_address(pool->listen.at[i]))
			found = pool->listen.at[i];
	if (found && !check_is_set(&pool->marks, "listen.allowed_clients"))
		complain_mildly(k->c, mark->file, mark->line,
			"listen of pool '%s': '%s' is open on every address, but to this machine alone: "
			"name the web servers in listen.allowed_clients, or listen on 127.0.0.1",
			pool->name, found);
}

/* One that is handed over may be of any kind. */
static bool is_unix(const char *address)
{
	return address && (strncmp(address, "unix:", 5) == 0 || value_listen_name(address));
}

static bool has_unix_door(const struct conf_pool *pool)
{
	for (size_t i = 0; i < pool->listen.n; i++)
		if (is_unix(pool->listen.at[i]))
			return true;
	return is_unix(pool->status_listen);
}

/* They become numbers, and stay those: who is let in shall not change when a name is gone. */
static void check_users(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "listen.allowed_users", NULL);
	bool is_set = check_is_set(&pool->marks, "listen.allowed_users");
	uid_t uid;

	split_commas(k, &pool->allowed_users);
	for (size_t i = 0; i < pool->allowed_users.n; i++)
		if (!conf_user_id(pool->allowed_users.at[i], &uid))
			complain(k->c, mark->file, mark->line,
				"listen.allowed_users of pool '%s': there is no user '%s'",
				pool->name, pool->allowed_users.at[i]);
		else
			pool->allowed_users.at[i] = conf_printf(k->conf, "%u", (unsigned)uid);
	if (is_set && pool->allowed_users.n == 0)
		complain(k->c, mark->file, mark->line,
			"listen.allowed_users of pool '%s' names nobody: give names or numbers of users",
			pool->name);
	if (is_set && (pool->listen.n || pool->status_listen) && !has_unix_door(pool))
		complain(k->c, mark->file, mark->line,
			"listen.allowed_users has no effect in pool '%s': it needs a unix socket in "
			"its listen; see listen.allowed_clients for others",
			pool->name);
}

static void check_owner(struct check *k, struct conf_pool *pool)
{
	const char *of = conf_printf(k->conf, " of pool '%s'", pool->name);
	const struct conf_mark *mark = check_mark(k, &pool->marks, "listen.owner", NULL);
	uid_t uid;
	gid_t gid;

	if (pool->listen_owner && !conf_user_id(pool->listen_owner, &uid))
		complain(k->c, mark->file, mark->line, "listen.owner%s: there is no user '%s'", of,
			pool->listen_owner);
	mark = check_mark(k, &pool->marks, "listen.group", NULL);
	if (pool->listen_group && !conf_group_id(pool->listen_group, &gid))
		complain(k->c, mark->file, mark->line, "listen.group%s: there is no group '%s'", of,
			pool->listen_group);
}

void check_pool_doors(struct check *k, struct conf_pool *pool)
{
	for (size_t i = 0; i < pool->listen.n; i++)
		spell_out(k, pool, &pool->listen.at[i]);
	spell_out(k, pool, &pool->status_listen);
	check_status_listen(k, pool);
	check_allowed(k, pool);
	check_open(k, pool);
	check_users(k, pool);
	check_owner(k, pool);
	check_acl(k, pool);
}

/* ---- all of them ---- */

struct door {
	const struct conf_pool *pool; /* NULL: HTTP */
	const struct conf_mark *mark;
	const char *directive, *text;
	char name[VALUE_LISTEN_MAX];
};

static const char *whose(struct check *k, const struct door *d)
{
	return d->pool ? conf_printf(k->conf, " of pool '%s'", d->pool->name) : "";
}

/* Where the other one stands, if it stands elsewhere. */
static const char *other_place(struct check *k, const struct door *d, const struct door *other)
{
	if (other->mark == d->mark)
		return "";
	if (!other->pool)
		return " of [gateway]";
	return other->pool == d->pool ? conf_printf(k->conf, " of %s", other->directive)
				      : whose(k, other);
}

/* Those that hearth makes are made before the sockets are. */
static bool has_directory(struct check *k, const char *path)
{
	const char *dir = conf_strndup(k->conf, path, (size_t)(strrchr(path, '/') - path) + 1);

	return check_is_in_made(k, path) || !conf_no_directory(dir);
}

static const char *what_is_wrong(struct check *k, struct door *d)
{
	const char *why = value_listen(d->text, d->name);
	bool proxy;

	value_listen_address(d->text, &proxy);
	if (why || !d->pool)
		return why;
	if (proxy)
		return "has ,proxy behind it: that is for HTTP alone";
	if (strncmp(d->text, "unix:", 5) != 0)
		return NULL;
	return has_directory(k, d->text + 5) ? NULL : "is in no directory that is there: make it";
}

static struct value_door door_of(const struct door *d)
{
	return (struct value_door){d->name, d->pool && value_listen_is_port(d->text)};
}

/* Two that are at all addresses, of whatever family, have the same ones as well. */
static const char *how_they_clash(const struct door *a, const struct door *b)
{
	return value_listen_is_every(a->name) == value_listen_is_every(b->name)
		       ? "are the same address"
		       : "get into each other's way, as one of them is at all addresses";
}

static void check_door(struct check *k, struct door *all, struct door *d)
{
	const char *why = what_is_wrong(k, d);

	if (why)
		complain(k->c, d->mark->file, d->mark->line, "%s%s: '%s' %s", d->directive,
			whose(k, d), d->text, why);
	for (const struct door *other = all; other < d && d->name[0]; other++) {
		if (!value_listens_clash(door_of(other), door_of(d)))
			continue;
		complain(k->c, d->mark->file, d->mark->line, "%s%s: '%s'%s and '%s' %s: keep one",
			d->directive, whose(k, d), other->text, other_place(k, d, other), d->text,
			how_they_clash(other, d));
	}
}

static size_t add(struct check *k, struct door *to, const char *directive,
	const struct words *words, const struct conf_marks *marks, const struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, marks, directive, NULL);

	for (size_t i = 0; i < words->n; i++)
		to[i] = (struct door){
			.pool = pool, .mark = mark, .directive = directive, .text = words->at[i]};
	return words->n;
}

static size_t add_pool(struct check *k, struct door *to, struct conf_pool *pool)
{
	struct words pages = {&pool->status_listen, pool->status_listen ? 1 : 0};
	size_t n = add(k, to, "listen", &pool->listen, &pool->marks, pool);

	return n + add(k, to + n, "pm.status_listen", &pages, &pool->marks, pool);
}

/* The files of php-fpm know no HTTP, and shall not open a port that they do not name. */
static bool is_without_http(const struct conf *conf)
{
	bool routes = false;

	for (size_t i = 0; i < conf->npools; i++)
		routes = routes || conf->pools[i]->route.n > 0;
	return !routes && conf->npools > 0 && !conf_mark_find(&conf->gateway.marks, "", NULL);
}

void check_doors(struct check *k)
{
	struct conf *conf = k->conf;
	size_t n, at;
	struct door *all;

	if (is_without_http(conf))
		conf->gateway.listen = (struct words){NULL, 0};
	n = conf->gateway.listen.n;
	for (size_t i = 0; i < conf->npools; i++)
		n += conf->pools[i]->listen.n + 1;
	all = mem_array(NULL, n + 1, sizeof *all);
	at = add(k, all, "listen", &conf->gateway.listen, &conf->gateway.marks, NULL);
	for (size_t i = 0; i < conf->npools; i++)
		at += add_pool(k, all + at, conf->pools[i]);
	for (size_t i = 0; i < at; i++)
		check_door(k, all, &all[i]);
	free(all);
}
