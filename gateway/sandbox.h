/* SPDX-License-Identifier: MIT
 *
 * sandbox: what the gateway gives up, and the proof that it is gone.
 * Runs in: the gateway, before it reads the first byte from anybody. The place for seccomp and
 * Landlock.
 */
#ifndef HEARTH_SANDBOX_H
#define HEARTH_SANDBOX_H

/* Ends the process if a privilege is left. */
void sandbox_enter(void);

#endif
