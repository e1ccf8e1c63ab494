/* SPDX-License-Identifier: MIT
 *
 * spool: a queue of bytes, in memory first and then in an unlinked temporary file.
 * Runs in: the gateway. Holds request bodies until a worker is engaged, and responses while the
 * client reads at its own pace. Knows nothing of what the bytes are.
 *
 * In the order in which they leave: mem, the file's bytes, held. The file is there while it has
 * bytes or something is held, and what it takes on the disk is counted in its quota.
 */
#ifndef HEARTH_SPOOL_H
#define HEARTH_SPOOL_H

#include "common/buf.h"
#include "gateway/quota.h"

struct spool_file {
	int fd;          /* -1: none could be had */
	uint64_t rd, wr; /* its bytes that are still in the queue */
	uint64_t freed;  /* of what was read, up to here the disk has it back */
	struct quota *quota;
	struct buf held; /* found no room in it, and will be next when it is used up */
};

struct spool {
	struct buf mem;
	struct spool_file *file; /* NULL: everything is in mem */
};

#define SPOOL_INIT ((struct spool){BUF_INIT, NULL})

/* Where bytes may go. */
struct spool_place {
	size_t in_memory;    /* so many stay there */
	const char *dir;     /* of the file */
	struct quota *quota; /* of what the file takes; NULL: no limit */
	struct quota *lacks; /* after a failure with EDQUOT: which limit was reached */
};

/* Appends. False with errno, and then nothing was appended: EDQUOT, a limit of ours; ENOSPC, the
 * disk's; ENOMEM; anything else, the directory cannot be used. */
bool spool_put(struct spool *s, struct span bytes, struct spool_place *to);
/* Appends what found no room, in memory: for the last bytes of a source that is then told to wait
 * until spool_is_stuck() no longer. False: no memory. */
bool spool_hold(struct spool *s, struct span bytes, const struct spool_place *to);
bool spool_is_stuck(const struct spool *s);
/* Once in a while, why a put has failed (errno is `err`), and what comes of that. */
void spool_complain(const struct spool_place *to, int err, enum quota_complaint what);

/* Bytes at the front: in memory they lie together, from the file they are read to room. Empty: the
 * end, or *failed. */
struct span spool_front(struct spool *s, char *room, size_t size, bool *failed);
/* Takes n of those. */
void spool_drop(struct spool *s, size_t n);
/* Bytes from offset `at` on without taking them, for a queue that nothing was taken from but
 * memory. Empty: the end, or *failed. */
struct span spool_at(const struct spool *s, uint64_t at, char *room, size_t size, bool *failed);

/* Where in the file the byte at offset `at` is, and how many follow it there. False: it is in
 * memory, or there is none. The descriptor stays the spool's. */
bool spool_file_at(const struct spool *s, uint64_t at, int *fd, uint64_t *from, uint64_t *n);

static inline uint64_t spool_len(const struct spool *s)
{
	uint64_t n = buf_len(&s->mem);

	return s->file ? n + (s->file->wr - s->file->rd) + buf_len(&s->file->held) : n;
}

static inline bool spool_in_memory(const struct spool *s)
{
	return !s->file;
}

/* Gives the file up; mem is left to its owner (it may be a lane's spare). */
void spool_close(struct spool *s);

#endif
