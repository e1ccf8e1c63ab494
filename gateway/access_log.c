/* SPDX-License-Identifier: MIT
 *
 * access_log: see access_log.h.
 */
#include "gateway/access_log.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

/* Lines wait for one another up to this many bytes, or this long. */
#define FLUSH_BYTES (16u * 1024)
#define FLUSH_MS    500
#define FIELD_MAX   2048

static struct {
	pthread_mutex_t lock; /* of the descriptor: a lane must not write to one that is closed */
	int fd;
	_Atomic bool open, at_once;
	bool complained;
} file = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

void access_log_open(int fd, bool flush)
{
	pthread_mutex_lock(&file.lock);
	fd_close(&file.fd);
	file.fd = fd;
	file.complained = false;
	file.open = fd >= 0;
	file.at_once = flush;
	pthread_mutex_unlock(&file.lock);
}

static size_t until_special(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

/* What the client sent cannot end a field or a line: quotes are escaped as well, and backslashes,
 * so that every one in the log is ours. */
static void put_quoted(struct buf *b, struct span s)
{
	char text[4 * FIELD_MAX + 1];

	s.n = s.n < FIELD_MAX ? s.n : FIELD_MAX;
	buf_puts(b, "\"");
	while (s.n) {
		size_t plain = until_special(s);
		buf_put(b, text, log_escape(text, sizeof text, s.p, plain));
		if (plain < s.n)
			buf_puts(b, s.p[plain++] == '"' ? "\\x22" : "\\x5c");
		s = span_from(s, plain);
	}
	buf_puts(b, "\"");
}

static void put_field(struct buf *b, const struct request *r, const char *name)
{
	struct span value = http_value(&r->head, buf_head(&r->in), name);

	buf_puts(b, " ");
	put_quoted(b, value.n ? value : SPAN_LIT("-"));
}

/* As it was sent, or what there is of it if it never became a request. */
static struct span request_line(const struct request *r)
{
	struct span all = buf_span(&r->in);
	const char *end = all.n ? memchr(all.p, '\r', all.n) : NULL;

	if (r->head.target.len) {
		struct span target = request_span(r, r->head.target);
		const char *line = request_span(r, r->head.method).p;
		size_t n = (size_t)(target.p + target.n - line);
		if (n + sizeof " HTTP/1.1" - 1 <= all.n)
			n += sizeof " HTTP/1.1" - 1;
		return (struct span){line, n};
	}
	return end ? (struct span){all.p, (size_t)(end - all.p)} : all;
}

static void on_log_timer(struct timer *t)
{
	access_log_write(container_of(t, struct lane, log_timer));
}

void access_log_line(struct request *r, const char *peer)
{
	struct lane *l = r->lane;
	struct buf *b = &l->log;

	if (!file.open)
		return;
	buf_putf(b, "%s - - [%s] ", peer[0] ? peer : "unix:", lane_clf_date(l));
	put_quoted(b, request_line(r));
	buf_putf(b, " %d %" PRIu64, r->answer.status, r->answer.sent);
	put_field(b, r, "Referer");
	put_field(b, r, "User-Agent");
	buf_puts(b, "\n");
	if (file.at_once || buf_len(b) >= FLUSH_BYTES) {
		access_log_write(l);
		return;
	}
	if (!l->log_timer.fn)
		timer_init(&l->log_timer, on_log_timer);
	if (mono_is_never(l->log_timer.due))
		timer_set_ms(&l->loop, &l->log_timer, FLUSH_MS);
}

/* A log that cannot be written is said once, and is never a reason to stop serving. */
void access_log_write(struct lane *l)
{
	l->log_timer.due = MONO_NEVER;
	pthread_mutex_lock(&file.lock);
	while (buf_len(&l->log) && file.fd >= 0) {
		ssize_t n = write(file.fd, buf_head(&l->log), buf_len(&l->log));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (!file.complained)
				log_error("access.log: %m: lines are lost");
			file.complained = true;
			break;
		}
		buf_drop(&l->log, (size_t)n);
	}
	pthread_mutex_unlock(&file.lock);
	buf_clear(&l->log);
}
