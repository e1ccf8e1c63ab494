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

/* php-fpm's levels, by its names. */
enum log_level { LOG_AT_ALERT, LOG_AT_ERROR, LOG_AT_WARNING, LOG_AT_NOTICE, LOG_AT_DEBUG };

extern const char *const log_level_names[5];

/* `ident` stands before each record of a process other than the manager; may be NULL. */
void log_open(const char *ident, enum log_level level);
/* Records go to fd from now on. The log does not own fd. */
void log_to_fd(int fd);
void log_to_syslog(const char *ident);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

#define LOG_PRINTF(f, a) __attribute__((format(printf, f, a)))

void log_at(enum log_level level, const char *fmt, ...) LOG_PRINTF(2, 3);
void log_alert(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_error(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_warn(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_notice(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_debug(const char *fmt, ...) LOG_PRINTF(1, 2);
/* Logs at alert and exits with `status` (sysexits: 70 software, 71 system, 78 configuration). */
_Noreturn void fatal(int status, const char *fmt, ...) LOG_PRINTF(2, 3);

/* Copies `n` bytes to `to` with controls, backslash-x style, made visible (\x1b); UTF-8 passes.
 * Always terminates; returns the length written. Pure. */
size_t log_escape(char *to, size_t size, const char *from, size_t n);

/* A programming error, in every build: must(list is not empty). */
#define must(cond) ((cond) ? (void)0 : fatal(70, "%s:%d: must(%s)", __FILE__, __LINE__, #cond))

#endif
