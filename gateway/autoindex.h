/* SPDX-License-Identifier: MIT
 *
 * autoindex: a directory as a page, for directories without an index file if the plan says so.
 * Runs in: the gateway. Lists only what a client could get: nothing hidden, no link that leads out
 * of the document root or nowhere, nothing but files and directories.
 */
#ifndef HEARTH_AUTOINDEX_H
#define HEARTH_AUTOINDEX_H

#include "gateway/request.h"

/* A longer list ends with a note. */
#define AUTOINDEX_MAX 4096

/* Answers for the directory that the request's path names, with its slash. The request is gone.
 * 0, or the errno of opening it; then nothing was done. */
int autoindex_serve(struct request *r);
/* Is it there to be answered for? */
bool autoindex_has(const struct request *r);

/* A path as it stands in a URL: bytes that could be taken for anything else are encoded. */
void autoindex_put_url(struct buf *to, struct span path);

#endif
