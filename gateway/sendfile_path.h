/* SPDX-License-Identifier: MIT
 *
 * sendfile_path: where X-Sendfile and X-Accel-Redirect lead, as a path below sendfile_root.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; it does not know which files
 * exist.
 */
#ifndef HEARTH_SENDFILE_PATH_H
#define HEARTH_SENDFILE_PATH_H

#include "gateway/cgi_head.h"

/* Writes the path in normal form (a slash before each segment, no "." and "..") and a NUL to
 * buffer[0..size); a buffer of value.n + 2 bytes is always enough.
 *
 * X-Sendfile: taken literally; absolute, and then it has to lie below `root`, or relative to it.
 * X-Accel-Redirect: the path of a URL, decoded once, relative to the root; a query does not count.
 * In either, names that begin with a dot are nobody's business but /.well-known/'s.
 *
 * 0, or the status to refuse with, and *why: 403, 404 (an encoded slash), 502 (malformed). */
int sendfile_path(enum cgi_file kind, struct span value, struct span root, char *buffer,
	size_t size, struct span *path, const char **why);

#endif
