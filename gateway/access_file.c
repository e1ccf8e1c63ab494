/* SPDX-License-Identifier: MIT
 *
 * access_file: see access_file.h.
 *
 * A record is never torn. A file takes a buffer whole (O_APPEND); a pipe takes what fits into
 * PIPE_BUF whole or not at all (POSIX write), so it is given groups of lines of that size. Where
 * only a part of a line could be written all the same, its rest becomes the `tail`, which goes
 * before anything else of any lane.
 */
#include "gateway/access_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

/* After so long without a loss it is well again: a reader that is a little too slow shall not fill
 * the error log. */
#define WELL_MS 2000

/* ---- losses: under the lock ---- */

static void count_lost(struct access_file *f, struct span lines)
{
	for (const char *p = lines.p; lines.n && (p = memchr(p, '\n', lines.n)); p++) {
		lines = span_from(lines, (size_t)(p - lines.p) + 1);
		f->lost++;
	}
	f->lost_at = lane_here->loop.now;
}

static void say_failing(struct access_file *f, const char *why)
{
	if (!f->failing)
		log_error("%s: %s: lines are lost", f->title, why);
	f->failing = true;
}

static bool is_well(const struct access_file *f)
{
	return !mono_before(lane_here->loop.now, mono_add_ms(f->lost_at, WELL_MS));
}

static void say_lost(struct access_file *f, const char *what)
{
	if (f->failing)
		log_notice("%s: %s%" PRIu64 " lines were lost", f->title, what, f->lost);
	f->failing = false;
	f->lost = 0;
}

/* ---- writing: under the lock ---- */

static bool has_room(const struct access_file *f)
{
	struct pollfd p = {.fd = f->fd, .events = POLLOUT};

	return !f->may_block || poll(&p, 1, 0) != 0;
}

static ssize_t write_piece(struct access_file *f, struct span s)
{
	if (f->kind == ACCESS_IS_SOCKET)
		return send(f->fd, s.p, s.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (has_room(f))
		return write(f->fd, s.p, s.n);
	errno = EAGAIN;
	return -1;
}

/* As many lines as a pipe takes whole; of a longer line, all of it. */
static struct span next_piece(const struct access_file *f, struct span s)
{
	const char *end;

	if (f->kind != ACCESS_IS_STREAM || s.n <= PIPE_BUF)
		return s;
	end = memrchr(s.p, '\n', PIPE_BUF);
	if (!end)
		end = memchr(s.p, '\n', s.n);
	return (struct span){s.p, end ? (size_t)(end - s.p) + 1 : s.n};
}

/* False, with errno: not all of it; *torn if it ends within a line. */
static bool write_lines(struct access_file *f, struct buf *b, bool *torn)
{
	*torn = false;
	while (buf_len(b)) {
		struct span piece = next_piece(f, buf_span(b));
		ssize_t n = write_piece(f, piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EAGAIN;
			return false;
		}
		*torn = piece.p[n - 1] != '\n';
		buf_drop(b, (size_t)n);
	}
	return true;
}

/* The rest of the first line in b. Without memory for it the next line will be behind a part of
 * this one: the one case where that cannot be helped. */
static void keep_tail(struct access_file *f, struct buf *b)
{
	const char *end = memchr(buf_head(b), '\n', buf_len(b));
	size_t n = end ? (size_t)(end - buf_head(b)) + 1 : buf_len(b);
	int kept = errno;

	if (!buf_put(&f->tail, buf_head(b), n))
		f->lost++;
	buf_drop(b, n);
	errno = kept;
}

/* What cannot be written now stays in b, what never can is dropped. */
static void write_or_drop(struct access_file *f, struct buf *b)
{
	bool torn;
	bool done = write_lines(f, &f->tail, &torn);

	if (done && !(done = write_lines(f, b, &torn)) && torn)
		keep_tail(f, b);
	if (done) {
		if (f->failing && is_well(f))
			say_lost(f, "it is written again; ");
	} else if (errno != EAGAIN) {
		say_failing(f, strerror(errno));
		count_lost(f, buf_span(b));
		buf_clear(b);
	}
}

/* ---- the file ---- */

static enum access_kind kind_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || S_ISREG(st.st_mode))
		return ACCESS_IS_FILE;
	return S_ISSOCK(st.st_mode) ? ACCESS_IS_SOCKET : ACCESS_IS_STREAM;
}

/* A line that was begun is the old file's. */
static void leave_file(struct access_file *f)
{
	bool torn;

	if (!write_lines(f, &f->tail, &torn)) {
		say_failing(f, strerror(errno));
		count_lost(f, SPAN_LIT("\n"));
	}
	buf_free(&f->tail);
	say_lost(f, "");
	fd_close(&f->fd);
}

void access_file_open(struct access_file *f, int fd, bool flush)
{
	pthread_mutex_lock(&f->lock);
	if (f->fd >= 0)
		leave_file(f);
	f->fd = fd;
	f->kind = kind_of(fd);
	f->may_block = f->kind == ACCESS_IS_STREAM && !(fcntl(fd, F_GETFL) & O_NONBLOCK);
	f->open = fd >= 0;
	f->at_once = flush;
	pthread_mutex_unlock(&f->lock);
}

void access_file_write(struct access_file *f, struct buf *b)
{
	pthread_mutex_lock(&f->lock);
	if (f->fd < 0)
		buf_clear(b);
	else if (buf_len(b))
		write_or_drop(f, b);
	pthread_mutex_unlock(&f->lock);
}

void access_file_lose(struct access_file *f, const char *why, struct span lines)
{
	pthread_mutex_lock(&f->lock);
	say_failing(f, why);
	count_lost(f, lines);
	pthread_mutex_unlock(&f->lock);
}

void access_file_wait(struct access_file *f, int ms)
{
	struct pollfd p = {.events = POLLOUT};

	pthread_mutex_lock(&f->lock);
	p.fd = f->fd;
	pthread_mutex_unlock(&f->lock);
	poll(&p, 1, ms);
}

void access_file_tell(struct access_file *f)
{
	pthread_mutex_lock(&f->lock);
	say_lost(f, "");
	pthread_mutex_unlock(&f->lock);
}

void access_file_init(struct access_file *f, uint32_t pool, const char *name)
{
	*f = (struct access_file){.pool = pool, .fd = -1};
	list_init(&f->link);
	pthread_mutex_init(&f->lock, NULL);
	snprintf(f->title, sizeof f->title, name ? "[pool %.64s] access.log" : "access.log%.0s",
		name ? name : "");
}
