/* SPDX-License-Identifier: MIT
 *
 * serve_port: where `hearth serve` listens: which of its addresses are free, and who has those
 * that are not.
 * Runs in: the manager. All is asked before anything is made, for an answer that says what to do.
 */
#ifndef HEARTH_SERVE_PORT_H
#define HEARTH_SERVE_PORT_H

#include <stdbool.h>

/* Without -l: this address, or the next port that is free. The caller frees it; NULL, and the
 * sentence is said, if there is none. */
char *port_default(void);
#define PORT_DEFAULT "127.0.0.1:8080"

/* An address as given by -l: PORT alone is one of the loopback. The caller frees it; NULL, and the
 * sentence is said, if it cannot be had. */
char *port_wanted(const char *given);
/* Can others than this machine reach it? */
bool port_is_public(const char *address);

#endif
