/* SPDX-License-Identifier: MIT
 *
 * fd: descriptors with one owner, born close-on-exec.
 * Runs in: every process. Helpers return -1 with errno set; they never log.
 */
#ifndef HEARTH_FD_H
#define HEARTH_FD_H

#include <stdbool.h>
#include <stddef.h>

/* Closes *fd if it is open and makes it -1; closing -1 is nothing. errno is kept. */
void fd_close(int *fd);
/* Gives *fd away: returns it and leaves -1 behind. */
int fd_take(int *fd);

/* Descriptors 0, 1, 2 exist (as /dev/null if need be) before anything else is opened. */
int fd_guard_std(void);
int fd_nonblock(int fd);
int fd_cloexec(int fd, bool on);
/* A pipe, close-on-exec; ours = the end (0 read, 1 write) that is non-blocking as well, -1 none. */
int fd_pipe(int ends[2], int ours);
/* A SOCK_SEQPACKET pair, close-on-exec and non-blocking, with room for CHAN_MAX letters. */
int fd_seqpair(int ends[2]);
/* Raises the soft limit on open files to the hard one; returns the limit in force. */
size_t fd_limit_raise(void);

#endif
