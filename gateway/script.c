/* SPDX-License-Identifier: MIT
 *
 * script: see script.h.
 *
 * The script is the first regular file on the path (not a guess from the look of the URL:
 * "upload.jpg/x.php" is no PHP script); what follows it is PATH_INFO. A path that a pool claims
 * is never served as a static file, whatever fails here (lighttpd CVE-2008-1111).
 */
#include "gateway/script.h"

#include "common/script_name.h"
#include "gateway/fcgi_given.h"
#include "gateway/http_target.h"
#include "gateway/php_path.h"
#include "gateway/script_walk.h"
#include "gateway/seldom.h"

/* File systems end names with NUL; the path itself has none (http_target). */
static bool set_path(struct buf *to, struct span dir, struct span rest)
{
	buf_clear(to);
	if (!buf_put_span(to, dir) || !buf_put_span(to, rest) || !buf_put(to, "", 1))
		return false;
	to->end--; /* the NUL is there, but not part of it */
	return true;
}

static const char *pool_root(const struct request *r)
{
	return r->pool->directory ? r->pool->directory : r->plan->document_root;
}

static int refuse(const struct request *r, int status, const char *why)
{
	seldom_error_of(
		r->id, "[pool %s] script %s: %s", r->pool->name, buf_head(&r->script_file), why);
	return status;
}

/* A FastCGI program opens its file by itself: there we only find out which one is meant. */
static int walk(struct request *r, struct script_walk *w, struct span path)
{
	bool ours = r->pool->kind == POOL_CGI;
	int status;

	w->root = pool_root(r);
	w->strict = ours;
	w->follow = ours ? r->pool->follow : FOLLOW_ALL;
	status = script_walk(w, path);
	if (!set_path(&r->script_file, span_of(w->root), (struct span){path.p, w->len}))
		return 503;
	if (w->why[0])
		refuse(r, status, w->why);
	else if (status)
		buf_clear(&r->script_file); /* there is none */
	return status;
}

static int find_interpreter(struct request *r, const struct stat *st)
{
	struct span name = script_name_of(buf_span(&r->script_file));

	r->interpreter = NULL;
	if (st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH))
		return 0;
	r->interpreter = plan_interpreter(r->pool, script_name_extension(name));
	if (r->interpreter)
		return 0;
	return refuse(r, 403,
		"it is not executable: chmod +x it; a configuration may have an interpreter[.ext] "
		"for files like it");
}

/* ---- scripts of a directory ---- */

/* "/cgi-bin" + "/dir/script/extra": the middle part is moved from PATH_INFO to SCRIPT_NAME. */
static int find_below(struct request *r)
{
	struct span path = r->match.path_info;
	struct script_walk w = {0};
	int status = walk(r, &w, path);

	if (status == SCRIPT_WALK_DIRECTORY)
		return SCRIPT_DIRECTORY;
	if (status)
		return status;
	r->script_name.n = r->match.script_name.n + w.len;
	r->path_info = span_from(path, w.len);
	return find_interpreter(r, &w.st);
}

/* An exact route names one file of the directory by its last segment. */
static int find_exact(struct request *r)
{
	struct span name = script_name_of(r->match.script_name);
	struct script_walk w = {0};
	int status = walk(r, &w, (struct span){name.p - 1, name.n + 1});

	if (status == SCRIPT_WALK_DIRECTORY)
		return 404;
	return status ? status : find_interpreter(r, &w.st);
}

/* ---- scripts by suffix ---- */

static int walk_to_suffix(struct request *r)
{
	struct span path = {r->match.script_name.p, r->match.script_name.n + r->match.path_info.n};
	struct script_walk w = {.well_known = true, .suffix = r->match.route->path};
	int status = walk(r, &w, path);

	if (status)
		return status == SCRIPT_WALK_DIRECTORY ? 404 : status;
	/* The leftmost segment with the suffix may be a directory. */
	while (r->match.script_name.n != w.len)
		if (!route_next_script(&r->match))
			return 404;
	return r->pool->kind == POOL_CGI ? find_interpreter(r, &w.st) : 0;
}

/* Where a regular file has that name, only directories are before it: the walk would find no other.
 * One look instead of two a segment, for what nearly every request to PHP is. */
static bool is_plain(struct request *r)
{
	struct span name = r->match.script_name;
	struct stat st;

	return r->pool->kind != POOL_CGI && !http_target_is_hidden(name) &&
	       set_path(&r->script_file, span_of(pool_root(r)), name) &&
	       stat(buf_head(&r->script_file), &st) == 0 && S_ISREG(st.st_mode);
}

static int find_by_suffix(struct request *r)
{
	int status = 404;

	if (pool_root(r))
		status = is_plain(r) ? 0 : walk_to_suffix(r);
	if (status)
		return status;
	r->script_name = r->match.script_name;
	r->path_info = r->match.path_info;
	return 0;
}

/* ---- all of them ---- */

/* RFC 3875 4.1.6: PATH_INFO as a file below the document root; only with a PATH_INFO. */
static bool translate(struct request *r)
{
	const char *root = r->plan->document_root ? r->plan->document_root : r->pool->directory;

	buf_clear(&r->path_translated);
	return r->path_info.n == 0 || !root ||
	       set_path(&r->path_translated, span_of(root), r->path_info);
}

int script_find(struct request *r)
{
	int status = 0;

	r->script_name = r->match.script_name;
	r->path_info = r->match.path_info;
	buf_clear(&r->script_file);
	if (r->match.route->kind == ROUTE_SUFFIX)
		status = find_by_suffix(r);
	else if (r->pool->kind == POOL_CGI && r->match.route->kind == ROUTE_EXACT)
		status = find_exact(r);
	else if (r->pool->kind == POOL_CGI)
		status = find_below(r);
	else if (r->plan->document_root &&
		 !set_path(&r->script_file, span_of(r->plan->document_root), r->script_name))
		status = 503;
	if (!status && !translate(r))
		status = 503;
	return status;
}

/* ---- files that a web server names ---- */

/* A slash at the end is one of PATH_INFO, or names a directory. */
static bool is_normal(struct span path)
{
	while (path.n > 1) {
		const char *slash = memchr(path.p + 1, '/', path.n - 1);
		size_t n = slash ? (size_t)(slash - path.p) : path.n;
		struct span step = {path.p + 1, n - 1};
		if (step.n == 0 || span_is(step, ".") || span_is(step, ".."))
			return false;
		path = span_from(path, n);
	}
	return true;
}

/* Below the directory, from its slash on; SPAN_NONE: it is not. */
static struct span below(struct span dir, struct span file)
{
	dir.n -= dir.n == 1; /* "/" */
	if (!span_starts(file, dir))
		return SPAN_NONE;
	file = span_from(file, dir.n);
	return file.n && file.p[0] == '/' && is_normal(file) ? file : SPAN_NONE;
}

/* A web server may know of the root that scripts have, and say what the path is in there. */
static struct span below_any(const struct plan_pool *pool, struct span file)
{
	struct span dir = span_of(pool->directory), path = below(dir, file);

	return path.p || !pool->chroot ? path : below(plan_inside(pool, dir), file);
}

/* What is behind the script's file is its PATH_INFO, if the web server has found none, and no part
 * of its name. */
static void split_named(struct request *r, struct span rest)
{
	if (rest.n == 0 || r->path_info.n)
		return;
	if (span_ends(r->script_name, rest)) {
		r->script_name.n -= rest.n;
		r->path_info = (struct span){r->script_name.p + r->script_name.n, rest.n};
	} else {
		r->path_info = rest;
	}
}

/* The path that was asked for, which the web server may have cut elsewhere. */
static void split_asked(struct request *r, struct span rest)
{
	struct span path = request_path(r);

	r->script_name = (struct span){path.p, path.n - rest.n};
	r->path_info = span_from(path, r->script_name.n);
}

/* As fcgiwrap has it: a web server that names no file means the path that was asked for, below its
 * document root. */
static bool find_named(struct request *r, const struct fcgi_given *g, struct span *file)
{
	struct span root = g->at[GIVEN_DOCUMENT_ROOT];

	*file = g->at[GIVEN_SCRIPT_FILENAME];
	php_path_of_proxy(*file, file);
	if (file->n || root.n == 0)
		return true;
	root.n -= span_ends(root, SPAN_LIT("/"));
	if (!set_path(&r->path_translated, root, request_path(r)))
		return false;
	*file = buf_span(&r->path_translated);
	return true;
}

int script_find_given(struct request *r)
{
	struct fcgi_given given;
	struct script_walk w = {0};
	struct span file, path;
	int status;

	if (fcgi_given_read(request_span(r, r->given), &given))
		return 400;
	if (!find_named(r, &given, &file))
		return 503;
	path = below_any(r->pool, file);
	if (!path.p) {
		seldom_error_of(r->id,
			"[pool %s] SCRIPT_FILENAME is \"%.*s\": that is no path below %s",
			r->pool->name, SPAN_FMT(file), r->pool->directory);
		return 404;
	}
	status = walk(r, &w, path);
	if (status)
		return status == SCRIPT_WALK_DIRECTORY ? 404 : status;
	r->script_name = (struct span){buf_head(&r->path), given.at[GIVEN_SCRIPT_NAME].n};
	r->path_info = span_from(request_path(r), r->script_name.n);
	if (given.at[GIVEN_SCRIPT_FILENAME].n)
		split_named(r, span_from(path, w.len));
	else
		split_asked(r, span_from(path, w.len));
	return find_interpreter(r, &w.st);
}
