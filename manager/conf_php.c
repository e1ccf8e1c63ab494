/* SPDX-License-Identifier: MIT
 *
 * conf_php: see conf_php.h.
 */
#include "manager/conf_php.h"

#include <string.h>

#include "manager/php_command.h"

static const char extensions[] = "security.limit_extensions";

static void add(struct conf *conf, struct words *list, const char *word)
{
	list->at = conf_extend(conf, list->at, list->n, sizeof *list->at);
	list->at[list->n++] = conf_strdup(conf, word);
}

void conf_php_settle(struct conf *conf, struct conf_pool *pool)
{
	if (!php_command_is_php(&pool->command) || pool->limit_extensions.n > 0 ||
		check_is_set(&pool->marks, extensions))
		return;
	add(conf, &pool->limit_extensions, ".php");
	add(conf, &pool->limit_extensions, ".phar");
}

static bool names_script(const char *route, const struct words *ends)
{
	for (size_t i = 0; i < ends->n; i++) {
		size_t n = strlen(ends->at[i]);
		for (const char *p = route; (p = strstr(p, ends->at[i])); p++)
			if (p[n] == '\0' || p[n] == '/')
				return true;
	}
	return false;
}

/* A route for the pool's own pages; / is hardly meant for those alone. */
static bool leads_to(const char *route, const char *page)
{
	size_t n = strlen(route);

	return page && (strcmp(route, page) == 0 ||
			       (n > 1 && route[n - 1] == '/' && strncmp(route, page, n) == 0));
}

/* Who knows "location /" of nginx expects that files below it are looked for; but what a prefix
 * claims is one program's, and SCRIPT_FILENAME is the prefix itself. */
static void check_route(struct check *k, const struct conf_pool *pool, const char *route)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "route", NULL);
	const char *path = route + (*route == '=');

	if (*path == '/' && !names_script(path, &pool->limit_extensions) &&
		!leads_to(path, pool->status_path) && !leads_to(path, pool->ping_path))
		complain_mildly(k->c, mark->file, mark->line,
			"route '%s' of pool '%s' names no script: by security.limit_extensions all "
			"that it claims is answered 403; give *%s, or the path of a script",
			route, pool->name, pool->limit_extensions.at[0]);
}

void conf_php_check(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, extensions, NULL);

	for (size_t i = 0; i < pool->route.n && pool->limit_extensions.n > 0; i++)
		check_route(k, pool, pool->route.at[i]);

	for (size_t i = 0; i < pool->limit_extensions.n; i++) {
		const char *one = pool->limit_extensions.at[i];
		if (one[0] != '.' || !one[1] || strchr(one, '/'))
			complain(k->c, mark->file, mark->line,
				"%s: '%s' of pool '%s' is no extension: give one with its dot, "
				"such as .php",
				extensions, one, pool->name);
	}
}
