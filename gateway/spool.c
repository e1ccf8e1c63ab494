/* SPDX-License-Identifier: MIT
 *
 * spool: see spool.h.
 */
#include "gateway/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

#define FREE_EVERY (4u * 1024 * 1024)

/* A file that never has a name, or (file systems without O_TMPFILE) loses it at once. */
static int open_unnamed(const char *dir)
{
	char name[4096];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	if ((size_t)snprintf(name, sizeof name, "%s/hearth-spool.XXXXXX", dir) >= sizeof name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

/* ---- the file, and what it takes ---- */

static struct spool_file *file_of(struct spool *s, struct quota *quota)
{
	if (s->file || !(s->file = calloc(1, sizeof *s->file)))
		return s->file;
	s->file->fd = -1;
	s->file->quota = quota_ref(quota);
	return s->file;
}

static bool write_all(int fd, struct span bytes, uint64_t at)
{
	while (bytes.n) {
		ssize_t n = pwrite(fd, bytes.p, bytes.n, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0 || errno == EDQUOT || errno == EFBIG)
				errno = ENOSPC;
			return false;
		}
		at += (uint64_t)n;
		bytes = span_from(bytes, (size_t)n);
	}
	return true;
}

static bool file_append(struct spool_file *f, struct span bytes, struct spool_place *to)
{
	int kept;

	if (f->fd < 0 && (f->fd = open_unnamed(to->dir)) < 0)
		return false;
	if ((to->lacks = quota_take(f->quota, bytes.n))) {
		errno = EDQUOT;
		return false;
	}
	if (write_all(f->fd, bytes, f->wr)) {
		f->wr += bytes.n;
		return true;
	}
	kept = errno;
	quota_give(f->quota, bytes.n);
	/* What was written of it is not in the queue, and shall not be on the disk either. */
	if (ftruncate(f->fd, (off_t)f->wr) < 0)
		log_debug("spool: ftruncate: %m");
	errno = kept;
	return false;
}

/* What found no room before may have it now. */
static bool file_append_held(struct spool_file *f, struct spool_place *to)
{
	if (buf_len(&f->held) == 0)
		return true;
	if (!file_append(f, buf_span(&f->held), to))
		return false;
	buf_free(&f->held);
	return true;
}

/* A reader that never quite catches up costs no more than this much of what it has read. */
static void file_give_back(struct spool_file *f)
{
	if (f->rd - f->freed < FREE_EVERY ||
		fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)f->freed,
			(off_t)(f->rd - f->freed)) < 0)
		return;
	quota_give(f->quota, f->rd - f->freed);
	f->freed = f->rd;
	file_append_held(f, &(struct spool_place){0});
}

void spool_close(struct spool *s)
{
	struct spool_file *f = s->file;

	if (!f)
		return;
	s->file = NULL;
	fd_close(&f->fd);
	quota_give(f->quota, f->wr - f->freed);
	quota_unref(f->quota);
	buf_free(&f->held);
	free(f);
}

/* ---- in ---- */

static bool fits(const struct spool *s, size_t n, const struct spool_place *to)
{
	return !s->file && n <= to->in_memory && buf_len(&s->mem) <= to->in_memory - n;
}

static bool put_file(struct spool *s, struct span bytes, struct spool_place *to)
{
	struct spool_file *f = file_of(s, to->quota);

	if (!f) {
		errno = ENOMEM;
		return false;
	}
	if (file_append_held(f, to) && file_append(f, bytes, to))
		return true;
	if (f->wr == f->rd && buf_len(&f->held) == 0) {
		int kept = errno;
		spool_close(s);
		errno = kept;
	}
	return false;
}

bool spool_put(struct spool *s, struct span bytes, struct spool_place *to)
{
	if (bytes.n == 0)
		return true;
	if (!fits(s, bytes.n, to))
		return put_file(s, bytes, to);
	if (buf_put_span(&s->mem, bytes))
		return true;
	errno = ENOMEM;
	return false;
}

bool spool_hold(struct spool *s, struct span bytes, const struct spool_place *to)
{
	struct spool_file *f;

	if (!s->file && buf_len(&s->mem) == 0)
		return buf_put_span(&s->mem, bytes); /* there is nothing to be behind of */
	f = file_of(s, to->quota);
	return f && buf_put_span(&f->held, bytes);
}

bool spool_is_stuck(const struct spool *s)
{
	return s->file && buf_len(&s->file->held);
}

/* ---- out ---- */

/* The file is used up: it goes, and what was held is the front now. */
static void turn_over(struct spool *s)
{
	struct buf was = s->mem;

	if (buf_len(&s->file->held)) {
		s->mem = s->file->held;
		s->file->held = was;
	}
	spool_close(s);
}

static struct span read_at(int fd, uint64_t at, char *room, size_t size, bool *failed)
{
	ssize_t n;

	while ((n = pread(fd, room, size, (off_t)at)) < 0 && errno == EINTR)
		;
	*failed = n <= 0;
	return n > 0 ? (struct span){room, (size_t)n} : SPAN_NONE;
}

struct span spool_front(struct spool *s, char *room, size_t size, bool *failed)
{
	const struct spool_file *f = s->file;

	*failed = false;
	if (buf_len(&s->mem) || !f)
		return buf_span(&s->mem);
	size = f->wr - f->rd < size ? (size_t)(f->wr - f->rd) : size;
	return read_at(f->fd, f->rd, room, size, failed);
}

void spool_drop(struct spool *s, size_t n)
{
	struct spool_file *f = s->file;

	if (buf_len(&s->mem)) {
		buf_drop(&s->mem, n);
	} else if (f) {
		f->rd += n;
		file_give_back(f);
	}
	if (f && buf_len(&s->mem) == 0 && f->rd == f->wr)
		turn_over(s);
}

struct span spool_at(const struct spool *s, uint64_t at, char *room, size_t size, bool *failed)
{
	size_t held = buf_len(&s->mem);
	uint64_t left;

	*failed = false;
	if (at < held) {
		struct span there = span_from(buf_span(&s->mem), (size_t)at);
		there.n = there.n < size ? there.n : size;
		return there;
	}
	left = s->file ? s->file->wr - (at - held) : 0;
	if (left == 0)
		return SPAN_NONE;
	return read_at(s->file->fd, at - held, room, left < size ? (size_t)left : size, failed);
}

bool spool_file_at(const struct spool *s, uint64_t at, int *fd, uint64_t *from, uint64_t *n)
{
	size_t held = buf_len(&s->mem);

	if (!s->file || at < held || at - held >= s->file->wr)
		return false;
	*fd = s->file->fd;
	*from = at - held;
	*n = s->file->wr - *from;
	return true;
}

/* ---- complaints ---- */

void spool_complain(const struct spool_place *to, int err, enum quota_complaint what)
{
	static const char *const then[] = {
		[QUOTA_REFUSES] = "a request body is refused",
		[QUOTA_DELAYS] = "workers wait until their clients have taken more",
	};
	static _Atomic int64_t said[QUOTA_COMPLAINTS];
	struct quota *q = err == EDQUOT ? to->lacks : NULL;

	if (!quota_may_say(q ? &q->said[what] : &said[what], mono_now()))
		return;
	if (q)
		log_warn("[%s] max_spool (%" PRIu64 " bytes) is used up: %s", q->name, q->max,
			then[what]);
	else if (err == ENOSPC)
		log_error("spool_dir %s: the disk is full: %s", to->dir, then[what]);
	else
		log_error(
			"spool_dir %s cannot be used: %s: %s", to->dir, strerror(err), then[what]);
}
