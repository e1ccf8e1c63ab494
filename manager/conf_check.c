/* SPDX-License-Identifier: MIT
 *
 * conf_check: see conf_check.h. One function a rule, one column of rules for each section. A value
 * that is missing because it was refused before is not complained about again.
 */
#include "manager/conf_check.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "common/cidr.h"
#include "common/variable.h"
#include "manager/conf_authorizer.h"
#include "manager/conf_backends.h"
#include "manager/conf_chroot.h"
#include "manager/conf_claims.h"
#include "manager/conf_doors.h"
#include "manager/conf_fallback.h"
#include "manager/conf_limits.h"
#include "manager/conf_logs.h"
#include "manager/conf_pages.h"
#include "manager/conf_php.h"
#include "manager/conf_power.h"
#include "manager/conf_world.h"
#include "manager/directive.h"
#include "manager/directive_when.h"
#include "manager/php_command.h"
#include "manager/php_settings.h"
#include "manager/value.h"

/* ---- [global] and [gateway] ---- */

static void check_control(struct check *k)
{
	const struct conf_global *g = &k->conf->global;
	const struct conf_mark *mark = check_mark(k, &g->marks, "control", NULL);

	if (!value_fits_socket(g->control))
		complain(k->c, mark->file, mark->line,
			"control is too long for a socket (107 bytes): name a shorter path");
	else if (!conf_no_directory(g->control))
		complain(k->c, mark->file, mark->line,
			"control: %s is a directory: name a socket in it", g->control);
}

/* It is made if it is missing; what it lies in is not, unless that is control's directory. */
static void check_runtime_dir(struct check *k)
{
	const struct conf_global *g = &k->conf->global;
	const struct conf_mark *mark = check_mark(k, &g->marks, "runtime_dir", NULL);
	const char *worker = conf_printf(k->conf, "%s/workers/4294967295.sock", g->runtime_dir);
	size_t n = strlen(g->runtime_dir);
	const char *dir, *above;

	while (n > 1 && g->runtime_dir[n - 1] == '/')
		n--;
	dir = conf_strndup(k->conf, g->runtime_dir, n);
	above = conf_strndup(k->conf, dir, (size_t)(strrchr(dir, '/') - dir) + 1);
	if (!value_fits_socket(worker))
		complain(k->c, mark->file, mark->line,
			"runtime_dir is too long for the sockets in it: name a shorter path");
	else if (conf_lacks_directory(above) && !check_is_in_made(k, dir))
		complain(k->c, mark->file, mark->line,
			"runtime_dir: %s is no directory to make it in: make it", above);
	else if (access(g->runtime_dir, F_OK) == 0 && conf_no_directory(g->runtime_dir))
		complain(k->c, mark->file, mark->line,
			"runtime_dir: %s is not a directory: name another", g->runtime_dir);
}

static void check_pid(struct check *k)
{
	check_log(k, &k->conf->global.marks, "pid", k->conf->global.pid);
}

static void check_networks(struct check *k, const char *name, const struct words *list)
{
	const struct conf_mark *mark = check_mark(k, &k->conf->gateway.marks, name, NULL);

	for (size_t i = 0; i < list->n; i++) {
		struct cidr net;
		const char *text = list->at[i];
		const char *why = strcmp(text, "unix") == 0 ? NULL : cidr_parse(text, &net);
		if (why)
			complain(k->c, mark->file, mark->line, "%s: '%s' %s", name, text, why);
	}
}

static void check_clients(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = check_mark(k, &g->marks, "admin_path", NULL);

	check_networks(k, "trusted_proxies", &g->trusted_proxies);
	check_networks(k, "admin_allow", &g->admin_allow);
	if (strcmp(g->admin_path, "none") != 0 && !value_is_url_path(g->admin_path))
		complain(k->c, mark->file, mark->line,
			"admin_path: '%s' is no path: give one such as /hearth", g->admin_path);
}

/* The built-in table serves as well; but who names another one has a reason. */
static void check_types(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = conf_mark_find(&g->marks, "mime_types", NULL);

	if (mark && strcmp(g->mime_types, "none") != 0 && access(g->mime_types, R_OK) < 0)
		complain_mildly(k->c, mark->file, mark->line,
			"mime_types: %s: %s: the built-in table serves alone", g->mime_types,
			strerror(errno));
}

/* It becomes a part of Content-Type: a token, or the field would be malformed (RFC 9110 8.3.2). */
static void check_charset(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = check_mark(k, &g->marks, "charset", NULL);

	if (!value_charset(g->charset))
		complain(k->c, mark->file, mark->line,
			"charset: '%s' is no name of a character set: give one such as utf-8",
			g->charset);
}

static bool is_file_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void check_index(
	struct check *k, const struct conf_marks *marks, const char *of, const struct words *names)
{
	const struct conf_mark *mark = check_mark(k, marks, "index", NULL);

	for (size_t i = 0; i < names->n; i++)
		if (!is_file_name(names->at[i]))
			complain(k->c, mark->file, mark->line,
				"index%s: '%s' is no file name: give names without slashes", of,
				names->at[i]);
}

static void check_id_header(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = check_mark(k, &g->marks, "request_id_header", NULL);
	const char *why = value_own_header(g->request_id_header);

	if (why)
		complain(k->c, mark->file, mark->line, "request_id_header: '%s' %s",
			g->request_id_header, why);
}

static void check_front(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;

	check_index(k, &g->marks, "", &g->index);
	check_types(k);
	check_charset(k);
	check_id_header(k);
	check_directory(k, &g->marks, "document_root", "", g->document_root);
	check_directory(k, &g->marks, "spool_dir", "", g->spool_dir);
	check_identity(k, &g->marks, " of [gateway]", g->user, g->group);
}

/* An option that does nothing is a mistake, or will be taken for one; but files of php-fpm are full
 * of those that wait for another choice. */
static void complain_of_vanity(struct check *k, const struct conf_mark *mark,
	const struct directive *d, const void *base, const char *in)
{
	(directive_is_idle(d, base) ? complain_mildly : complain)(k->c, mark->file, mark->line,
		"%s has no effect%s: it needs \"%s\"", d->name, in, directive_unmet(d, base));
}

static void check_global_effect(struct check *k)
{
	const struct conf_marks *marks = &k->conf->global.marks;

	for (size_t i = 0; i < marks->n; i++) {
		const struct directive *d = directive_find(SECTION_GLOBAL, marks->at[i].name);
		if (d && !directive_applies(d, &k->conf->global))
			complain_of_vanity(k, &marks->at[i], d, &k->conf->global, "");
	}
}

static void check_purpose(struct check *k)
{
	if (k->conf->npools == 0 && !check_is_set(&k->conf->gateway.marks, "document_root"))
		complain(k->c, k->conf->path, 1, "no pool and no document_root: nothing to serve");
}

/* ---- pools ---- */

static bool is_missing(const struct conf_pool *pool, const struct directive *d)
{
	return d->section == SECTION_POOL && d->flags & REQUIRED && directive_applies(d, pool) &&
	       !check_is_set(&pool->marks, d->name);
}

static void check_required(struct check *k, struct conf_pool *pool)
{
	if (php_command_is_lacking(pool))
		complain(k->c, pool->file, pool->line,
			"pool '%s' has no command: it looks as if written for php-fpm, but here PHP is "
			"a program like any other: %s",
			pool->name, php_command_advice(k->conf, pool));
	else
		directive_for_each(d) if (is_missing(pool, d)) complain(k->c, pool->file,
			pool->line, "pool '%s' has no %s: add \"%s = %s\"", pool->name, d->name,
			d->name, d->example);
	if (k->root && pool->type != POOL_EXTERNAL && !check_is_set(&pool->marks, "user"))
		complain(k->c, pool->file, pool->line,
			"pool '%s' has no user: add \"user = NAME\", it shall not run as root",
			pool->name);
}

static void check_effect(struct check *k, struct conf_pool *pool)
{
	for (size_t i = 0; i < pool->marks.n; i++) {
		const struct conf_mark *mark = &pool->marks.at[i];
		const struct directive *d = directive_find(SECTION_POOL, mark->name);
		if (d && !directive_applies(d, pool))
			complain_of_vanity(k, mark, d, pool,
				conf_printf(k->conf, " in pool '%s'", pool->name));
	}
}

static void check_programs(struct check *k, struct conf_pool *pool)
{
	if (!conf_chroot_is_there(pool))
		return;
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
	check_index(k, &pool->marks, of, &pool->index);
	if (conf_chroot_is_there(pool))
		check_directory_in(
			k, &pool->marks, "chdir", of, conf_power_chroot(pool), pool->chdir);
	check_directory(k, &pool->marks, "sendfile_root", of, pool->sendfile_root);
	check_identity(k, &pool->marks, of, pool->user, pool->group);
}

static void check_reach(struct check *k, struct conf_pool *pool)
{
	if (check_is_set(&pool->marks, "route") || check_is_set(&pool->marks, "listen") ||
		conf_authorizer_is(k->conf, pool))
		return;
	complain(k->c, pool->file, pool->line,
		"pool '%s' has no route: add \"route = /app/ /api/\", or a \"listen\" if a web "
		"server shall speak FastCGI to it",
		pool->name);
}

/* Clients write %20, but what is compared is what that means. */
static void warn_of_escape(struct check *k, const struct conf_mark *mark, const char *route)
{
	for (const char *p = strchr(route, '%'); p; p = strchr(p + 1, '%'))
		if (isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])) {
			complain_mildly(k->c, mark->file, mark->line,
				"route '%s' is compared with paths that are decoded already: its "
				"%.3s matches a request that says %%25%.2s; write the character "
				"itself, in quotes if it is a blank",
				route, p, p + 1);
			return;
		}
}

static void check_routes(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "route", NULL);
	bool files = check_is_set(&k->conf->gateway.marks, "document_root");

	for (size_t i = 0; i < pool->route.n; i++) {
		const char *route = pool->route.at[i], *why = value_route(route);
		if (!why && route[0] == '*' && !files)
			why = "needs a document_root in [gateway] to look for files in";
		if (why)
			complain(k->c, mark->file, mark->line, "route '%s' of pool '%s' %s", route,
				pool->name, why);
		else
			warn_of_escape(k, mark, route);
	}
}

static void check_hosts(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "host", NULL);

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

/* What the gateway says of each request would win in any case (Apache CVE-2025-65082): a line that
 * tries is a misunderstanding, and better cleared up here. */
static void check_variables(struct check *k, struct conf_pool *pool)
{
	for (size_t i = 0; i < pool->env.n; i++) {
		const char *name = pool->env.at[i].key;
		const struct conf_mark *mark = check_mark(k, &pool->marks, "env", name);
		if (variable_is_computed(span_of(name)))
			complain(k->c, mark->file, mark->line,
				"env[%s] of pool '%s' has no effect: hearth itself sets %s for each "
				"request, or leaves it out; take the line away",
				name, pool->name, name);
	}
}

static void complain_of(struct check *k, const struct conf_pool *pool, const char *name,
	uint64_t value, const char *relation, const char *other, uint64_t bound, const char *advice)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, name, NULL);

	complain(k->c, mark->file, mark->line, "%s = %llu of pool '%s' is %s %s = %llu: %s", name,
		(unsigned long long)value, pool->name, relation, other, (unsigned long long)bound,
		advice);
}

/* Each against the one before, so that one wrong number is one complaint. */
static void check_spares(struct check *k, struct conf_pool *pool)
{
	static const char min[] = "pm.min_spare_servers", max[] = "pm.max_spare_servers";
	static const char start[] = "pm.start_servers", children[] = "pm.max_children";
	uint64_t most = pool->max_spare_servers;

	if (pool->type != POOL_FASTCGI || pool->pm != PM_DYNAMIC)
		return;
	/* Files that were written for another pm have a 0 there, which php-fpm minds no sooner. */
	if (pool->min_spare_servers == 0)
		complain(k->c, check_mark(k, &pool->marks, min, NULL)->file,
			check_mark(k, &pool->marks, min, NULL)->line,
			"%s = 0 of pool '%s' keeps nobody idle: raise it, or set \"pm = ondemand\"",
			min, pool->name);
	else if (pool->min_spare_servers > pool->max_children)
		complain_of(k, pool, min, pool->min_spare_servers, "above", children,
			pool->max_children, "lower it");
	else if (most > pool->max_children)
		complain_of(k, pool, max, most, "above", children, pool->max_children, "lower it");
	else if (most > 0 && pool->min_spare_servers > most)
		complain_of(k, pool, min, pool->min_spare_servers, "above", max, most, "lower it");
	else if (pool->start_servers > (most ? most : pool->max_children))
		complain_of(k, pool, start, pool->start_servers, "above", most ? max : children,
			most ? most : pool->max_children, "lower it");
	else if (pool->start_servers > 0 && pool->start_servers < pool->min_spare_servers)
		complain_of(k, pool, start, pool->start_servers, "below", min,
			pool->min_spare_servers, "raise it");
}

static void (*const house_rules[])(struct check *k) = {check_control, check_runtime_dir, check_pid,
	check_doors, check_clients, check_front, conf_fallback_check, conf_logs_check,
	conf_limits_check, conf_limits_check_vain, check_global_effect, check_purpose};

static void (*const pool_rules[])(struct check *k, struct conf_pool *pool) = {check_required,
	check_effect, check_programs, conf_logs_check_pool, conf_logs_check_slow, conf_chroot_check,
	check_places, conf_limits_check_pool, conf_limits_check_gain, check_reach, check_routes,
	check_hosts, check_pool_doors, conf_backends_check, conf_authorizer_check, check_pages,
	conf_php_check, check_variables, check_spares, php_settings_check};

void conf_check(struct conf *conf, struct complaints *c)
{
	struct check k = {conf, c, geteuid() == 0};

	for (size_t i = 0; i < conf->npools; i++) {
		conf_limits_inherit(&conf->global, conf->pools[i]);
		conf_php_settle(conf, conf->pools[i]);
	}
	for (size_t i = 0; i < conf->npools; i++)
		for (size_t j = 0; j < nitems(pool_rules); j++)
			pool_rules[j](&k, conf->pools[i]);
	for (size_t i = 0; i < nitems(house_rules); i++)
		house_rules[i](&k);
	conf_claims_check(conf, c);
}
