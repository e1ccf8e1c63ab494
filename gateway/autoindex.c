/* SPDX-License-Identifier: MIT
 *
 * autoindex: see autoindex.h. It is read through the descriptor that was opened beneath the root,
 * so nobody can put another directory in its place meanwhile.
 */
#include "gateway/autoindex.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "gateway/beneath.h"

struct entry {
	char *name;
	bool is_directory;
	uint64_t size;
	time_t modified;
};

struct listing {
	struct entry *at;
	size_t n, cap;
	bool cut; /* there are more */
};

/* ---- bytes of other people, made harmless ---- */

void autoindex_put_url(struct buf *to, struct span path)
{
	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] == '/' || http_is(path.p[i], HTTP_NAME))
			buf_put(to, &path.p[i], 1);
		else
			buf_putf(to, "%%%02X", (unsigned char)path.p[i]);
	}
}

static void put_text(struct buf *to, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&':
		case '<':
		case '>':
		case '"':
		case '\'':
			buf_putf(to, "&#%d;", s.p[i]);
			break;
		default:
			buf_put(to, &s.p[i], 1);
		}
	}
}

/* ---- reading ---- */

/* What no request can name (http_target.h) is not listed. */
static bool is_askable(const char *name)
{
	if (name[0] == '.')
		return false;
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return false;
	return true;
}

/* A link is what it leads to, if that lies below the root. */
static bool look_through(struct request *r, const char *name, struct stat *st)
{
	size_t len = buf_len(&r->path);
	int fd = -1;

	if (buf_put(&r->path, name, strlen(name) + 1))
		fd = beneath_open(r->plan->root_fd, buf_head(&r->path) + 1, O_PATH);
	r->path.end = r->path.start + len;
	if (fd < 0)
		return false;
	if (fstat(fd, st) < 0)
		st->st_mode = 0;
	fd_close(&fd);
	return true;
}

static bool look(struct request *r, int dir, const char *name, struct stat *st)
{
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return false;
	if (S_ISLNK(st->st_mode) && !look_through(r, name, st))
		return false;
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
}

static bool add(struct listing *l, const char *name, const struct stat *st)
{
	struct entry *e;

	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		e = realloc(l->at, cap * sizeof *e);
		if (!e)
			return false;
		l->at = e;
		l->cap = cap;
	}
	e = &l->at[l->n];
	*e = (struct entry){.is_directory = S_ISDIR(st->st_mode),
		.size = (uint64_t)st->st_size,
		.modified = st->st_mtim.tv_sec};
	e->name = strdup(name);
	l->n += e->name != NULL;
	return e->name != NULL;
}

static void read_entries(struct request *r, DIR *dir, struct listing *l)
{
	struct dirent *d;
	struct stat st;

	while ((d = readdir(dir))) {
		if (!is_askable(d->d_name) || !look(r, dirfd(dir), d->d_name, &st))
			continue;
		if (l->n == AUTOINDEX_MAX || !add(l, d->d_name, &st)) {
			l->cut = true;
			break;
		}
	}
}

/* Directories first, then by the bytes of their names. */
static int by_name(const void *a, const void *b)
{
	const struct entry *l = a, *r = b;

	if (l->is_directory != r->is_directory)
		return l->is_directory ? -1 : 1;
	return strcmp(l->name, r->name);
}

/* ---- writing ---- */

static void put_entry(struct buf *to, const struct entry *e)
{
	struct span name = span_of(e->name);
	const char *slash = e->is_directory ? "/" : "";
	char date[32];
	struct tm tm;

	buf_puts(to, "<tr><td><a href=\"");
	autoindex_put_url(to, name);
	buf_putf(to, "%s\">", slash);
	put_text(to, name);
	gmtime_r(&e->modified, &tm);
	strftime(date, sizeof date, "%Y-%m-%d %H:%M", &tm);
	buf_putf(to, "%s</a></td><td>", slash);
	if (!e->is_directory)
		buf_putf(to, "%" PRIu64, e->size);
	buf_putf(to, "</td><td>%s</td></tr>\n", date);
}

static void put_page(struct buf *to, struct span path, const struct listing *l)
{
	buf_puts(to, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		     "<title>");
	put_text(to, path);
	buf_puts(to, "</title>\n<style>td{padding:0 1em 0 0}td+td{text-align:right}</style>"
		     "</head>\n<body><h1>");
	put_text(to, path);
	buf_puts(to, "</h1>\n<table>\n");
	if (path.n > 1)
		buf_puts(to, "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
	for (size_t i = 0; i < l->n; i++)
		put_entry(to, &l->at[i]);
	buf_puts(to, "</table>\n");
	if (l->cut)
		buf_putf(to, "<p>There are more: only %zu are shown.</p>\n", l->n);
	buf_puts(to, "</body></html>\n");
}

static void answer(struct request *r, struct listing *l)
{
	struct buf page = BUF_INIT;

	if (l->n)
		qsort(l->at, l->n, sizeof *l->at, by_name);
	put_page(&page, request_path(r), l);
	r->answer.status = 200;
	r->answer.has_length = true;
	r->answer.length = buf_len(&page);
	buf_puts(&r->answer.lines, "Content-Type: text/html; charset=utf-8\r\n");
	r->front->begin(r);
	r->front->body(r, buf_span(&page));
	buf_free(&page);
	r->front->end(r);
}

static int open_directory(const struct request *r)
{
	return beneath_open(
		r->plan->root_fd, buf_head(&r->path) + 1, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
}

/* One that may not be read is there too: it answers by its refusal. */
bool autoindex_has(const struct request *r)
{
	int fd = open_directory(r);
	bool is_there = fd >= 0 || (errno != ENOENT && errno != ENOTDIR);

	fd_close(&fd);
	return is_there;
}

int autoindex_serve(struct request *r)
{
	struct listing l = {0};
	int fd = open_directory(r);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		fd_close(&fd);
		return errno;
	}
	read_entries(r, dir, &l);
	closedir(dir);
	answer(r, &l);
	for (size_t i = 0; i < l.n; i++)
		free(l.at[i].name);
	free(l.at);
	return 0;
}
