/* SPDX-License-Identifier: MIT
 *
 * access_log: one line for each finished request, into a file, a pipe or a terminal.
 * Runs in: the gateway. Lines are collected per lane and written in one piece; what they say is
 * access_line's.
 *
 * Lines are lost, and counted, only if they cannot be written: the disk is full, the reader of a
 * pipe is gone, or so slow that more than LOG_WAITING_MAX bytes of a lane wait for it. Nobody ever
 * waits for it.
 */
#ifndef HEARTH_ACCESS_LOG_H
#define HEARTH_ACCESS_LOG_H

#include "gateway/access_line.h"

/* Every lane writes here from now on (-1: nowhere); takes the descriptor. flush: each line at
 * once, for a terminal. */
void access_log_open(int fd, bool flush);
/* `peer` is the client's address as text. The line of a request whose script has not exited waits
 * for that, if it wants to know (r->late). */
void access_log_line(struct request *r, const char *peer);
/* The line of r is to say what the script of `late` will have used; or r parts with it: its line is
 * out, or another will serve it. Either may be over first, and the other is not to know it then. */
void access_log_expect(struct access_late *late, struct request *r);
void access_log_part(struct request *r);
/* Now it is known; or (not u->known) it never will. */
void access_log_used(struct access_late *late, const struct usage *u);
void access_log_write(struct lane *l);
/* The lane writes no more lines: a slow reader gets a moment to take those that wait. */
void access_log_finish(struct lane *l);

#endif
