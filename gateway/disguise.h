/* SPDX-License-Identifier: MIT
 *
 * disguise: scripts that would pass for files: what a pool would run is never served as text,
 * whatever name, link or host it is asked for by (lighttpd CVE-2008-1111 and its kin).
 * Runs in: the gateway. Looks at names and at where an open file lies; reads nothing.
 */
#ifndef HEARTH_DISGUISE_H
#define HEARTH_DISGUISE_H

#include "gateway/plan.h"

/* Is this open, regular file below the document root, asked for as `path`, a script of any pool of
 * the plan? It is if its own name or the one it was asked for by ends with the suffix of a route
 * (in any case; also behind a .gz or .br, dots or blanks), or if it lies in the directory of a cgi
 * pool, by whatever way one gets there: directories are compared by what they are, not by their
 * names. A hard link from elsewhere cannot be told from a file of its own.
 *
 * The document root itself, or a directory above it, may be such a pool's directory without making
 * all files scripts, if the pool has no routes by prefix.
 *
 * NULL: serve it. Else why not, for the log; valid until the next call in this thread. */
const char *disguise_seen(const struct plan *p, struct span path, int fd);

#endif
