/* SPDX-License-Identifier: MIT
 *
 * proc_usage: what a process of this machine has used and uses, as /proc tells everybody.
 * Runs in: the gateway, when somebody looks at a page that says it.
 */
#ifndef HEARTH_PROC_USAGE_H
#define HEARTH_PROC_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

/* False, and both 0: it is gone, or /proc hides it. Memory is what is resident, in bytes. */
bool proc_usage(uint32_t pid, uint64_t *cpu_us, uint64_t *memory);

/* Pure. The ticks in user and kernel mode from the text of /proc/PID/stat, in which a name may be
 * anything; pages from that of statm. False: it is no such text. */
bool proc_read_stat(struct span text, uint64_t *ticks);
bool proc_read_statm(struct span text, uint64_t *pages);

#endif
