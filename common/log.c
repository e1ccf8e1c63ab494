/* SPDX-License-Identifier: MIT
 *
 * log: see log.h. A record is composed whole, made harmless, and written with one write(2), so
 * records of several threads and processes never mix.
 */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/log_json.h"
#include "common/utf8.h"

/* syslog.h claims LOG_DEBUG and friends; ours are LOG_AT_*. */

const char *const log_level_names[5] = {"alert", "error", "warning", "notice", "debug"};

static const char *const shouted[5] = {"ALERT", "ERROR", "WARNING", "NOTICE", "DEBUG"};
static const int priorities[5] = {LOG_ALERT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG};

static struct {
	_Atomic int fd;
	_Atomic int level, format;
	_Atomic size_t limit;
	_Atomic bool to_syslog;
	char ident[32];
	char *syslog_ident; /* syslog(3) goes on looking at it: never freed */
} state = {.fd = STDERR_FILENO, .level = LOG_AT_NOTICE, .limit = LOG_LIMIT};

void log_open(const char *ident, enum log_level level)
{
	snprintf(state.ident, sizeof state.ident, "%s", ident ? ident : "");
	log_set_level(level);
}

void log_to_fd(int fd)
{
	state.fd = fd;
	state.to_syslog = false;
}

void log_to_syslog(const char *ident, int facility)
{
	if (!state.syslog_ident || strcmp(state.syslog_ident, ident) != 0)
		state.syslog_ident = strdup(ident);
	openlog(state.syslog_ident, LOG_PID | LOG_NDELAY, facility);
	state.to_syslog = true;
}

void log_set_format(enum log_format format)
{
	state.format = (int)format;
}

void log_set_limit(size_t bytes)
{
	state.limit = bytes > LOG_LIMIT_MIN ? bytes : LOG_LIMIT_MIN;
}

/* Half of it for a short line, else all but what a long tag may take. */
size_t log_words_max(void)
{
	size_t limit = state.limit;

	return limit >= 1024 ? limit - 512 : limit / 2;
}

void log_set_level(enum log_level level)
{
	state.level = (int)level;
}

enum log_level log_get_level(void)
{
	return (enum log_level)state.level;
}

/* Bytes of what may be shown at the start of s; 0: that byte may not. */
static size_t shown(struct span s)
{
	uint32_t code;
	size_t n = utf8_code(s, &code);

	return n && !utf8_is_tricky(code) ? n : 0;
}

size_t log_escape(char *to, size_t size, const char *from, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	struct span rest = {from, n};
	size_t out = 0;

	while (rest.n) {
		size_t len = shown(rest), need = len ? len : 4;
		if (out + need >= size)
			break;
		if (len) {
			memcpy(to + out, rest.p, len);
		} else {
			memcpy(to + out, "\\x", 2);
			to[out + 2] = hex[(unsigned char)*rest.p >> 4];
			to[out + 3] = hex[*rest.p & 15];
		}
		rest = span_from(rest, len ? len : 1);
		out += need;
	}
	if (size)
		to[out] = '\0';
	return out;
}

static size_t put_prefix(char *to, size_t size, enum log_level level)
{
	struct timespec ts;
	struct tm tm;
	size_t n;
	int more;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	n = strftime(to, size, "[%d-%b-%Y %H:%M:%S", &tm);
	more = snprintf(to + n, size - n, ".%03ld] %s: %s%s", ts.tv_nsec / 1000000, shouted[level],
		state.ident, state.ident[0] ? ": " : "");
	return n + (size_t)more;
}

/* RFC 3339, in local time. */
static void put_time(char to[static 48])
{
	struct timespec ts;
	struct tm tm;
	char zone[8];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(zone, sizeof zone, "%z", &tm);
	n = strftime(to, 48, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(to + n, 48 - n, ".%03ld%.3s:%s", ts.tv_nsec / 1000000, zone,
		strlen(zone) == 5 ? zone + 3 : "00");
}

/* A record before it is a line. */
struct record {
	enum log_level level;
	const char *event;
	uint64_t request;
	const char *text; /* as people read it */
	size_t len;
	const struct log_words *words; /* or NULL */
};

static size_t put_json(char *to, size_t size, const struct record *r)
{
	const struct log_words *w = r->words;
	struct log_record json = {.level = log_level_names[r->level],
		.process = state.ident[0] ? state.ident : "manager",
		.event = r->event,
		.request = r->request,
		.about = {r->text, r->len},
		.message = {r->text, r->len}};
	char time[48];

	put_time(time);
	json.time = time;
	if (w) {
		json.event = "said";
		json.about = span_of(w->whose);
		json.stream = w->stream;
		json.note = w->more;
		json.message = span_of(w->words);
	}
	return log_json_put(to, size, &json);
}

static size_t put_text(char *to, size_t size, const struct record *r)
{
	bool alone = r->words && r->words->plain;
	bool plain = alone || state.format == LOG_AS_WORDS;
	struct span text = alone ? span_of(r->words->words) : (struct span){r->text, r->len};
	size_t n = 0;

	if (!state.to_syslog && !plain)
		n = put_prefix(to, size, r->level);
	else if (state.ident[0] && !plain)
		n = (size_t)snprintf(to, size, "%s: ", state.ident);
	return n + log_escape(to + n, size - n, text.p, text.n);
}

/* `line` has room for the limit, and so for a NUL where its end comes. */
static void write_record(const struct record *r, char *line, size_t limit)
{
	size_t n = state.format == LOG_AS_JSON ? put_json(line, limit, r)
					       : put_text(line, limit, r);

	if (state.to_syslog) {
		syslog(priorities[r->level], "%s", line);
		return;
	}
	line[n] = '\n';
	/* Nobody to tell if this fails; the disk may come back. */
	if (write(state.fd, line, n + 1) < 0)
		errno = 0;
}

/* Where records are made. Longer ones than usual need memory; without it they are not longer. */
struct room {
	char small[2][LOG_LIMIT];
	char *text, *line, *more;
	size_t limit;
};

static void room_open(struct room *room)
{
	room->limit = state.limit;
	room->more = room->limit > LOG_LIMIT ? malloc(2 * room->limit) : NULL;
	room->text = room->more ? room->more : room->small[0];
	room->line = room->more ? room->more + room->limit : room->small[1];
	if (!room->more && room->limit > LOG_LIMIT)
		room->limit = LOG_LIMIT;
}

static size_t kept(int n, size_t limit)
{
	return n < 0 ? 0 : (size_t)n < limit ? (size_t)n : limit - 1;
}

LOG_PRINTF(2, 0)
static void vlog(struct record r, const char *fmt, va_list ap)
{
	int error = errno;
	struct room room;

	room_open(&room);
	errno = error;
	r.len = kept(vsnprintf(room.text, room.limit, fmt, ap), room.limit);
	r.text = room.text;
	write_record(&r, room.line, room.limit);
	free(room.more);
	errno = error;
}

void log_words(enum log_level level, const struct log_words *w)
{
	struct record r = {.level = level, .words = w};
	int error = errno;
	struct room room;

	if ((int)level > state.level)
		return;
	room_open(&room);
	r.len = kept(snprintf(room.text, room.limit, "%s said into %s: \"%s\"%s", w->whose,
			     w->stream, w->words, w->more),
		room.limit);
	r.text = room.text;
	write_record(&r, room.line, room.limit);
	free(room.more);
	errno = error;
}

void log_event(const char *event, enum log_level level, uint64_t request, const char *fmt, ...)
{
	va_list ap;

	if ((int)level > state.level)
		return;
	va_start(ap, fmt);
	vlog((struct record){.level = level, .event = event, .request = request}, fmt, ap);
	va_end(ap);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if ((int)level > state.level)
		return;
	va_start(ap, fmt);
	vlog((struct record){.level = level}, fmt, ap);
	va_end(ap);
}

#define VERB(name, at)                                         \
	void name(const char *fmt, ...)                        \
	{                                                      \
		va_list ap;                                    \
		if ((int)(at) > state.level)                   \
			return;                                \
		va_start(ap, fmt);                             \
		vlog((struct record){.level = (at)}, fmt, ap); \
		va_end(ap);                                    \
	}

VERB(log_alert, LOG_AT_ALERT)
VERB(log_error, LOG_AT_ERROR)
VERB(log_warn, LOG_AT_WARNING)
VERB(log_notice, LOG_AT_NOTICE)
VERB(log_debug, LOG_AT_DEBUG)

void fatal(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog((struct record){.level = LOG_AT_ALERT}, fmt, ap);
	va_end(ap);
	exit(status);
}
