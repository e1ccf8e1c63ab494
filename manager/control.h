/* SPDX-License-Identifier: MIT
 *
 * control: the doorbell. A unix socket on which root and our own user may ask for one command a
 * connection; who they are the kernel says.
 * Runs in: the manager.
 */
#ifndef HEARTH_CONTROL_H
#define HEARTH_CONTROL_H

#include "manager/house.h"

struct control {
	struct io io;
	struct house *house;
	char *path;
	struct list callers;
};

/* False: `why`; another daemon that answers at the path is named by its pid. */
bool control_open(struct control *c, struct house *h, const char *path, char *why, size_t size);
/* Takes the socket away: nobody new can ask. Those who wait stay. Idempotent. */
void control_shut(struct control *c);
/* Hangs up on everybody. Idempotent. */
void control_close(struct control *c);

#endif
