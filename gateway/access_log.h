/* SPDX-License-Identifier: MIT
 *
 * access_log: one line for each finished request, into the file of [gateway] or, if its pool has
 * one, of its pool.
 * Runs in: the gateway. Lines are collected per lane and written in one piece; what they say is
 * access_line's, how they are written access_file's.
 *
 * Lines are lost, and counted, only if they cannot be written: the disk is full, the reader of a
 * pipe is gone, or so slow that more than LOG_WAITING_MAX bytes of a lane wait for it. Nobody ever
 * waits for it.
 */
#ifndef HEARTH_ACCESS_LOG_H
#define HEARTH_ACCESS_LOG_H

#include "gateway/access_file.h"
#include "gateway/access_line.h"

/* Lines of one lane for one file that are not written yet. The lane's alone. */
struct access_queue {
	struct list link; /* the lane's, while its timer runs: it may have to be written */
	struct access_file *file;
	struct lane *lane;
	struct buf bytes;
	size_t again; /* > 0: writing has to wait; at this length it is tried again */
	struct timer timer;
};

/* [gateway]'s: every lane writes here from now on (-1: nowhere); takes the descriptor. flush: each
 * line at once, for a terminal. */
void access_log_open(int fd, bool flush);
/* A pool's, if there is one. */
void access_log_open_pool(uint32_t pool, int fd, bool flush);
/* The pool's, which lives as long as somebody refers to it. Lane 0. */
struct access_file *access_log_of_pool(uint32_t pool, const char *name);
void access_log_unref(struct access_file *f);

/* `peer` is the client's address as text. The line of a request whose script has not exited waits
 * for that, if it wants to know (r->late). */
void access_log_line(struct request *r, const char *peer);
/* The line of r is to say what the script of `late` will have used; or r parts with it: its line is
 * out, or another will serve it. Either may be over first, and the other is not to know it then. */
void access_log_expect(struct access_late *late, struct request *r);
void access_log_part(struct request *r);
/* Now it is known; or (not u->known) it never will. */
void access_log_used(struct access_late *late, const struct usage *u);
/* All of this lane's that wait. */
void access_log_write(struct lane *l);
/* The lane writes no more lines: a slow reader gets a moment to take those that wait. */
void access_log_finish(struct lane *l);

#endif
