/* SPDX-License-Identifier: MIT
 *
 * seldom: records of the error log that a client could bring about as often as it likes.
 * Runs in: the gateway, confined to a lane.
 */
#ifndef HEARTH_SELDOM_H
#define HEARTH_SELDOM_H

#include <stdint.h>

#include "common/log.h"

/* As log_error(), but the same words not again within a minute, in this lane, and not more than
 * SELDOM_MAX records in that time. */
#define SELDOM_MAX 256
void seldom_error(const char *fmt, ...) LOG_PRINTF(1, 2);

/* The same, of the request with this id, which is said behind the words and is none of them. */
void seldom_error_of(uint64_t request, const char *fmt, ...) LOG_PRINTF(2, 3);

/* What was said may be said again: things have changed. */
void seldom_forget(void);

#endif
