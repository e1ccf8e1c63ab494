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

/* syslog.h claims LOG_DEBUG and friends; ours are LOG_AT_*. */

#define RECORD_MAX 4096

const char *const log_level_names[5] = {"alert", "error", "warning", "notice", "debug"};

static const char *const shouted[5] = {"ALERT", "ERROR", "WARNING", "NOTICE", "DEBUG"};
static const int priorities[5] = {LOG_ALERT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG};

static struct {
	_Atomic int fd;
	_Atomic int level;
	_Atomic bool to_syslog;
	char ident[32];
} state = {.fd = STDERR_FILENO, .level = LOG_AT_NOTICE};

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

void log_to_syslog(const char *ident)
{
	openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	state.to_syslog = true;
}

void log_set_level(enum log_level level)
{
	state.level = (int)level;
}

enum log_level log_get_level(void)
{
	return (enum log_level)state.level;
}

/* Bytes of the UTF-8 sequence at p, 0 if it is none (overlong forms are not looked for: this is
 * about a readable log, and C1 controls, U+0080 to U+009F, are refused like C0). */
static size_t utf8_len(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (len == 0 || len > n || (p[0] == 0xc2 && p[1] < 0xa0))
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t log_escape(char *to, size_t size, const char *from, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = (const unsigned char *)from;
	size_t out = 0;

	for (size_t i = 0; i < n;) {
		size_t len = p[i] >= 0x20 && p[i] < 0x7f ? 1 : utf8_len(p + i, n - i);
		size_t need = len ? len : 4;
		if (out + need >= size)
			break;
		if (len) {
			memcpy(to + out, p + i, len);
			i += len;
		} else {
			memcpy(to + out, "\\x", 2);
			to[out + 2] = hex[p[i] >> 4];
			to[out + 3] = hex[p[i] & 15];
			i++;
		}
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

LOG_PRINTF(2, 0) static void vlog(enum log_level level, const char *fmt, va_list ap)
{
	char text[RECORD_MAX], line[RECORD_MAX];
	int kept = errno;
	int n = vsnprintf(text, sizeof text, fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;

	if (state.to_syslog) {
		log_escape(line, sizeof line, text, len);
		syslog(priorities[level], "%s%s%s", state.ident, state.ident[0] ? ": " : "", line);
	} else {
		size_t at = put_prefix(line, sizeof line, level);
		at += log_escape(line + at, sizeof line - at - 1, text, len);
		line[at++] = '\n';
		/* Nobody to tell if this fails; the disk may come back. */
		if (write(state.fd, line, at) < 0)
			errno = kept;
	}
	errno = kept;
}

void log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if ((int)level > state.level)
		return;
	va_start(ap, fmt);
	vlog(level, fmt, ap);
	va_end(ap);
}

#define VERB(name, at)                       \
	void name(const char *fmt, ...)      \
	{                                    \
		va_list ap;                  \
		if ((int)(at) > state.level) \
			return;              \
		va_start(ap, fmt);           \
		vlog(at, fmt, ap);           \
		va_end(ap);                  \
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
	vlog(LOG_AT_ALERT, fmt, ap);
	va_end(ap);
	exit(status);
}
