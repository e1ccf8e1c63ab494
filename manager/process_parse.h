/* SPDX-License-Identifier: MIT
 *
 * process_parse: what the files of a process in /proc say, taken apart.
 * Runs in: the manager. Pure: no I/O, no clock, no allocation. A process chooses its own name, so
 * nothing in these bytes is believed to be where it usually is.
 */
#ifndef HEARTH_PROCESS_PARSE_H
#define HEARTH_PROCESS_PARSE_H

#include <stdint.h>
#include <sys/types.h>

#include "common/span.h"

/* /proc/PID/stat */
struct process_stat {
	char comm[64];
	char state;
	pid_t parent;
	unsigned threads;
	uint64_t user, system; /* ticks of CPU */
	uint64_t started;      /* ticks since boot: with its number it names a process for good */
};

bool process_stat_parse(struct span text, struct process_stat *st);

/* "NAME:   123 kB" */
bool process_field_kb(struct span text, const char *name, uint64_t *kb);

/* /proc/PID/syscall */
struct process_call {
	bool runs; /* it is not in the kernel, or not by a call */
	long number;
	uint64_t first; /* argument */
};

bool process_call_parse(struct span text, struct process_call *call);
/* NULL for the less common ones. */
const char *process_call_name(long number);
/* Is its first argument a descriptor? */
bool process_call_has_fd(long number);

/* "S (sleeping)" */
const char *process_state_name(char state);

#endif
