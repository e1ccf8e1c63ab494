/* SPDX-License-Identifier: MIT
 *
 * static: files below document_root, for what no route claims.
 * Runs in: the gateway. Opens only beneath the root and only regular files; never lists.
 */
#ifndef HEARTH_STATIC_H
#define HEARTH_STATIC_H

#include "gateway/request.h"

/* Answers the request; it is gone when this returns. */
void static_serve(struct request *r);
/* The media type of a file by its extension. */
const char *static_type(struct span file);

#endif
