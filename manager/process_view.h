/* SPDX-License-Identifier: MIT
 *
 * process_view: what a process is doing, as far as /proc tells it without stopping it.
 * Runs in: the manager. Knows no pool and no request.
 *
 * What may not be read is said to be so; what a process has a say in (names, paths) is escaped,
 * and everything is bounded. Nothing is read that would make us wait for the process.
 */
#ifndef HEARTH_PROCESS_VIEW_H
#define HEARTH_PROCESS_VIEW_H

#include "common/buf.h"
#include "manager/process_parse.h"

/* False: there is no such process. */
bool process_stat_read(pid_t pid, struct process_stat *st);
/* Does it descend from this other one? */
bool process_is_below(pid_t pid, pid_t ancestor);

/* Adds lines "NAME = VALUE". False: it is gone. */
bool process_view_put(pid_t pid, struct buf *out);

#endif
