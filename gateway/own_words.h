/* SPDX-License-Identifier: MIT
 *
 * own_words: what hearth itself says in an answer, whichever face it leaves by: the reason behind a
 * status, the request's id, and the short page of a refusal, which tells both and never a path or
 * what went wrong inside.
 * Runs in: the gateway. Knows no face: how a head and a body leave is theirs.
 */
#ifndef HEARTH_OWN_WORDS_H
#define HEARTH_OWN_WORDS_H

#include "gateway/request.h"

/* The script's words for the status, or those that everybody has. */
const char *own_words_reason(const struct request *r);

/* "X-Request-Id: 0123456789abcdef\r\n" and a NUL, if the configuration has such a field; else the
 * NUL alone. Returns where it stands. */
#define OWN_WORDS_ID_MAX (MSG_ID_HEADER_MAX + REQUEST_ID_DIGITS + 5)
char *own_words_put_id(const struct request *r, char *to);

/* For people, behind a page's own text. */
bool own_words_put_id_text(const struct request *r, struct buf *page);

/* Makes r's answer this refusal, in the place of whatever it was to be; nothing of it has begun.
 * The page is in r->reply.pending. What belongs to a 301, 405 or 416 is among the lines already. */
void own_words_refuse(struct request *r, int status);

#endif
