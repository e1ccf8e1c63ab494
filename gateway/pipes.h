/* SPDX-License-Identifier: MIT
 *
 * pipes: the three pipes between a script and us, each watched on its own.
 * Runs in: the gateway.
 */
#ifndef HEARTH_PIPES_H
#define HEARTH_PIPES_H

#include "common/loop.h"

struct pipes {
	struct io in, out, err; /* our ends; -1: closed. `in` is written to, the others are read */
};

/* Opens and watches them; the script's ends go to theirs[0..2]. Without a body its stdin is
 * /dev/null. False with errno: nothing is open, not even theirs. */
bool pipes_open(struct pipes *p, struct loop *l, bool has_body, int theirs[3]);
/* Idempotent. */
void pipe_close(struct io *io, struct loop *l);
void pipes_close(struct pipes *p, struct loop *l);

#endif
