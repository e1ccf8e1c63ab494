/* SPDX-License-Identifier: MIT
 *
 * conf_pages: see conf_pages.h.
 */
#include "manager/conf_pages.h"

#include <string.h>

#include "manager/value.h"

/* As php-fpm has it. */
#define PING_RESPONSE_MAX 64

/* "/dir/" has "/dir" too, and "*.php" has "/a.php" and "/a.php/b". */
static bool is_covered(const char *route, const char *path)
{
	size_t n = strlen(route);

	if (route[0] == '=')
		return strcmp(route + 1, path) == 0;
	if (route[0] == '/')
		return strncmp(path, route, n) == 0 ||
		       (strlen(path) + 1 == n && strncmp(path, route, n - 1) == 0);
	for (const char *at = path; n > 1 && (at = strstr(at, route + 1)); at++)
		if (at[n - 1] == '\0' || at[n - 1] == '/')
			return true;
	return false;
}

static bool is_reached(const struct conf_pool *pool, const char *path)
{
	for (size_t i = 0; i < pool->route.n; i++)
		if (is_covered(pool->route.at[i], path))
			return true;
	return conf_mark_find(&pool->marks, "listen", NULL) || pool->status_listen;
}

/* Paths are compared with those of requests, which are in normal form. */
static bool is_page(struct conf *conf, const char *path)
{
	return value_is_url_path(path) && !value_route(conf_printf(conf, "=%s", path));
}

static void check_page(struct check *k, struct conf_pool *pool, const char *name, const char *path,
	const char *example)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, name, NULL);

	if (!path)
		return;
	if (!is_page(k->conf, path))
		complain(k->c, mark->file, mark->line,
			"%s: '%s' of pool '%s' is no path: give one such as %s, of letters, digits "
			"and ./_~- and without // or . or .. steps",
			name, path, pool->name, example);
	else if (!is_reached(pool, path))
		complain_mildly(k->c, mark->file, mark->line,
			"%s: no route of pool '%s' covers %s, so it is not answered: add =%s to its "
			"route",
			name, pool->name, path, path);
}

void check_pages(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "ping.response", NULL);

	check_page(k, pool, "pm.status_path", pool->status_path, "/status");
	check_page(k, pool, "ping.path", pool->ping_path, "/ping");
	if (pool->ping_response && strlen(pool->ping_response) > PING_RESPONSE_MAX)
		complain(k->c, mark->file, mark->line,
			"ping.response of pool '%s' is longer than %d bytes: shorten it",
			pool->name, PING_RESPONSE_MAX);
	if (!pool->status_path || !pool->ping_path ||
		strcmp(pool->status_path, pool->ping_path) != 0)
		return;
	mark = check_mark(k, &pool->marks, "ping.path", NULL);
	complain(k->c, mark->file, mark->line,
		"ping.path of pool '%s' is its pm.status_path too: give them different paths",
		pool->name);
}
