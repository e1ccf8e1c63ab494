/* SPDX-License-Identifier: MIT
 *
 * sig: signals as a new program shall find them, and what they are called.
 * Runs in: every process, and children of the manager before their exec.
 */
#ifndef HEARTH_SIG_H
#define HEARTH_SIG_H

#include <stddef.h>

/* Every disposition is the default: an ignored signal would stay ignored over exec. Also of the
 * two that libc keeps for itself and sigaction(2) as it wraps it does not touch (programs that
 * were started by posix_spawn may have inherited them ignored). Async-signal-safe. */
void sig_all_default(void);

/* A status of wait(2) in words: "exited with code 3", "exited on signal 9 (SIGKILL)". */
void sig_describe_end(int status, char *text, size_t size);

#endif
