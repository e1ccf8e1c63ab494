/* SPDX-License-Identifier: MIT
 *
 * conf_chroot: see conf_chroot.h. Programs are looked up where all are (conf_world).
 */
#include "manager/conf_chroot.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "common/mem.h"

/* What is left of the path behind that of a directory; NULL: it does not lie in there. */
static const char *rest_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	return strncmp(path, root, n) == 0 && (path[n] == '/' || !path[n]) ? path + n : NULL;
}

/* The gateway finds a script by its path out here, and takes the root's away from it: what is left
 * must lead to the same file in there. A link or ".." on the way could make it another. */
static bool is_the_same(const char *root, const char *directory, const char *rest)
{
	char *real_root = realpath(root, NULL), *real = realpath(directory, NULL);
	char *inside = real_root ? mem_printf("%s%s", real_root, rest) : NULL;
	bool same = real && inside && strcmp(real, inside) == 0;

	free(real_root);
	free(real);
	free(inside);
	return same;
}

static void check_scripts(struct check *k, const struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "directory", NULL);
	const char *rest;

	if (pool->type != POOL_CGI || !pool->directory)
		return;
	rest = rest_below(pool->directory, pool->chroot);
	if (!rest)
		complain(k->c, mark->file, mark->line,
			"directory of pool '%s': %s does not lie below its chroot %s: move it there, "
			"or give the path that it has out here",
			pool->name, pool->directory, pool->chroot);
	else if (!is_the_same(pool->chroot, pool->directory, rest))
		complain(k->c, mark->file, mark->line,
			"directory of pool '%s': a link or \"..\" stands on the way from its chroot "
			"%s to %s: give the path without it",
			pool->name, pool->chroot, pool->directory);
}

/* Programs open the file that they are told of (php-cgi does). */
static void check_files(struct check *k, const struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "chroot", NULL);
	const char *root = k->conf->gateway.document_root;

	if (pool->type == POOL_CGI || !root || rest_below(root, pool->chroot))
		return;
	for (size_t i = 0; i < pool->route.n; i++)
		if (pool->route.at[i][0] == '*') {
			complain_mildly(k->c, mark->file, mark->line,
				"chroot of pool '%s': the files of its route '%s' cannot be opened "
				"from in there: document_root %s does not lie below %s",
				pool->name, pool->route.at[i], root, pool->chroot);
			return;
		}
}

bool conf_chroot_is_there(const struct conf_pool *pool)
{
	struct stat st;

	return !pool->chroot || (stat(pool->chroot, &st) == 0 && S_ISDIR(st.st_mode));
}

void conf_chroot_check(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "chroot", NULL);
	const char *of = conf_printf(k->conf, " of pool '%s'", pool->name);

	if (!pool->chroot)
		return;
	if (strcmp(pool->chroot, "/") == 0) {
		complain(k->c, mark->file, mark->line,
			"chroot of pool '%s' is /, which changes nothing: take the line away",
			pool->name);
		return;
	}
	check_directory(k, &pool->marks, "chroot", of, pool->chroot);
	check_scripts(k, pool);
	check_files(k, pool);
}
