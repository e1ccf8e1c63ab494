/* SPDX-License-Identifier: MIT
 *
 * conf_check: see conf_check.h. One function a rule, one column of rules for each section. A value
 * that is missing because it was refused before is not complained about again.
 */
#include "manager/conf_check.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/access_format.h"
#include "common/cidr.h"
#include "common/mem.h"
#include "manager/directive.h"
#include "manager/value.h"

/* Where programs without a slash are looked for. Not PATH: what runs shall not depend on who
 * started the daemon. */
#define PROGRAM_PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

struct check {
	struct conf *conf;
	struct complaints *c;
	bool root;
};

/* The line to blame for a directive; if it is not there, that of its section. */
static const struct conf_mark *mark_of(
	struct check *k, const struct conf_marks *marks, const char *name, const char *key)
{
	const struct conf_mark *mark = conf_mark_find(marks, name, key);
	struct conf_mark *start;

	if (!mark)
		mark = conf_mark_find(marks, "", NULL);
	if (mark)
		return mark;
	start = conf_alloc(k->conf, sizeof *start);
	*start = (struct conf_mark){"", "", k->conf->path, 1};
	return start;
}

static bool is_set(const struct conf_marks *marks, const char *name)
{
	return conf_mark_find(marks, name, NULL) != NULL;
}

/* ---- directories and programs ---- */

static const char *no_directory(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? "does not exist" : strerror(errno);
	return S_ISDIR(st.st_mode) ? NULL : "is not a directory";
}

static void check_directory(struct check *k, const struct conf_marks *marks, const char *name,
	const char *of, const char *path)
{
	const struct conf_mark *mark = mark_of(k, marks, name, NULL);
	const char *why = path ? no_directory(path) : NULL;

	if (why)
		complain(k->c, mark->file, mark->line,
			"%s%s: %s %s: make the directory or name another", name, of, path, why);
}

static void check_log(
	struct check *k, const struct conf_marks *marks, const char *name, const char *path)
{
	const struct conf_mark *mark = mark_of(k, marks, name, NULL);
	const char *slash = path ? strrchr(path, '/') : NULL;
	char *dir;

	if (!slash)
		return;
	dir = conf_strndup(k->conf, path, (size_t)(slash - path) + 1);
	if (no_directory(dir))
		complain(k->c, mark->file, mark->line,
			"%s: %s is no directory to write to: make it", name, dir);
}

static const char *no_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? "does not exist" : strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a file";
	return access(path, X_OK) == 0 ? NULL : "is not executable: chmod +x it";
}

/* The full path of a name without a slash, or NULL. */
static char *look_up(struct check *k, const char *name)
{
	for (const char *p = PROGRAM_PATH; *p; p += strspn(p, ":")) {
		size_t n = strcspn(p, ":");
		char *path = conf_printf(k->conf, "%.*s/%s", (int)n, p, name);
		if (!no_program(path))
			return path;
		p += n;
	}
	return NULL;
}

static void check_program(struct check *k, const struct conf_pool *pool, const char *name,
	const char *key, char **program)
{
	const struct conf_mark *mark = mark_of(k, &pool->marks, name, key);
	char *path = strchr(*program, '/') ? *program : look_up(k, *program);
	const char *why = path ? no_program(path)
			       : "is not in " PROGRAM_PATH ": give its full path";

	if (why)
		complain(k->c, mark->file, mark->line, "%s of pool '%s': '%s' %s", name, pool->name,
			*program, why);
	else
		*program = path;
}

/* ---- users ---- */

/* A user or group may be a number, for systems that do not know its name. */
static bool is_number(const char *s, unsigned *id)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	*id = (unsigned)n;
	return isdigit((unsigned char)*s) && *end == '\0' && n < UINT32_MAX;
}

static bool user_id(const char *name, uid_t *uid)
{
	const struct passwd *pw;

	if (is_number(name, uid))
		return true;
	pw = getpwnam(name);
	if (pw)
		*uid = pw->pw_uid;
	return pw != NULL;
}

static bool group_id(const char *name, gid_t *gid)
{
	const struct group *gr;

	if (is_number(name, gid))
		return true;
	gr = getgrnam(name);
	if (gr)
		*gid = gr->gr_gid;
	return gr != NULL;
}

static void warn_powerless(
	struct check *k, const struct conf_mark *mark, const char *name, const char *of)
{
	complain_mildly(k->c, mark->file, mark->line,
		"%s%s has no effect: hearth was not started by root", name, of);
}

static void check_user(
	struct check *k, const struct conf_marks *marks, const char *of, const char *user)
{
	const struct conf_mark *mark = mark_of(k, marks, "user", NULL);
	uid_t uid;

	if (!user || (!k->root && !is_set(marks, "user")))
		return;
	if (!user_id(user, &uid))
		complain(k->c, mark->file, mark->line, "user%s: there is no user '%s'", of, user);
	else if (k->root && uid == 0)
		complain(k->c, mark->file, mark->line,
			"user%s is root: make a user of its own for it", of);
	else if (!k->root && uid != geteuid())
		warn_powerless(k, mark, "user", of);
}

static void check_group(
	struct check *k, const struct conf_marks *marks, const char *of, const char *group)
{
	const struct conf_mark *mark = mark_of(k, marks, "group", NULL);
	gid_t gid;

	if (!group)
		return;
	if (!group_id(group, &gid))
		complain(
			k->c, mark->file, mark->line, "group%s: there is no group '%s'", of, group);
	else if (!k->root && gid != getegid())
		warn_powerless(k, mark, "group", of);
}

static void check_identity(struct check *k, const struct conf_marks *marks, const char *of,
	const char *user, const char *group)
{
	check_user(k, marks, of, user);
	check_group(k, marks, of, group);
}

/* ---- [global] and [gateway] ---- */

static void check_sockets(struct check *k)
{
	const struct conf_global *g = &k->conf->global;
	const struct conf_mark *mark = mark_of(k, &g->marks, "control", NULL);
	const char *worker = conf_printf(k->conf, "%s/workers/4294967295.sock", g->runtime_dir);

	if (!value_fits_socket(g->control))
		complain(k->c, mark->file, mark->line,
			"control is too long for a socket (107 bytes): name a shorter path");
	mark = mark_of(k, &g->marks, "runtime_dir", NULL);
	if (!value_fits_socket(worker))
		complain(k->c, mark->file, mark->line,
			"runtime_dir is too long for the sockets in it: name a shorter path");
}

static void check_listen(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = mark_of(k, &g->marks, "listen", NULL);
	char(*names)[VALUE_LISTEN_MAX] = mem_array(NULL, g->listen.n, sizeof *names);

	for (size_t i = 0; i < g->listen.n; i++) {
		const char *why = value_listen(g->listen.at[i], names[i]);
		if (why)
			complain(k->c, mark->file, mark->line, "listen: '%s' %s", g->listen.at[i],
				why);
		for (size_t j = 0; j < i && names[i][0]; j++)
			if (strcmp(names[i], names[j]) == 0)
				complain(k->c, mark->file, mark->line,
					"listen: '%s' and '%s' are the same address: keep one",
					g->listen.at[j], g->listen.at[i]);
	}
	free(names);
}

static void check_trusted(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = mark_of(k, &g->marks, "trusted_proxies", NULL);

	for (size_t i = 0; i < g->trusted_proxies.n; i++) {
		const char *text = g->trusted_proxies.at[i];
		struct cidr net;
		const char *why = strcmp(text, "unix") == 0 ? NULL : cidr_parse(text, &net);
		if (why)
			complain(k->c, mark->file, mark->line, "trusted_proxies: '%s' %s", text,
				why);
	}
}

static void check_front(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = mark_of(k, &g->marks, "index", NULL);
	char why[256];

	for (size_t i = 0; i < g->index.n; i++)
		if (strchr(g->index.at[i], '/') || !*g->index.at[i])
			complain(k->c, mark->file, mark->line,
				"index: '%s' is no file name: give names without slashes",
				g->index.at[i]);
	check_log(k, &k->conf->global.marks, "error_log", k->conf->global.error_log);
	check_log(k, &g->marks, "access.log", g->access_log);
	mark = mark_of(k, &g->marks, "access.format", NULL);
	if (!access_format_check(g->access_format, why, sizeof why))
		complain(k->c, mark->file, mark->line, "access.format: %s", why);
	check_directory(k, &g->marks, "document_root", "", g->document_root);
	check_directory(k, &g->marks, "spool_dir", "", g->spool_dir);
	check_identity(k, &g->marks, " of [gateway]", g->user, g->group);
}

static void check_purpose(struct check *k)
{
	if (k->conf->npools == 0 && !is_set(&k->conf->gateway.marks, "document_root"))
		complain(k->c, k->conf->path, 1, "no pool and no document_root: nothing to serve");
}

/* ---- pools ---- */

static void check_required(struct check *k, struct conf_pool *pool)
{
	directive_for_each(d) if (d->section == SECTION_POOL && d->flags & REQUIRED &&
				  directive_applies(d, pool) && !is_set(&pool->marks, d->name))
		complain(k->c, pool->file, pool->line, "pool '%s' has no %s: add \"%s = %s\"",
			pool->name, d->name, d->name, d->example);
	if (k->root && !is_set(&pool->marks, "user"))
		complain(k->c, pool->file, pool->line,
			"pool '%s' has no user: add \"user = NAME\", it shall not run as root",
			pool->name);
}

/* An option that does nothing is a mistake, or will be taken for one. */
static void check_effect(struct check *k, struct conf_pool *pool)
{
	for (size_t i = 0; i < pool->marks.n; i++) {
		const struct conf_mark *mark = &pool->marks.at[i];
		const struct directive *d = directive_find(SECTION_POOL, mark->name);
		if (d && !directive_applies(d, pool))
			complain(k->c, mark->file, mark->line,
				"%s has no effect in pool '%s': it needs \"%s\"", mark->name,
				pool->name, directive_condition(d));
	}
}

static void check_programs(struct check *k, struct conf_pool *pool)
{
	if (pool->command.n > 0)
		check_program(k, pool, "command", NULL, &pool->command.at[0]);
	for (size_t i = 0; i < pool->interpreter.n; i++)
		check_program(k, pool, "interpreter", pool->interpreter.at[i].key,
			&pool->interpreter.at[i].value);
}

static void check_places(struct check *k, struct conf_pool *pool)
{
	const char *of = conf_printf(k->conf, " of pool '%s'", pool->name);

	check_directory(k, &pool->marks, "directory", of, pool->directory);
	check_directory(k, &pool->marks, "chdir", of, pool->chdir);
	check_identity(k, &pool->marks, of, pool->user, pool->group);
}

static void check_routes(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = mark_of(k, &pool->marks, "route", NULL);
	bool files = is_set(&k->conf->gateway.marks, "document_root");

	for (size_t i = 0; i < pool->route.n; i++) {
		const char *route = pool->route.at[i], *why = value_route(route);
		if (!why && route[0] == '*' && !files)
			why = "needs a document_root in [gateway] to look for files in";
		if (why)
			complain(k->c, mark->file, mark->line, "route '%s' of pool '%s' %s", route,
				pool->name, why);
	}
}

static void check_hosts(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = mark_of(k, &pool->marks, "host", NULL);

	for (size_t i = 0; i < pool->host.n; i++) {
		char *host = pool->host.at[i];
		const char *why;
		for (char *p = host; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		if ((why = value_host(host)))
			complain(k->c, mark->file, mark->line, "host '%s' of pool '%s' %s", host,
				pool->name, why);
	}
}

/* ---- routes that collide ---- */

struct claim {
	const char *route, *host;
	const struct conf_pool *pool;
	size_t order;
};

static int by_route(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int cmp = strcmp(a->route, b->route);

	if (cmp == 0)
		cmp = strcmp(a->host, b->host);
	return cmp ? cmp : a->order < b->order ? -1 : a->order > b->order;
}

static size_t claim_routes(const struct conf_pool *pool, struct claim *to, size_t n)
{
	for (size_t i = 0; i < pool->route.n; i++)
		for (size_t j = 0; j < pool->host.n || j == 0; j++, n++)
			if (to)
				to[n] = (struct claim){pool->route.at[i],
					pool->host.n ? pool->host.at[j] : "", pool, n};
	return n;
}

static void complain_collision(struct check *k, const struct claim *first, const struct claim *it)
{
	const struct conf_mark *mark = mark_of(k, &it->pool->marks, "route", NULL);
	const struct conf_mark *before = mark_of(k, &first->pool->marks, "route", NULL);
	const char *at = *it->host ? " at host " : "";

	if (it->pool == first->pool)
		complain(k->c, mark->file, mark->line, "route '%s'%s%s stands twice in pool '%s'",
			it->route, at, it->host, it->pool->name);
	else
		complain(k->c, mark->file, mark->line,
			"route '%s'%s%s of pool '%s' belongs to pool '%s' already (%s:%u)",
			it->route, at, it->host, it->pool->name, first->pool->name, before->file,
			before->line);
}

static void check_collisions(struct check *k)
{
	size_t n = 0, at = 0;
	struct claim *claims;

	for (size_t i = 0; i < k->conf->npools; i++)
		n = claim_routes(k->conf->pools[i], NULL, n);
	claims = mem_array(NULL, n, sizeof *claims);
	for (size_t i = 0; i < k->conf->npools; i++)
		at = claim_routes(k->conf->pools[i], claims, at);
	qsort(claims, n, sizeof *claims, by_route);
	for (size_t i = 1, first = 0; i < n; i++)
		if (strcmp(claims[i].route, claims[first].route) != 0 ||
			strcmp(claims[i].host, claims[first].host) != 0)
			first = i;
		else
			complain_collision(k, &claims[first], &claims[i]);
	free(claims);
}

static void (*const house_rules[])(struct check *k) = {
	check_sockets, check_listen, check_trusted, check_front, check_purpose, check_collisions};

static void (*const pool_rules[])(struct check *k, struct conf_pool *pool) = {
	check_required, check_effect, check_programs, check_places, check_routes, check_hosts};

void conf_check(struct conf *conf, struct complaints *c)
{
	struct check k = {conf, c, geteuid() == 0};

	for (size_t i = 0; i < conf->npools; i++)
		for (size_t j = 0; j < nitems(pool_rules); j++)
			pool_rules[j](&k, conf->pools[i]);
	for (size_t i = 0; i < nitems(house_rules); i++)
		house_rules[i](&k);
}
