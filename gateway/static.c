/* SPDX-License-Identifier: MIT
 *
 * static: see static.h.
 */
#include "gateway/static.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "gateway/http_reply.h"

/* Smaller files are read and leave with their head in one piece; larger ones go by sendfile. */
#define SMALL (16u * 1024)

static const struct {
	const char *extension, *type;
} types[] = {
	{"html", "text/html; charset=utf-8"},
	{"htm", "text/html; charset=utf-8"},
	{"css", "text/css; charset=utf-8"},
	{"js", "text/javascript; charset=utf-8"},
	{"mjs", "text/javascript; charset=utf-8"},
	{"json", "application/json"},
	{"txt", "text/plain; charset=utf-8"},
	{"md", "text/markdown; charset=utf-8"},
	{"xml", "application/xml"},
	{"svg", "image/svg+xml"},
	{"png", "image/png"},
	{"jpg", "image/jpeg"},
	{"jpeg", "image/jpeg"},
	{"gif", "image/gif"},
	{"webp", "image/webp"},
	{"avif", "image/avif"},
	{"ico", "image/x-icon"},
	{"pdf", "application/pdf"},
	{"wasm", "application/wasm"},
	{"woff", "font/woff"},
	{"woff2", "font/woff2"},
	{"ttf", "font/ttf"},
	{"mp3", "audio/mpeg"},
	{"ogg", "audio/ogg"},
	{"mp4", "video/mp4"},
	{"webm", "video/webm"},
	{"zip", "application/zip"},
	{"gz", "application/gzip"},
	{"tar", "application/x-tar"},
	{"csv", "text/csv; charset=utf-8"},
};

const char *static_type(struct span file)
{
	size_t dot = file.n;

	while (dot > 0 && file.p[dot - 1] != '.' && file.p[dot - 1] != '/')
		dot--;
	if (dot > 0 && file.p[dot - 1] == '.')
		for (size_t i = 0; i < nitems(types); i++)
			if (span_is_nocase(span_from(file, dot), types[i].extension))
				return types[i].type;
	return "application/octet-stream";
}

/* ---- opening ---- */

/* Without openat2 (a seccomp filter of a container may hide it) the path is walked by hand: no
 * segment may be a link. */
static int open_by_hand(int root, char *path)
{
	int dir = dup(root), next;
	char *slash;

	while ((slash = strchr(path, '/')) && dir >= 0) {
		*slash = '\0';
		next = openat(dir, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		*slash = '/';
		fd_close(&dir);
		dir = next;
		path = slash + 1;
	}
	if (dir < 0)
		return -1;
	next = openat(dir, *path ? path : ".", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	fd_close(&dir);
	return next;
}

static int open_beneath(int root, char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	long fd = syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);

	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_by_hand(root, path);
	return (int)fd;
}

/* ---- answering ---- */

static void fail(struct request *r, int err)
{
	int status = err == EACCES || err == EPERM || err == ELOOP || err == EXDEV ? 403 : 404;

	if (err == EMFILE || err == ENFILE || err == ENOMEM) {
		log_error("static %s: %s", buf_head(&r->path), strerror(err));
		status = 503;
	}
	request_fail(r, status);
}

static void allow(struct request *r, int status)
{
	buf_puts(&r->answer.lines, "Allow: GET, HEAD, OPTIONS\r\n");
	if (status == 405) {
		request_fail(r, 405);
		return;
	}
	r->answer.status = status;
	r->front->begin(r);
	r->front->end(r);
}

/* In normal form, encoded anew: as it was sent it might begin with "//" and name another host. */
static void put_path(struct buf *to, struct span path)
{
	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] == '/' || http_is(path.p[i], HTTP_NAME))
			buf_put(to, &path.p[i], 1);
		else
			buf_putf(to, "%%%02X", (unsigned char)path.p[i]);
	}
}

/* "/dir" becomes "/dir/", or relative links in its index would miss. */
static void redirect_to_directory(struct request *r)
{
	struct buf *l = &r->answer.lines;

	buf_puts(l, "Location: ");
	put_path(l, request_path(r));
	buf_puts(l, "/");
	if (r->target.has_query) {
		buf_puts(l, "?");
		buf_put_span(l, r->target.query);
	}
	buf_puts(l, "\r\n");
	r->answer.status = 301;
	r->front->begin(r);
	r->front->end(r);
}

static void add_lines(struct request *r, struct span name, const struct stat *st)
{
	char date[40];
	struct tm tm;

	gmtime_r(&st->st_mtime, &tm);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	buf_putf(&r->answer.lines, "Content-Type: %s\r\nLast-Modified: %s\r\n", static_type(name),
		date);
}

static void send_file(struct request *r, int fd, struct span name, const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size;
	ssize_t n;

	r->answer.status = 200;
	add_lines(r, name, st);
	r->front->begin(r);
	if (size > SMALL) {
		http_reply_file(r, fd, 0, size);
		return;
	}
	n = size ? pread(fd, r->lane->scratch, size, 0) : 0;
	fd_close(&fd);
	if (n < 0) {
		request_fail(r, 503);
		return;
	}
	r->answer.has_length = true;
	r->answer.length = (uint64_t)n;
	r->front->body(r, (struct span){r->lane->scratch, (size_t)n});
	r->front->end(r);
}

/* The index of a directory: its name is put behind the path. -1: there is none. */
static int open_index(struct request *r, struct stat *st)
{
	int fd = -1;

	if (!buf_put(&r->path, r->plan->index, strcspn(r->plan->index, "/")) ||
		!buf_put(&r->path, "", 1))
		return -1;
	r->path.end--;
	fd = open_beneath(r->plan->root_fd, buf_head(&r->path) + 1);
	if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode))) {
		fd_close(&fd);
		errno = ENOENT;
	}
	return fd;
}

static void serve_path(struct request *r)
{
	bool slash = http_target_has_slash(&r->target);
	struct stat st;
	int fd = open_beneath(r->plan->root_fd, buf_head(&r->path) + 1);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		fd_close(&fd);
		if (!slash) {
			redirect_to_directory(r);
			return;
		}
		fd = open_index(r, &st);
	} else if (fd >= 0 && (slash || !S_ISREG(st.st_mode))) {
		fd_close(&fd);
		errno = ENOENT;
	}
	if (fd < 0)
		fail(r, errno);
	else
		send_file(r, fd, request_path(r), &st);
}

void static_serve(struct request *r)
{
	struct span method = request_span(r, r->head.method);
	bool reads = span_is(method, "GET") || span_is(method, "HEAD");

	if (span_is(method, "OPTIONS"))
		allow(r, 204);
	else if (r->plan->root_fd < 0 || http_target_is_hidden(request_path(r)))
		request_fail(r, 404);
	else if (!reads)
		allow(r, 405);
	else
		serve_path(r);
}
