/* SPDX-License-Identifier: MIT
 *
 * log_letter: where the manager would have the error log from now on, and how it is written.
 * Runs in: the gateway. Knows nothing of who writes there.
 */
#ifndef HEARTH_LOG_LETTER_H
#define HEARTH_LOG_LETTER_H

#include "common/msg.h"

/* fd: the log, which stays the caller's. */
void log_letter_heed(const struct msg_log_file *m, int fd);

#endif
