/* SPDX-License-Identifier: MIT
 *
 * access_log: see access_log.h.
 *
 * A record is never torn. A file takes a buffer whole (O_APPEND); a pipe takes what fits into
 * PIPE_BUF whole or not at all (POSIX write), so it is given groups of lines of that size. Where
 * only a part of a line could be written all the same, its rest becomes the `tail`, which goes
 * before anything else of any lane.
 */
#include "gateway/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

/* Lines wait for one another up to this many bytes, or this long. */
#define FLUSH_BYTES (16u * 1024)
#define FLUSH_MS    500
/* Lines that a slow reader does not take: how many bytes may wait, and how long until it is tried
 * again. */
#define LOG_WAITING_MAX (1024u * 1024)
#define AGAIN_MS        5
#define FINISH_MS       300
/* After so long without a loss it is well again: a reader that is a little too slow shall not fill
 * the error log. */
#define WELL_MS 2000

enum kind {
	KIND_FILE,   /* takes all at once */
	KIND_SOCKET, /* as the standard error of a service is one: journald's */
	KIND_STREAM, /* a pipe or a terminal */
};

static struct {
	pthread_mutex_t lock; /* of all that follows, but for what is atomic */
	int fd;
	enum kind kind;
	bool may_block; /* it is shared with others who want it so: ask before each write */
	_Atomic bool open, at_once;
	struct buf tail; /* the rest of a line that was written in part */
	bool failing;    /* and it was said */
	uint64_t lost;
	struct mono lost_at;
	struct mono finish_by; /* once for all lanes together */
	unsigned finished;     /* lanes */
} file = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

/* ---- losses: under the lock ---- */

static void count_lost(struct span lines)
{
	for (const char *p = lines.p; lines.n && (p = memchr(p, '\n', lines.n)); p++) {
		lines = span_from(lines, (size_t)(p - lines.p) + 1);
		file.lost++;
	}
	file.lost_at = lane_here->loop.now;
}

static void say_failing(const char *why)
{
	if (!file.failing)
		log_error("access.log: %s: lines are lost", why);
	file.failing = true;
}

static bool is_well(void)
{
	return !mono_before(lane_here->loop.now, mono_add_ms(file.lost_at, WELL_MS));
}

static void say_lost(const char *what)
{
	if (file.failing)
		log_notice("access.log: %s%" PRIu64 " lines were lost", what, file.lost);
	file.failing = false;
	file.lost = 0;
}

/* ---- writing: under the lock ---- */

static bool has_room(void)
{
	struct pollfd p = {.fd = file.fd, .events = POLLOUT};

	return !file.may_block || poll(&p, 1, 0) != 0;
}

static ssize_t write_piece(struct span s)
{
	if (file.kind == KIND_SOCKET)
		return send(file.fd, s.p, s.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (has_room())
		return write(file.fd, s.p, s.n);
	errno = EAGAIN;
	return -1;
}

/* As many lines as a pipe takes whole; of a longer line, all of it. */
static struct span next_piece(struct span s)
{
	const char *end;

	if (file.kind != KIND_STREAM || s.n <= PIPE_BUF)
		return s;
	end = memrchr(s.p, '\n', PIPE_BUF);
	if (!end)
		end = memchr(s.p, '\n', s.n);
	return (struct span){s.p, end ? (size_t)(end - s.p) + 1 : s.n};
}

/* False, with errno: not all of it; *torn if it ends within a line. */
static bool write_lines(struct buf *b, bool *torn)
{
	*torn = false;
	while (buf_len(b)) {
		struct span piece = next_piece(buf_span(b));
		ssize_t n = write_piece(piece);
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
static void keep_tail(struct buf *b)
{
	const char *end = memchr(buf_head(b), '\n', buf_len(b));
	size_t n = end ? (size_t)(end - buf_head(b)) + 1 : buf_len(b);
	int kept = errno;

	if (!buf_put(&file.tail, buf_head(b), n))
		file.lost++;
	buf_drop(b, n);
	errno = kept;
}

/* What cannot be written now stays in b, what never can is dropped. */
static void write_or_drop(struct buf *b)
{
	bool torn;
	bool done = write_lines(&file.tail, &torn);

	if (done && !(done = write_lines(b, &torn)) && torn)
		keep_tail(b);
	if (done) {
		if (file.failing && is_well())
			say_lost("it is written again; ");
	} else if (errno != EAGAIN) {
		say_failing(strerror(errno));
		count_lost(buf_span(b));
		buf_clear(b);
	}
}

static void write_lane(struct lane *l)
{
	l->log_again = 0;
	if (file.fd < 0)
		buf_clear(&l->log);
	else if (buf_len(&l->log))
		write_or_drop(&l->log);
	if (buf_len(&l->log))
		l->log_again = buf_len(&l->log) + FLUSH_BYTES;
}

/* ---- the file ---- */

static enum kind kind_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || S_ISREG(st.st_mode))
		return KIND_FILE;
	return S_ISSOCK(st.st_mode) ? KIND_SOCKET : KIND_STREAM;
}

/* A line that was begun is the old file's. */
static void leave_file(void)
{
	bool torn;

	if (!write_lines(&file.tail, &torn)) {
		say_failing(strerror(errno));
		count_lost(SPAN_LIT("\n"));
	}
	buf_free(&file.tail);
	say_lost("");
	fd_close(&file.fd);
}

void access_log_open(int fd, bool flush)
{
	pthread_mutex_lock(&file.lock);
	if (file.fd >= 0)
		leave_file();
	file.fd = fd;
	file.kind = kind_of(fd);
	file.may_block = file.kind == KIND_STREAM && !(fcntl(fd, F_GETFL) & O_NONBLOCK);
	file.open = fd >= 0;
	file.at_once = flush;
	pthread_mutex_unlock(&file.lock);
}

/* ---- the lanes' side ---- */

static void on_log_timer(struct timer *t)
{
	access_log_write(container_of(t, struct lane, log_timer));
}

static void write_later(struct lane *l, uint32_t ms)
{
	if (!l->log_timer.fn)
		timer_init(&l->log_timer, on_log_timer);
	if (mono_is_never(l->log_timer.due))
		timer_set_ms(&l->loop, &l->log_timer, ms);
}

void access_log_write(struct lane *l)
{
	l->log_timer.due = MONO_NEVER;
	pthread_mutex_lock(&file.lock);
	write_lane(l);
	pthread_mutex_unlock(&file.lock);
	if (l->log_again)
		write_later(l, AGAIN_MS);
}

static void lose(const char *why)
{
	pthread_mutex_lock(&file.lock);
	say_failing(why);
	count_lost(SPAN_LIT("\n"));
	pthread_mutex_unlock(&file.lock);
}

static bool is_due(const struct lane *l)
{
	size_t n = buf_len(&l->log);

	if (l->log_again)
		return n >= l->log_again;
	return file.at_once || n >= FLUSH_BYTES;
}

static void added(struct lane *l, bool ok)
{
	if (!ok)
		lose("out of memory");
	if (is_due(l))
		access_log_write(l);
	else
		write_later(l, FLUSH_MS);
}

static bool is_overfull(const struct lane *l)
{
	if (buf_len(&l->log) <= LOG_WAITING_MAX)
		return false;
	lose("its reader is too slow");
	return true;
}

void access_log_expect(struct access_late *late, struct request *r)
{
	late->of = r;
	r->late = late;
}

void access_log_part(struct request *r)
{
	if (r->late)
		r->late->of = NULL;
	r->late = NULL;
}

static void add_line(struct request *r, const char *peer)
{
	struct lane *l = r->lane;

	if (access_line_lacks(r)) {
		if (access_line_begin(r->late, r, peer, mono_now()))
			list_push_back(&l->late, &r->late->link);
		else
			lose("out of memory");
	} else if (!is_overfull(l)) {
		added(l, access_line_put(&l->log, r, peer, mono_now()));
	}
}

void access_log_line(struct request *r, const char *peer)
{
	if (file.open)
		add_line(r, peer);
	access_log_part(r);
}

void access_log_used(struct access_late *late, const struct usage *u)
{
	struct lane *l = lane_here;

	if (late->of && u->known)
		request_has_used(late->of, u->cpu_us, u->peak_kb);
	if (late->of)
		access_log_part(late->of);
	if (list_empty(&late->link))
		return;
	list_remove(&late->link);
	if (!is_overfull(l))
		added(l, access_usage_fill(&l->log, late, u, mono_now()));
}

/* The lane ends before the scripts. */
static void finish_late(struct lane *l)
{
	static const struct usage unknown;

	while (!list_empty(&l->late))
		access_log_used(list_first(&l->late, struct access_late, link), &unknown);
}

void access_log_finish(struct lane *l)
{
	struct mono now = mono_now();

	finish_late(l);
	pthread_mutex_lock(&file.lock);
	if (file.finish_by.us == 0)
		file.finish_by = mono_add_ms(now, FINISH_MS);
	write_lane(l);
	for (; buf_len(&l->log) && mono_before(now, file.finish_by); now = mono_now()) {
		struct pollfd p = {.fd = file.fd, .events = POLLOUT};
		poll(&p, 1, (int)mono_ms_between(now, file.finish_by) + 1);
		write_lane(l);
	}
	if (buf_len(&l->log)) {
		say_failing("its reader is too slow");
		count_lost(buf_span(&l->log));
		buf_clear(&l->log);
	}
	if (++file.finished == nlanes)
		say_lost("");
	pthread_mutex_unlock(&file.lock);
}
