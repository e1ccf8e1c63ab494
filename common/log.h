/* SPDX-License-Identifier: MIT
 *
 * log: one record is one line, whatever bytes it carries.
 * Runs in: every process. The only place that ends a process for an error; knows no subject.
 *
 * Verbs leave errno alone, so "%m" works and a caller may log before it looks at errno.
 */
#ifndef HEARTH_LOG_H
#define HEARTH_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* php-fpm's levels, by its names. */
enum log_level { LOG_AT_ALERT, LOG_AT_ERROR, LOG_AT_WARNING, LOG_AT_NOTICE, LOG_AT_DEBUG };

extern const char *const log_level_names[5];

#define LOG_LIMIT     4096u /* if nothing is said */
#define LOG_LIMIT_MIN 512u

/* `ident` stands before each record of a process other than the manager; may be NULL. */
void log_open(const char *ident, enum log_level level);
/* Records go to fd from now on. The log does not own fd. */
void log_to_fd(int fd);
/* `facility` is one of syslog(3). */
void log_to_syslog(const char *ident, int facility);

/* Words have neither time nor level: for a process whose records another takes down as said. */
enum log_format { LOG_AS_TEXT, LOG_AS_JSON, LOG_AS_WORDS };
void log_set_format(enum log_format format);
/* The longest line, its end included: at least LOG_LIMIT_MIN. */
void log_set_limit(size_t bytes);
/* So much of somebody's words fits into a line, beside whose they are. */
size_t log_words_max(void);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

#define LOG_PRINTF(f, a) __attribute__((format(printf, f, a)))

void log_at(enum log_level level, const char *fmt, ...) LOG_PRINTF(2, 3);
void log_alert(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_error(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_warn(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_notice(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_debug(const char *fmt, ...) LOG_PRINTF(1, 2);
/* The same, with a name for programs that read the log as JSON: it stays as it is when the words
 * change. `request`: its id, if that stands where it cannot be told from words of others; or 0. */
void log_event(const char *event, enum log_level level, uint64_t request, const char *fmt, ...)
	LOG_PRINTF(4, 5);

/* What somebody has said who is none of us. */
struct log_words {
	const char *whose;  /* "[pool app] child 12" */
	const char *stream; /* "stderr" */
	const char *words;
	const char *more; /* a remark of ours behind them, or "" */
	bool plain;       /* in a text the words alone make the line */
};

void log_words(enum log_level level, const struct log_words *w);

/* Logs at alert and exits with `status` (sysexits: 70 software, 71 system, 78 configuration). */
_Noreturn void fatal(int status, const char *fmt, ...) LOG_PRINTF(2, 3);

/* Copies `n` bytes to `to` with controls, and what is no UTF-8, made visible (\x1b); UTF-8 passes.
 * Always terminates; returns the length written. Pure. */
size_t log_escape(char *to, size_t size, const char *from, size_t n);

/* A programming error, in every build: must(list is not empty). */
#define must(cond) ((cond) ? (void)0 : fatal(70, "%s:%d: must(%s)", __FILE__, __LINE__, #cond))

#endif
