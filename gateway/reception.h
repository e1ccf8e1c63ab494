/* SPDX-License-Identifier: MIT
 *
 * reception: where a request goes: to a pool's line, or to a file.
 * Runs in: the gateway. Knows of faces, pools and files together; which of them it is, place.h
 * finds.
 */
#ifndef HEARTH_RECEPTION_H
#define HEARTH_RECEPTION_H

#include "gateway/http_front.h"

void reception_init(void);
/* The lane has a new plan: what still waits in a line that the plan does not have moves on. */
void reception_move(struct lane *l);

#endif
