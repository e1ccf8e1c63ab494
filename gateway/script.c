/* SPDX-License-Identifier: MIT
 *
 * script: see script.h.
 *
 * The script is the first regular file on the path (not a guess from the look of the URL:
 * "upload.jpg/x.php" is no PHP script); what follows it is PATH_INFO. A path that a pool claims
 * is never served as a static file, whatever fails here (lighttpd CVE-2008-1111).
 */
#include "gateway/script.h"

#include <errno.h>
#include <sys/stat.h>

#include "common/log.h"

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
	log_error("[pool %s] script %s: %s", r->pool->name, buf_head(&r->script_file), why);
	return status;
}

/* What the file system's refusal means for the client. */
static int status_of(const struct request *r, int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return 404;
	case EACCES:
		return refuse(r, 403, "the gateway's user may not look there");
	default:
		return refuse(r, 500, strerror(err));
	}
}

/* ---- scripts of a directory ---- */

/* The end of the segment that starts at `at` (which is its slash). */
static size_t segment_end(struct span path, size_t at)
{
	const char *slash = memchr(path.p + at + 1, '/', path.n - at - 1);

	return slash ? (size_t)(slash - path.p) : path.n;
}

/* Follows the path down from the pool's directory to the first regular file. *len is how much of
 * the path names it. */
static int walk(struct request *r, struct span path, size_t *len)
{
	struct span root = span_of(pool_root(r));
	struct stat st;

	for (size_t at = 0; at < path.n; at = *len) {
		*len = segment_end(path, at);
		if (*len == at + 1 || path.p[at + 1] == '.')
			return 404; /* the directory itself; dot-files are nobody's business */
		if (!set_path(&r->script_file, root, (struct span){path.p, *len}))
			return 503;
		if (stat(buf_head(&r->script_file), &st) < 0)
			return status_of(r, errno);
		if (S_ISREG(st.st_mode))
			return 0;
		if (!S_ISDIR(st.st_mode))
			return refuse(r, 403, "it is neither a file nor a directory");
	}
	return 404;
}

static struct span extension_of(struct span file)
{
	for (size_t i = file.n; i-- > 0 && file.p[i] != '/';)
		if (file.p[i] == '.')
			return span_from(file, i + 1);
	return SPAN_LIT("");
}

static int find_interpreter(struct request *r)
{
	struct stat st;

	if (stat(buf_head(&r->script_file), &st) < 0)
		return status_of(r, errno);
	r->interpreter = NULL;
	if (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH))
		return 0;
	r->interpreter = plan_interpreter(r->pool, extension_of(buf_span(&r->script_file)));
	if (r->interpreter)
		return 0;
	return refuse(r, 403,
		"it is not executable: chmod +x it, or set interpreter[.ext] for files like it");
}

/* "/cgi-bin" + "/dir/script/extra": the middle part is moved from PATH_INFO to SCRIPT_NAME. */
static int find_in_directory(struct request *r)
{
	struct span path = r->match.path_info;
	size_t len = 0;
	int status;

	if (r->match.route->kind == ROUTE_EXACT) {
		path = r->match.script_name;
		while (segment_end(path, 0) < path.n)
			path = span_from(path, segment_end(path, 0));
	}
	status = walk(r, path, &len);
	if (status)
		return status;
	if (r->match.route->kind != ROUTE_EXACT) {
		r->script_name.n = r->match.script_name.n + len;
		r->path_info = span_from(path, len);
	}
	return find_interpreter(r);
}

/* ---- scripts by suffix ---- */

static int find_by_suffix(struct request *r)
{
	struct stat st;

	if (!pool_root(r))
		return 404;
	do {
		if (http_target_is_hidden(r->match.script_name))
			return 404;
		if (!set_path(&r->script_file, span_of(pool_root(r)), r->match.script_name))
			return 503;
		if (stat(buf_head(&r->script_file), &st) < 0) {
			if (errno == EACCES)
				return status_of(r, EACCES);
		} else if (S_ISREG(st.st_mode)) {
			r->script_name = r->match.script_name;
			r->path_info = r->match.path_info;
			return r->pool->kind == POOL_CGI ? find_interpreter(r) : 0;
		}
	} while (route_next_script(&r->match));
	return 404;
}

/* ---- both ---- */

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
	else if (r->pool->kind == POOL_CGI)
		status = find_in_directory(r);
	else if (r->plan->document_root &&
		 !set_path(&r->script_file, span_of(r->plan->document_root), r->script_name))
		status = 503;
	if (!status && !translate(r))
		status = 503;
	return status;
}
