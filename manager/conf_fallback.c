/* SPDX-License-Identifier: MIT
 *
 * conf_fallback: see conf_fallback.h.
 */
#include "manager/conf_fallback.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "manager/value.h"

/* "*.php" has it in "/index.php" and in "/index.php/more". */
static bool has_ending(const char *path, const char *ending)
{
	size_t n = strlen(ending);

	for (const char *p = strstr(path, ending); p; p = strstr(p + 1, ending))
		if (p[n] == '/' || p[n] == '\0')
			return true;
	return false;
}

/* As the gateway finds routes; which host they are for, requests will say. */
static bool claims(const char *route, const char *path)
{
	size_t n = strlen(route) - 1;

	if (route[0] == '=')
		return strcmp(route + 1, path) == 0;
	if (route[0] == '*')
		return has_ending(path, route + 1);
	return strncmp(route, path, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static bool is_claimed(const struct conf *conf, const char *path)
{
	for (size_t i = 0; i < conf->npools; i++)
		for (size_t j = 0; j < conf->pools[i]->route.n; j++)
			if (claims(conf->pools[i]->route.at[j], path))
				return true;
	return false;
}

/* What is closed to us may be open to the gateway. */
static bool may_be_file(struct check *k, const char *path)
{
	const char *root = k->conf->gateway.document_root;
	struct stat st;

	if (!root)
		return false;
	return stat(conf_printf(k->conf, "%s%s", root, path), &st) < 0 ? errno == EACCES
								       : S_ISREG(st.st_mode);
}

static const char *what_is_wrong(struct check *k, const char *path)
{
	if (!(value_is_url_path(path) || strcmp(path, "/") == 0) || strstr(path, "//"))
		return "is no path: give one such as /index.php";
	if (strstr(path, "/."))
		return "has a name that begins with a dot: no such is ever served, name another";
	if (!is_claimed(k->conf, path) && !may_be_file(k, path))
		return "is claimed by no route, and is no file below document_root: add a route "
		       "for it, or name another";
	return NULL;
}

/* Whose route leaves nothing over, or NULL. */
static const struct conf_pool *claimer_of_all(const struct conf *conf)
{
	for (size_t i = 0; i < conf->npools; i++)
		for (size_t j = 0; j < conf->pools[i]->route.n; j++)
			if (strcmp(conf->pools[i]->route.at[j], "/") == 0 &&
				conf->pools[i]->host.n == 0)
				return conf->pools[i];
	return NULL;
}

void conf_fallback_check(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = check_mark(k, &g->marks, "fallback", NULL);
	const struct conf_pool *all = claimer_of_all(k->conf);
	const char *why;

	if (strcmp(g->fallback, "none") == 0)
		return;
	why = what_is_wrong(k, g->fallback);
	if (why)
		complain(k->c, mark->file, mark->line, "fallback: '%s' %s", g->fallback, why);
	else if (all)
		complain(k->c, mark->file, mark->line,
			"fallback has no effect: route '/' of pool '%s' claims every path, take "
			"one of them away",
			all->name);
}
