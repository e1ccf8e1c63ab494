/* SPDX-License-Identifier: MIT
 *
 * access_text: bytes that a client chose, made harmless for a log that is read by people on
 * terminals and by programs that trust one record to be one line.
 * Runs in: the gateway. Pure.
 */
#ifndef HEARTH_ACCESS_TEXT_H
#define HEARTH_ACCESS_TEXT_H

#include "common/buf.h"

/* Of a longer text this much is kept, and "..." stands for the rest. */
#define ACCESS_TEXT_MAX 4096u

/* Both are false, with the buffer in any state, if there is no memory. */

/* Printable ASCII as it is; a quote, a backslash and all other bytes as \x and two hex digits (as
 * nginx does): who reads it in quotes finds their end. */
bool access_text_put(struct buf *b, struct span s);
/* The inside of a JSON string (RFC 8259 7). UTF-8 passes; what is none is written as \\x and two
 * hex digits, a string's spelling of the text \xff. */
bool access_json_put(struct buf *b, struct span s);

#endif
