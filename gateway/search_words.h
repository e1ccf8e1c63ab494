/* SPDX-License-Identifier: MIT
 *
 * search_words: a query as the words of a command line, as ISINDEX pages once sent it (RFC
 * 3875 4.4). Runs in: the gateway. Pure but for memory; knows no request.
 */
#ifndef HEARTH_SEARCH_WORDS_H
#define HEARTH_SEARCH_WORDS_H

#include "common/buf.h"

/* More than a person searches for, and far from what a system takes. */
#define SEARCH_WORDS_MAX 64

/* Puts the words behind what is in `to`, each ended by a NUL. All or none: it puts nothing if the
 * query is no search, or any of its words cannot be one. False: no memory. */
bool search_words(struct span query, struct buf *to);

#endif
