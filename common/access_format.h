/* SPDX-License-Identifier: MIT
 *
 * access_format: what access.format may say, taken apart into items.
 * Runs in: the manager (is it right?), the gateway (which executes it). Pure: no I/O, no clock, no
 * allocation; knows no request, only what can be asked about one.
 *
 * Placeholders are php-fpm's, with what a gateway knows besides; new ones have Apache's letters
 * where those are free.
 */
#ifndef HEARTH_ACCESS_FORMAT_H
#define HEARTH_ACCESS_FORMAT_H

#include "common/span.h"

enum access_what {
	ACCESS_LITERAL,
	ACCESS_CPU,
	ACCESS_DURATION,
	ACCESS_VARIABLE,
	ACCESS_SCRIPT,
	ACCESS_LENGTH,
	ACCESS_METHOD,
	ACCESS_MEMORY,
	ACCESS_POOL,
	ACCESS_ANSWER_HEADER,
	ACCESS_WORKER_PID,
	ACCESS_MANAGER_PID,
	ACCESS_QUERY,
	ACCESS_QUERY_MARK,
	ACCESS_REQUEST,
	ACCESS_CLIENT,
	ACCESS_STATUS,
	ACCESS_BEGAN,
	ACCESS_LOGGED,
	ACCESS_USER,
	ACCESS_BYTES,
	ACCESS_ALL_BYTES,
	ACCESS_PORT,
	ACCESS_FIRST_BYTE,
	ACCESS_PROTOCOL,
	ACCESS_HEADER,
	ACCESS_ID,
	ACCESS_WORKER_TIME,
	ACCESS_HOST,
	ACCESS_QUEUE_TIME,
	ACCESS_END,
	ACCESS_WHATS
};

/* What of it, by the word in braces; 0 without one. Any other text in braces is a name or a time
 * format, and the option is ACCESS_GIVEN. */
enum access_option {
	ACCESS_SECONDS = 0,
	ACCESS_MILLISECONDS,
	ACCESS_MICROSECONDS,
	ACCESS_IN_BYTES = 0,
	ACCESS_KILOBYTES,
	ACCESS_MEGABYTES,
	ACCESS_TOTAL = 0,
	ACCESS_OF_USER,
	ACCESS_OF_SYSTEM,
	ACCESS_PATH = 0,
	ACCESS_TARGET,
	ACCESS_LINE,
	ACCESS_SIGN = 0,
	ACCESS_WORD,
	ACCESS_CLF = 0, /* 18/Nov/2025:10:00:00 +0100 */
	ACCESS_ISO,
	ACCESS_GIVEN,
};

struct access_item {
	enum access_what what;
	enum access_option option;
	struct span text; /* the literal; what stands in braces */
};

/* What `combined` and `json` stand for, or the text itself. In json an item puts its own quotes. */
const char *access_format_text(const char *format, bool *json);

/* Takes the next item off *rest, which is not empty. False: `why` says what is wrong and what to
 * write instead. */
bool access_format_next(struct span *rest, struct access_item *item, char *why, size_t size);

/* All of them. */
bool access_format_check(const char *format, char *why, size_t size);

/* The documentation: what may be written, and what it stands for. */
struct access_term {
	char letter;
	enum access_what what;
	unsigned takes;    /* access_format.c's */
	const char *title; /* "%{NAME}i" */
	const char *help;
};

extern const struct access_term access_terms[];
extern const size_t access_terms_count;

#endif
