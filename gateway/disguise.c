/* SPDX-License-Identifier: MIT
 *
 * disguise: see disguise.h. It costs a few system calls for each directory above the file, once
 * when the file is opened into the cache and not for each request; and nothing in a plan that has
 * no scripts. Directories of pools are looked at anew each time: "current" may be a link that
 * points elsewhere today.
 */
#include "gateway/disguise.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/script_name.h"

#define DEPTH_MAX 128

struct place {
	dev_t dev;
	ino_t ino;
};

/* The directories from "/" down to the one that the file lies in. */
struct way {
	size_t n;
	struct place at[DEPTH_MAX];
	char path[PATH_MAX]; /* of the file; its last segment is a name that it has now */
};

static _Thread_local char why[256];

static bool same(const struct place *a, const struct stat *st)
{
	return a->dev == st->st_dev && a->ino == st->st_ino;
}

/* ---- by name ---- */

static bool ends_nocase(struct span s, struct span tail)
{
	return s.n >= tail.n && strncasecmp(s.p + s.n - tail.n, tail.p, tail.n) == 0;
}

/* A file system that folds case, or drops the dots and blanks that end a name (FAT, SMB, ext4's
 * casefold), opens page.php as PAGE.PHP and as "page.php. ", and says that this is its name. */
static struct span without_dots(struct span name)
{
	while (name.n && strchr(". ", name.p[name.n - 1]))
		name.n--;
	return name;
}

/* Of which file is this one a copy, compressed or left behind? Itself if it is none. */
static struct span original_of(struct span name)
{
	if (ends_nocase(name, SPAN_LIT(".gz")) || ends_nocase(name, SPAN_LIT(".br")))
		return (struct span){name.p, name.n - 3};
	return script_name_original(name);
}

static bool has_suffix(const struct plan *p, struct span name)
{
	for (size_t i = 0; i < p->nroutes; i++) {
		const struct route *r = &p->routes[i];
		if (r->kind != ROUTE_SUFFIX || !ends_nocase(name, r->path))
			continue;
		snprintf(why, sizeof why, "files named *%.*s are scripts", SPAN_FMT(r->path));
		return true;
	}
	return false;
}

static bool is_script_name(const struct plan *p, struct span path)
{
	struct span name = without_dots(script_name_of(path)), of = original_of(name);

	while (of.n < name.n && !has_suffix(p, name)) {
		name = without_dots(of);
		of = original_of(name);
	}
	return has_suffix(p, name);
}

/* ---- by place ---- */

/* The first n bytes of a path as a directory. */
static bool stat_part(char *path, size_t n, struct stat *st)
{
	char kept = path[n];
	bool ok;

	path[n] = '\0';
	ok = stat(n ? path : "/", st) == 0;
	path[n] = kept;
	return ok;
}

static bool walk(struct way *w)
{
	struct stat st;

	w->n = 0;
	for (char *slash = w->path; slash; slash = strchr(slash + 1, '/')) {
		if (w->n == DEPTH_MAX || !stat_part(w->path, (size_t)(slash - w->path), &st))
			return false;
		w->at[w->n++] = (struct place){st.st_dev, st.st_ino};
	}
	return true;
}

/* Where it lies now. The kernel writes something behind the name of a file that has none. */
static bool find_way(int fd, struct way *w)
{
	char link[40];
	struct stat st;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, w->path, sizeof w->path - 1);
	if (n <= 0 || n == (ssize_t)sizeof w->path - 1 || w->path[0] != '/')
		return false;
	w->path[n] = '\0';
	return fstat(fd, &st) == 0 && st.st_nlink > 0 && walk(w);
}

static size_t depth_of(const struct way *w, const struct stat *st)
{
	size_t i = 0;

	while (i < w->n && !same(&w->at[i], st))
		i++;
	return i; /* w->n: it is not on the way */
}

static bool has_route(const struct plan *p, uint32_t pool, enum msg_route_kind kind)
{
	for (size_t i = 0; i < p->nroutes; i++)
		if (p->routes[i].pool == pool && p->routes[i].kind == kind)
			return true;
	return false;
}

/* Of a pool that works in the document root: is it what one of its exact routes runs? */
static bool is_exact(const struct plan *p, const struct plan_pool *pool, int fd)
{
	struct stat mine, st;
	char path[PATH_MAX];

	for (size_t i = 0; i < p->nroutes; i++) {
		const struct route *r = &p->routes[i];
		struct span name = r->path;

		if (r->pool != pool->id || r->kind != ROUTE_EXACT)
			continue;
		while (memchr(name.p, '/', name.n))
			name = span_from(name, 1);
		snprintf(path, sizeof path, "%s/%.*s", pool->directory, SPAN_FMT(name));
		if (fstat(fd, &mine) == 0 && stat(path, &st) == 0 && mine.st_dev == st.st_dev &&
			mine.st_ino == st.st_ino)
			return true;
	}
	return false;
}

static bool is_of_pool(
	const struct plan *p, const struct plan_pool *pool, const struct way *w, int fd)
{
	struct stat dir, root;
	size_t depth;

	if (stat(pool->directory, &dir) < 0)
		return false; /* there is nothing in it for us either */
	depth = depth_of(w, &dir);
	if (depth == w->n)
		return false;
	if (has_route(p, pool->id, ROUTE_PREFIX) || fstat(p->root_fd, &root) < 0 ||
		depth > depth_of(w, &root))
		return true;
	return is_exact(p, pool, fd);
}

static bool has_directory(const struct plan_pool *pool)
{
	return pool->kind == POOL_CGI && pool->directory;
}

static bool any_scripts(const struct plan *p)
{
	for (size_t i = 0; i < p->nroutes; i++)
		if (p->routes[i].kind == ROUTE_SUFFIX)
			return true;
	for (size_t i = 0; i < p->npools; i++)
		if (has_directory(p->pools[i]))
			return true;
	return false;
}

const char *disguise_seen(const struct plan *p, struct span path, int fd)
{
	struct way w;

	if (!any_scripts(p))
		return NULL;
	if (is_script_name(p, path))
		return why;
	if (!find_way(fd, &w))
		return "it cannot be told whether it is a script (is /proc there?)";
	if (is_script_name(p, span_of(w.path)))
		return why;
	for (size_t i = 0; i < p->npools; i++) {
		if (!has_directory(p->pools[i]) || !is_of_pool(p, p->pools[i], &w, fd))
			continue;
		snprintf(why, sizeof why, "it lies in the directory of pool %s's scripts",
			p->pools[i]->name);
		return why;
	}
	return NULL;
}
