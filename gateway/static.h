/* SPDX-License-Identifier: MIT
 *
 * static: files below document_root, for what no route claims.
 * Runs in: the gateway. Decides which file answers; how it is opened, kept and sent is below.
 */
#ifndef HEARTH_STATIC_H
#define HEARTH_STATIC_H

#include "gateway/request.h"

/* 0, or the status for a method that files do not have (its Allow is among the answer's lines
 * then): to be asked before a body is sent for nothing. */
int static_refuses(struct request *r);
/* Answers the request. It is gone when this returns, or when the last of several parts is sent.
 * False: it is not, as there is nothing by this path, and the plan's fallback is to be served. */
bool static_serve(struct request *r);
/* That would be so, whatever its method. */
bool static_lacks(struct request *r);
/* Would this path (NUL-ended, in normal form) be answered by a file? */
bool static_has(struct request *r, struct span path);

/* Adds the Location of a 301 from "/dir" to "/dir/", without which relative links in what answers
 * there would miss. False: no memory for it. */
bool static_put_location(struct request *r);

/* Takes the next of a list of index names off `names`, which begins as all of them. */
bool static_next_index(struct span *names, struct span *name);

#endif
