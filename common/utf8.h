/* SPDX-License-Identifier: MIT
 *
 * utf8: is this text, and may it be shown?
 * Runs in: every process. Pure.
 */
#ifndef HEARTH_UTF8_H
#define HEARTH_UTF8_H

#include "common/span.h"

/* The code point at the start of s, which is not empty, and its length; 0 if it is no UTF-8 (RFC
 * 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF). */
size_t utf8_code(struct span s, uint32_t *code);

/* C0 and C1 controls move cursors, line separators end lines, and bidirectional overrides turn text
 * around: none of them shall reach a terminal. */
bool utf8_is_tricky(uint32_t code);

#endif
