/* SPDX-License-Identifier: MIT
 *
 * access_file: where lines of the access log go: a file, a pipe or a terminal, of [gateway] or of
 * a pool.
 * Runs in: the gateway, shared by all lanes. Knows lines as bytes, not what they say.
 *
 * Lines are lost, and counted, only if they cannot be written; nobody ever waits for a reader.
 */
#ifndef HEARTH_ACCESS_FILE_H
#define HEARTH_ACCESS_FILE_H

#include "gateway/lane.h"

enum access_kind {
	ACCESS_IS_FILE,   /* takes all at once */
	ACCESS_IS_SOCKET, /* as the standard error of a service is one: journald's */
	ACCESS_IS_STREAM, /* a pipe or a terminal */
};

struct access_queue;

struct access_file {
	struct list link;                       /* access_log's */
	uint32_t pool;                          /* its number; 0: [gateway]'s */
	_Atomic unsigned refs;                  /* access_log's: plans, and lines that wait */
	struct access_queue *queues[LANES_MAX]; /* access_log's: each its own lane's */
	char title[96];
	_Atomic bool open, at_once;

	pthread_mutex_t lock; /* of all that follows */
	int fd;
	enum access_kind kind;
	bool may_block;  /* it is shared with others who want it so: ask before each write */
	struct buf tail; /* the rest of a line that was written in part */
	bool failing;    /* and it was said */
	uint64_t lost;
	struct mono lost_at;
};

/* Of the pool with this name; NULL: [gateway]'s. */
void access_file_init(struct access_file *f, uint32_t pool, const char *name);
/* Lines go here from now on (-1: nowhere); takes the descriptor. flush: each line at once. */
void access_file_open(struct access_file *f, int fd, bool flush);
/* What cannot be written now stays in b, what never can is dropped. */
void access_file_write(struct access_file *f, struct buf *b);
/* These are lost, for this reason. */
void access_file_lose(struct access_file *f, const char *why, struct span lines);
/* Waits until it may be written to, for at most so long. */
void access_file_wait(struct access_file *f, int ms);
/* No line comes any more: what was lost and not told yet. */
void access_file_tell(struct access_file *f);

#endif
