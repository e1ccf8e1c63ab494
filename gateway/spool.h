/* SPDX-License-Identifier: MIT
 *
 * spool: a queue of bytes, in memory first and then in an unlinked temporary file.
 * Runs in: the gateway. Holds request bodies until a worker is engaged, and responses while the
 * client reads at its own pace. Knows nothing of what the bytes are.
 */
#ifndef HEARTH_SPOOL_H
#define HEARTH_SPOOL_H

#include "common/buf.h"

struct spool {
	struct buf mem;  /* the front of the queue */
	int fd;          /* -1, or the file with what comes behind mem */
	uint64_t rd, wr; /* the file's bytes that are still in the queue */
	uint64_t freed;  /* of what was read, up to here the disk has it back */
};

#define SPOOL_INIT ((struct spool){BUF_INIT, -1, 0, 0, 0})

/* Appends. At most mem_max bytes stay in memory, the rest goes to a file in dir. False with errno:
 * no memory, no room on the disk; then nothing was appended. */
bool spool_put(struct spool *s, struct span bytes, size_t mem_max, const char *dir);
/* Bytes at the front, as many as lie together. Empty and *failed: the file could not be read. */
struct span spool_peek(struct spool *s, bool *failed);
void spool_drop(struct spool *s, size_t n);
/* Bytes from offset `at` on without taking them; for a queue that was never peeked or dropped from.
 * They lie in memory or are read to room. Empty: the end, or *failed. */
struct span spool_at(struct spool *s, uint64_t at, char *room, size_t size, bool *failed);

static inline uint64_t spool_len(const struct spool *s)
{
	return buf_len(&s->mem) + (s->wr - s->rd);
}

static inline bool spool_in_memory(const struct spool *s)
{
	return s->wr == s->rd;
}

/* Closes the file; mem is left to its owner (it may be a lane's spare). */
void spool_close(struct spool *s);

#endif
