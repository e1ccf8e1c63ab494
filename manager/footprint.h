/* SPDX-License-Identifier: MIT
 *
 * footprint: how much memory a process uses, its part of what it shares counted.
 * Runs in: the manager. What can be parsed is parsed by pure functions; knows no workers.
 */
#ifndef HEARTH_FOOTPRINT_H
#define HEARTH_FOOTPRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

/* Bytes of the line "Pss:" of /proc/PID/smaps_rollup. False: there is none. */
bool footprint_parse_rollup(struct span text, uint64_t *bytes);
/* Bytes of the second number of /proc/PID/statm, which counts pages. */
bool footprint_parse_statm(struct span text, uint64_t page, uint64_t *bytes);
/* By /proc/PID/stat: it waits in the kernel and cannot be woken. */
bool footprint_parse_hangs(struct span stat);

/* PSS, or RSS where we may not look that closely or it hangs. False: the process cannot be seen. */
bool footprint_of(int pid, uint64_t *bytes);

#endif
