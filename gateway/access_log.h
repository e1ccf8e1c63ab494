/* SPDX-License-Identifier: MIT
 *
 * access_log: one line for each finished request, in the combined format.
 * Runs in: the gateway. Lines are collected per lane and written in one piece.
 */
#ifndef HEARTH_ACCESS_LOG_H
#define HEARTH_ACCESS_LOG_H

#include "gateway/request.h"

/* Every lane writes here from now on (-1: nowhere); takes the descriptor. flush: each line at
 * once, for a terminal. */
void access_log_open(int fd, bool flush);
/* `peer` is the client's address as text. */
void access_log_line(struct request *r, const char *peer);
void access_log_write(struct lane *l);

#endif
