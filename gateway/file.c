/* SPDX-License-Identifier: MIT
 *
 * file: see file.h.
 *
 * The entity tag is strong. It is made of the inode, the size, and the times of modification and
 * of change: the last one nobody can set back, so a rewrite in place that leaves the length and
 * the date as they were is a new representation too. What is written twice within one tick of the
 * file system's clock has the same stamps, though (RFC 9110 8.8.1), so contents in memory are part
 * of the tag; and a larger file, until it has settled, gets one that is never given again. All is
 * mixed, because an inode's number is nobody's business (Apache CVE-2003-1418).
 */
#include "gateway/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "gateway/beneath.h"
#include "gateway/disguise.h"
#include "gateway/http_date.h"
#include "gateway/seldom.h"

/* A file system's clock ticks slowly (2 s on FAT): what was changed later than this before we
 * looked may be changed once more and look the same. */
#define TICK_S 2
/* Replaced, or written to, while we looked: look again, so often. */
#define TRIES 8

static const struct {
	const char *ending, *name;
} codings[CODINGS] = {
	[CODING_BR] = {".br", "br"},
	[CODING_GZIP] = {".gz", "gzip"},
	[CODING_IDENTITY] = {"", NULL},
};

/* ---- birth and death ---- */

void file_unref(struct file *f)
{
	if (!f || --f->refs > 0)
		return;
	fd_close(&f->fd);
	free(f->contents);
	free(f->name);
	free(f->words);
	buf_free(&f->validators);
	buf_free(&f->description);
	free(f);
}

static struct file *file_new(void)
{
	struct file *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	list_init(&f->link);
	f->refs = 1;
	f->fd = -1;
	f->coding = CODING_IDENTITY;
	return f;
}

struct file *file_wrap(int fd)
{
	struct file *f = file_new();

	if (!f || fstat(fd, &f->stat) < 0) {
		file_unref(f);
		fd_close(&fd);
		return NULL;
	}
	f->fd = fd;
	f->size = (uint64_t)f->stat.st_size;
	return f;
}

static bool set_name(struct file *f, struct span path, enum http_coding coding)
{
	struct span ending = span_of(codings[coding].ending);

	f->coding = coding;
	f->coded = coding != CODING_IDENTITY;
	f->path_len = path.n;
	f->name_len = path.n + ending.n;
	f->name = malloc(f->name_len + 1);
	if (!f->name)
		return false;
	memcpy(f->name, path.p, path.n);
	memcpy(f->name + path.n, ending.p, ending.n + 1);
	return true;
}

/* ---- what is said of it ---- */

/* A finalizer that lets no bit of the numbers be read off (splitmix64). */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h += v + UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

static uint64_t mix_contents(uint64_t h, const char *p, uint64_t n)
{
	uint64_t v;

	for (; n >= sizeof v; n -= sizeof v, p += sizeof v) {
		memcpy(&v, p, sizeof v);
		h = mix(h, v);
	}
	v = 0;
	memcpy(&v, p, n);
	return mix(h, v);
}

static uint64_t mix_moment(uint64_t h)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return mix(mix(h, (uint64_t)now.tv_sec), (uint64_t)now.tv_nsec);
}

static void put_etag(struct file *f)
{
	const struct stat *st = &f->stat;
	uint64_t h = mix(mix(0, st->st_dev), st->st_ino);

	h = mix(mix(h, (uint64_t)st->st_mtim.tv_sec), (uint64_t)st->st_mtim.tv_nsec);
	h = mix(mix(h, (uint64_t)st->st_ctim.tv_sec), (uint64_t)st->st_ctim.tv_nsec);
	if (f->contents)
		h = mix_contents(h, f->contents, f->size);
	else if (!f->settled)
		h = mix_moment(h);
	snprintf(f->etag, sizeof f->etag, "\"%" PRIx64 "-%016" PRIx64 "\"", f->size, h);
	f->is.etag = span_of(f->etag);
}

/* RFC 9110 8.8.2.1: never later than the answer's own date. */
static void put_modified(struct file *f)
{
	int64_t now = time(NULL), at = f->stat.st_mtim.tv_sec;

	f->is.modified = at < 0 ? 0 : at > now ? now : at;
}

static bool put_validators(struct file *f, struct span modified, struct span etag)
{
	return buf_putf(&f->validators, "Last-Modified: %.*s\r\nETag: %.*s\r\n", SPAN_FMT(modified),
		SPAN_FMT(etag));
}

static bool describe(struct file *f, const struct plan *p)
{
	char date[HTTP_DATE_SIZE];
	const char *coding = codings[f->coding].name;

	put_etag(f);
	put_modified(f);
	http_date_format(f->is.modified, date);
	f->type = media_type(p->media, file_path(f));
	f->is_text = p->charset[0] && media_is_text(f->type);
	return put_validators(f, span_of(date), f->is.etag) &&
	       buf_putf(&f->description, "Content-Type: %s%s%s\r\n%s%s%sAccept-Ranges: bytes\r\n",
		       f->type, f->is_text ? "; charset=" : "", f->is_text ? p->charset : "",
		       coding ? "Content-Encoding: " : "", coding ? coding : "",
		       coding ? "\r\n" : "");
}

/* A copy of each, ended by NUL. */
static bool keep_words(struct file *f, const struct file_words *w, struct span *etag)
{
	char *at = f->words = calloc(1, w->type.n + w->etag.n + 2);

	if (!at)
		return false;
	if (w->type.n)
		f->type = memcpy(at, w->type.p, w->type.n);
	at += w->type.n + 1;
	if (w->etag.n)
		memcpy(at, w->etag.p, w->etag.n);
	*etag = (struct span){at, w->etag.n};
	return true;
}

static void take_etag(struct http_validators *v, struct span etag)
{
	v->weak = span_starts(etag, SPAN_LIT("W/"));
	v->etag = span_from(etag, v->weak ? 2 : 0);
}

/* A date that cannot be read goes out as it is, and no client has a copy as new as that. */
bool file_describe(struct file *f, const struct file_words *w)
{
	char date[HTTP_DATE_SIZE];
	struct span etag;

	if (!keep_words(f, w, &etag))
		return false;
	http_date_format(f->is.modified, date);
	if (etag.n)
		take_etag(&f->is, etag);
	if (w->modified.n && !http_date_parse(w->modified, time(NULL), &f->is.modified))
		f->is.modified = INT64_MAX;
	f->coded |= w->coded;
	buf_clear(&f->validators);
	if (!put_validators(
		    f, w->modified.n ? w->modified : span_of(date), etag.n ? etag : f->is.etag))
		return false;
	if (w->type.n == 0)
		return true;
	f->is_text = false;
	buf_clear(&f->description);
	return buf_putf(&f->description, "Content-Type: %s\r\nAccept-Ranges: bytes\r\n", f->type);
}

/* ---- opening ---- */

static bool same_times(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mode == b->st_mode && same_times(a, b);
}

/* Small contents come into memory. 0, or errno. EAGAIN: somebody is writing; on the last try we
 * take what there is, as long as it is all. */
static int read_contents(struct file *f, bool last)
{
	struct stat after;
	ssize_t n;

	free(f->contents);
	f->contents = malloc(f->size ? f->size : 1);
	n = f->contents ? pread(f->fd, f->contents, f->size, 0) : -1;
	if (n < 0 || fstat(f->fd, &after) < 0)
		return errno;
	if ((uint64_t)n == f->size && (last || same_file(&f->stat, &after)))
		return 0;
	return EAGAIN;
}

/* 0, or errno. */
static int look(struct file *f, bool last)
{
	if (fstat(f->fd, &f->stat) < 0)
		return errno;
	f->was_seen = true;
	f->size = (uint64_t)f->stat.st_size;
	f->settled = f->stat.st_ctim.tv_sec + TICK_S < time(NULL);
	if (S_ISDIR(f->stat.st_mode))
		return EISDIR;
	if (!S_ISREG(f->stat.st_mode))
		return ENOENT;
	return f->size > FILE_IN_MEMORY ? 0 : read_contents(f, last);
}

/* EAGAIN: it was removed meanwhile, and what has taken its place is worth a look. */
static int suspect(const struct file *f, const struct plan *p)
{
	const char *why = disguise_seen(p, file_path(f), f->fd);
	struct stat st;

	if (!why)
		return 0;
	if (fstat(f->fd, &st) == 0 && st.st_nlink == 0)
		return EAGAIN;
	seldom_error("static %s: %s: not served", f->name, why);
	return ENOENT;
}

static int try_open(struct file *f, const struct plan *p, int root, bool last)
{
	int err;

	fd_close(&f->fd);
	f->was_seen = false;
	f->fd = beneath_open(root, f->name + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (f->fd < 0)
		return errno;
	err = look(f, last);
	return err || root != p->root_fd ? err : suspect(f, p);
}

static struct file *open_in(
	const struct plan *p, int root, struct span path, enum http_coding coding)
{
	struct file *f = file_new();

	if (!f || !set_name(f, path, coding)) {
		file_unref(f);
		return NULL;
	}
	f->error = EAGAIN;
	for (int i = 1; i <= TRIES && f->error == EAGAIN; i++)
		f->error = try_open(f, p, root, i == TRIES);
	if (!f->error && !describe(f, p))
		f->error = ENOMEM;
	if (f->error || f->size <= FILE_IN_MEMORY)
		fd_close(&f->fd);
	return f;
}

struct file *file_open(const struct plan *p, struct span path, enum http_coding coding)
{
	return open_in(p, p->root_fd, path, coding);
}

struct file *file_open_in(int root, const struct plan *p, struct span path)
{
	return open_in(p, root, path, CODING_IDENTITY);
}

/* ---- later ---- */

bool file_is_current(const struct file *f, const struct plan *p)
{
	const char *name = f->name[1] ? f->name + 1 : ".";
	struct stat st;

	if (fstatat(p->root_fd, name, &st, AT_NO_AUTOMOUNT) < 0)
		return !f->was_seen && errno == f->error;
	return f->was_seen && f->settled && same_file(&f->stat, &st);
}

bool file_is_whole(const struct file *f)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0 || (uint64_t)st.st_size < f->size)
		return false;
	return (uint64_t)st.st_size > f->size ||
	       (st.st_mtim.tv_sec == f->stat.st_mtim.tv_sec &&
		       st.st_mtim.tv_nsec == f->stat.st_mtim.tv_nsec);
}
