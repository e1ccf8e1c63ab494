/* SPDX-License-Identifier: MIT
 *
 * php_words: what PHP says instead of a page, in words that help nobody who does not know them.
 * Runs in: the gateway. The answer goes to the client as it is; the log says which file it was
 * about, and who has looked for it.
 */
#ifndef HEARTH_PHP_WORDS_H
#define HEARTH_PHP_WORDS_H

#include "gateway/request.h"

/* Of a program's answer, whose head is known: these bytes were part of it. `pid` 0: nobody knows
 * its process. */
void php_words_heed(const struct request *r, uint32_t pid, struct span bytes);

#endif
