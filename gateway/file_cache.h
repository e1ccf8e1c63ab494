/* SPDX-License-Identifier: MIT
 *
 * file_cache: the files that this lane has opened lately.
 * Runs in: the gateway; each lane has its own. Knows nothing of requests.
 *
 * Nobody gets a stale file: an entry is compared with what its path names now each time that it is
 * given out. Not even requests of one turn share that look: the rest of one may have been sent when
 * another had been answered and the file been replaced. What changed within the last ticks of its
 * file system's clock is not kept at all. And no entry lives longer than a few seconds, used or
 * not: a deleted file's space comes back, and what no time stamp shows (a shared mapping being
 * written to) is seen.
 */
#ifndef HEARTH_FILE_CACHE_H
#define HEARTH_FILE_CACHE_H

#include "gateway/file.h"
#include "gateway/lane.h"

/* Each lane keeps at most so many entries, open descriptors, and bytes of contents. */
#define FILE_CACHE_ENTRIES 1024
#define FILE_CACHE_FDS     128
#define FILE_CACHE_BYTES   (4u * 1024 * 1024)

enum file_need {
	FILE_ITSELF, /* as it is now */
	FILE_BESIDE, /* a neighbour, as it is now */
	FILE_GLANCE, /* a neighbour that is not going to be sent: as it was within an entry's life
		      */
};

/* What a path (normal form) names, or its neighbour in a coding; by the lane's own plan. A
 * reference for the caller. That nothing is there is remembered only of neighbours: names that
 * clients think up shall not crowd out files. NULL: no memory. */
struct file *file_cache_get(
	struct lane *l, struct span path, enum http_coding coding, enum file_need need);
/* A new plan: other rules. */
void file_cache_clear(struct lane *l);

#endif
