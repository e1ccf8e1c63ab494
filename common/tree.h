/* SPDX-License-Identifier: MIT
 *
 * tree: who descends from whom, as /proc tells it.
 * Runs in: the runners and the manager, to end whole families. Not in the gateway, which signals
 * nobody.
 *
 * What is listed may have changed already: who forks meanwhile is not seen, and who dies is seen
 * once more. So whoever wants everybody looks again until there is nobody. The number of a child of
 * ours is its own until we reap it; a number from further below could in theory be another's by
 * now, if the kernel has handed out all others in between.
 */
#ifndef HEARTH_TREE_H
#define HEARTH_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tree {
	pid_t *at;
	size_t n, cap;
	bool scans; /* the kernel keeps no lists of children: all processes are looked through */
};

/* Where /proc is for a process that has another root: an open directory, which stays the caller's.
 */
void tree_proc_at(int proc);
/* Opens what stands in /proc, close-on-exec. */
int tree_open(const char *below, int flags);

void tree_clear(struct tree *t);
void tree_free(struct tree *t);

/* Adds the children of a process, whichever of its threads has them. False: not all of them, for
 * lack of memory or of /proc. */
bool tree_children(struct tree *t, pid_t pid);
/* Adds all who descend from it, parents before their children. */
bool tree_below(struct tree *t, pid_t pid);

#endif
