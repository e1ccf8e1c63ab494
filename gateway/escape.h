/* SPDX-License-Identifier: MIT
 *
 * escape: bytes that anybody may have chosen, made a part of a text of some format.
 * Runs in: the gateway. Pure. The output is UTF-8 whatever came in, and has no control in it.
 */
#ifndef HEARTH_ESCAPE_H
#define HEARTH_ESCAPE_H

#include "common/buf.h"

enum escape {
	ESCAPE_TEXT,   /* lines of text: what cannot be shown is \x and two hex digits */
	ESCAPE_MARKUP, /* HTML and XML 1.0, in elements and in attributes */
	ESCAPE_JSON,   /* the inside of a string, in ASCII, slashes escaped, as PHP has it */
	ESCAPE_LABEL,  /* the inside of a label's value, or a help text, of OpenMetrics */
};

/* False, with the buffer in any state, if there is no memory. */
bool escape_put(struct buf *b, struct span s, enum escape how);

#endif
