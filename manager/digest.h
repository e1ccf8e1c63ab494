/* SPDX-License-Identifier: MIT
 *
 * digest: a pool in a few words and figures: what every form of the status tells of it, so that
 * they cannot tell different stories.
 * Runs in: the manager. Reads everything, changes nothing.
 */
#ifndef HEARTH_DIGEST_H
#define HEARTH_DIGEST_H

#include "manager/house.h"

struct digest_row {
	const char *key; /* in JSON */
	uint64_t value;
};

enum digest_figure {
	DIGEST_IDLE,
	DIGEST_BUSY,
	DIGEST_WAITING,
	DIGEST_REQUESTS,
	DIGEST_REFUSED,
	DIGEST_TIMED_OUT,
	DIGEST_RESTARTS,
	DIGEST_SLOW,
	DIGEST_STARTED,
	DIGEST_RECYCLED,
	DIGEST_FULL,
	DIGEST_STARTING,
	DIGEST_CHILDREN,
	DIGEST_MAX_WAITING,
	DIGEST_MAX_BUSY,
	DIGEST_MAX_QUEUE,
	DIGEST_ROWS
};

struct digest {
	const char *kind, *pm; /* pm: empty where nobody is hired */
	const char *state;     /* open, backing off, broken, draining, drained */
	int64_t retry_ms;      /* until the next start is tried; -1: nobody waits for that */
	int64_t oldest_wait_ms;
	unsigned most, configured; /* pm.max_children now and by the file */
	unsigned streak;           /* starts in a row that failed */
	struct digest_row row[DIGEST_ROWS];
};

struct digest digest_of(struct pool *p);

/* The configuration's path as it was given. */
const char *digest_config(const struct house *h);
/* Is the pool one that serves, and the one that is wanted (NULL: any)? */
bool digest_shows(const struct pool *p, const struct pool *wanted);

#endif
