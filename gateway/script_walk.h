/* SPDX-License-Identifier: MIT
 *
 * script_walk: down from a directory of scripts, along a client's path, to the first regular file.
 * Runs in: the gateway. Looks at names, owners and modes; reads and runs nothing, and needs no
 * right to read what it finds. Knows nothing of requests or pools.
 */
#ifndef HEARTH_SCRIPT_WALK_H
#define HEARTH_SCRIPT_WALK_H

#include <sys/stat.h>

#include "common/msg.h"

/* Not a status: the path ends at a directory. */
#define SCRIPT_WALK_DIRECTORY 1

struct script_walk {
	/* What it is told. */
	const char *root;
	enum msg_follow follow;
	bool strict;        /* what is found will be run by us: the rules of scripts hold */
	bool well_known;    /* the path begins where the site does: /.well-known/ is not hidden */
	struct span suffix; /* how the name of the file must end */

	/* What came of it. */
	size_t len;     /* how much of the path names what was found, or is refused */
	struct stat st; /* what was found */
	char why[1024]; /* a refusal that is the administrator's to mend, for the log; or empty */
};

/* Walks along a path in normal form (http_target.h) or a part of one that begins with a slash. Each
 * segment is opened below the one before; the root itself may be reached by links, all others are
 * looked at and followed as `follow` says, be it out of the root.
 *
 * 0: a regular file is at path[0..len), and what is left of the path is behind it.
 * SCRIPT_WALK_DIRECTORY: the whole path, with or without a final slash, is that of a directory.
 * Else the status to refuse with. */
int script_walk(struct script_walk *w, struct span path);

#endif
