/* SPDX-License-Identifier: MIT
 *
 * spool: see spool.h.
 */
#include "gateway/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"

#define CHUNK      (64u * 1024)
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

static bool put_file(struct spool *s, struct span bytes, const char *dir)
{
	uint64_t at = s->wr;

	if (s->fd < 0 && (s->fd = open_unnamed(dir)) < 0)
		return false;
	while (bytes.n) {
		ssize_t n = pwrite(s->fd, bytes.p, bytes.n, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false; /* what was written lies beyond wr: not in the queue */
		at += (uint64_t)n;
		bytes = span_from(bytes, (size_t)n);
	}
	s->wr = at;
	return true;
}

bool spool_put(struct spool *s, struct span bytes, size_t mem_max, const char *dir)
{
	if (spool_in_memory(s) && buf_len(&s->mem) + bytes.n <= mem_max) {
		if (buf_put_span(&s->mem, bytes))
			return true;
		errno = ENOMEM;
		return false;
	}
	return put_file(s, bytes, dir);
}

/* Brings the next piece of the file to the front. */
static bool refill(struct spool *s)
{
	size_t want = s->wr - s->rd < CHUNK ? (size_t)(s->wr - s->rd) : CHUNK;
	ssize_t n;

	if (!buf_reserve(&s->mem, want))
		return false;
	while ((n = pread(s->fd, buf_tail(&s->mem), want, (off_t)s->rd)) < 0 && errno == EINTR)
		;
	if (n <= 0)
		return false;
	buf_grew(&s->mem, (size_t)n);
	s->rd += (uint64_t)n;
	if (s->rd - s->freed >= FREE_EVERY &&
		fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)s->freed,
			(off_t)(s->rd - s->freed)) == 0)
		s->freed = s->rd; /* a reader that never quite catches up costs no more than this */
	if (s->rd == s->wr) {
		/* Used up: its blocks go back now, not at the end of a long response. */
		s->rd = s->wr = s->freed = 0;
		if (ftruncate(s->fd, 0) < 0)
			fd_close(&s->fd);
	}
	return true;
}

struct span spool_peek(struct spool *s, bool *failed)
{
	*failed = false;
	if (buf_len(&s->mem) == 0 && !spool_in_memory(s) && !refill(s)) {
		*failed = true;
		return SPAN_NONE;
	}
	return buf_span(&s->mem);
}

void spool_drop(struct spool *s, size_t n)
{
	buf_drop(&s->mem, n);
}

struct span spool_at(struct spool *s, uint64_t at, char *room, size_t size, bool *failed)
{
	size_t held = buf_len(&s->mem);
	uint64_t left = s->wr - (at < held ? 0 : at - held);
	ssize_t n;

	*failed = false;
	if (at < held) {
		struct span there = span_from(buf_span(&s->mem), (size_t)at);
		there.n = there.n < size ? there.n : size;
		return there;
	}
	if (left == 0)
		return SPAN_NONE;
	while ((n = pread(s->fd, room, left < size ? (size_t)left : size, (off_t)(at - held))) <
			0 &&
		errno == EINTR)
		;
	*failed = n <= 0;
	return n > 0 ? (struct span){room, (size_t)n} : SPAN_NONE;
}

void spool_close(struct spool *s)
{
	fd_close(&s->fd);
	s->rd = s->wr = s->freed = 0;
}
