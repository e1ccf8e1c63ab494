/* SPDX-License-Identifier: MIT
 *
 * fpm_status: a status page, byte for byte as php-fpm 8.2 to 8.4 writes it, and what we know
 * besides behind it. Runs in: the gateway. Pure: figures in, bytes out.
 *
 * What reads such pages is old and particular: one takes what is before a colon, one looks for
 * "request uri" with "content length" right behind it, one knows six words for states. So the
 * order, the spelling and even the order of comments in OpenMetrics are php-fpm's.
 */
#ifndef HEARTH_FPM_STATUS_H
#define HEARTH_FPM_STATUS_H

#include "common/buf.h"

enum fpm_format { FPM_TEXT, FPM_HTML, FPM_XML, FPM_JSON, FPM_OPENMETRICS, FPM_FORMATS };

/* Times of day are seconds since 1970. */
struct fpm_pool {
	struct span name, pm;
	int64_t start;
	uint64_t start_since, accepted, listen_queue, max_listen_queue, listen_queue_len;
	uint64_t idle, active, total, max_active, max_children_reached, slow, memory_peak;
	/* Ours: */
	uint64_t max_children, starting, refused, queue_timeouts, cold_starts, terminated, died;
};

struct fpm_process {
	uint64_t pid;
	struct span state;
	int64_t start;
	uint64_t start_since, requests, duration_us;
	struct span method, uri, user, script; /* empty: none; uri with its query */
	uint64_t content_length;
	uint64_t cpu; /* hundredths of a percent */
	uint64_t memory;
	struct span request_id; /* ours */
};

/* By words anywhere in the query; of several formats html wins, then xml, json, openmetrics. */
enum fpm_format fpm_format_of(struct span query);
bool fpm_wants_full(struct span query);
/* The value of Content-Type. */
const char *fpm_type(enum fpm_format f);
/* False: no memory, and the buffer in any state. OpenMetrics has no processes. */
bool fpm_put(struct buf *b, enum fpm_format f, const struct fpm_pool *pool,
	const struct fpm_process *processes, size_t n, bool full);

#endif
