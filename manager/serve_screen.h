/* SPDX-License-Identifier: MIT
 *
 * serve_screen: a process of its own that stands between the logs of `hearth serve` and its
 * standard error, and shows them as serve_tell says.
 * Runs in: the manager (opening, closing) and that process, which has the scripts' user's rights
 * and no more: what it reads has come from the network in part, and the manager does not read it.
 *
 * It ends when the last who could write to it has ended, so nobody's last words are lost, and it
 * is nobody's child: the manager waits for no stranger when it leaves.
 */
#ifndef HEARTH_SERVE_SCREEN_H
#define HEARTH_SERVE_SCREEN_H

#include <stdbool.h>

struct identity;

struct screen {
	int before; /* our standard error as it was */
	int end;    /* ends with the process */
};

/* From here on our standard error, and that of who has it from us, goes to the screen; `dir` is
 * what is served. False, with the sentence said, if it cannot be had. */
bool screen_open(struct screen *s, const struct identity *as, const char *dir);
/* Serving has begun: there will be something to tell at the end. */
void screen_begin(void);
/* Waits until all is shown, and takes standard error back. */
void screen_close(struct screen *s);

#endif
