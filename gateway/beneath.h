/* SPDX-License-Identifier: MIT
 *
 * beneath: opening by a client's path without ever leaving a directory.
 * Runs in: the gateway. Knows nothing of HTTP or of what the files mean.
 */
#ifndef HEARTH_BENEATH_H
#define HEARTH_BENEATH_H

/* Opens `path`, relative and in normal form (no ".", no ".."; "" is the root itself), below the
 * directory `root`. Links are followed as long as they stay below it. The path's bytes may be
 * changed meanwhile. -1 with errno: EXDEV and ELOOP say that the path would lead out. */
int beneath_open(int root, char *path, int flags);

#endif
