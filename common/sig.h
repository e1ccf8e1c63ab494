/* SPDX-License-Identifier: MIT
 *
 * sig: signals as a new program shall find them.
 * Runs in: children of the manager before their exec, and runners.
 */
#ifndef HEARTH_SIG_H
#define HEARTH_SIG_H

/* Every disposition is the default: an ignored signal would stay ignored over exec. Also of the
 * two that libc keeps for itself and sigaction(2) as it wraps it does not touch (programs that
 * were started by posix_spawn may have inherited them ignored). Async-signal-safe. */
void sig_all_default(void);

#endif
