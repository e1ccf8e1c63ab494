/* SPDX-License-Identifier: MIT
 *
 * vouched: the variables that an authorizer has named in its answer (FastCGI 1.0 6.3), for the
 * program behind it.
 * Runs in: the gateway. Pure but for memory: it does not know what is asked of whom.
 */
#ifndef HEARTH_VOUCHED_H
#define HEARTH_VOUCHED_H

#include "common/buf.h"

/* More of them, or more bytes of names and values, is no answer of an authorizer that works. */
#define VOUCHED_MAX   64
#define VOUCHED_BYTES (16u * 1024)
#define VOUCHED_NAME  255

/* Is this field of an answer such a variable? *name is what stands behind "Variable-". */
bool vouched_is(struct span field, struct span *name);

/* Why no authorizer may set this; NULL: it may. In any case of letters. */
const char *vouched_bars(struct span name);

enum vouched_put { VOUCHED_PUT, VOUCHED_TWICE, VOUCHED_TOO_MUCH, VOUCHED_NO_MEMORY };

/* The name is put in capitals: those of fields have no case (RFC 9110 5.1), and some libraries
 * write them as they like. It is none that is barred. */
enum vouched_put vouched_put(struct buf *all, struct span name, struct span value);

/* Takes the first off. False: there are no more. */
bool vouched_next(struct span *all, struct span *name, struct span *value);
/* SPAN_NONE: it is not among them. */
struct span vouched_find(struct span all, struct span name);

#endif
