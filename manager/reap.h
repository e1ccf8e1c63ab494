/* SPDX-License-Identifier: MIT
 *
 * reap: every child is watched, told and buried, and there are no zombies.
 * Runs in: the manager. Knows pids, not what they are for.
 *
 * A death is noticed through the child's pidfd, while the child is still a zombie: its number
 * cannot belong to anybody else then, so the rest of its process group can be killed safely
 * before it is reaped. SIGCHLD serves strangers (orphans that came to us, as they do to pid 1),
 * and children for whom there was no descriptor left.
 */
#ifndef HEARTH_REAP_H
#define HEARTH_REAP_H

#include <sys/types.h>

#include "common/loop.h"
#include "common/span.h"

struct child {
	struct io io; /* the pidfd */
	struct loop *loop;
	struct list link;
	pid_t pid;                                             /* 0: there is none */
	void (*on_exit)(struct child *c, int how, int status); /* CLD_EXITED and friends */
};

void child_watch(struct child *c, struct loop *l, pid_t pid,
	void (*on_exit)(struct child *c, int how, int status));
void child_signal(const struct child *c, int sig);
/* Its whole process group, and the child itself if it has not come that far yet. */
void child_kill_tree(const struct child *c);

/* Is it one of those that are watched? */
bool reap_knows(pid_t pid);

/* On SIGCHLD: buries whoever is dead. True: somebody is still alive. */
bool reap_all(void);
/* The last round, with SIGCHLD blocked: what was killed may take a moment to die. A stranger that
 * does not die is left alone after ms. */
void reap_rest(int ms);

/* "exited with code 3", "exited on signal 11 (SIGSEGV)". */
void reap_describe(int how, int status, char *text, size_t size);

#endif
