/* SPDX-License-Identifier: MIT
 *
 * pipes: the three pipes between a script and us, each watched on its own.
 * Runs in: the gateway.
 */
#ifndef HEARTH_PIPES_H
#define HEARTH_PIPES_H

#include "gateway/request.h"

struct pipes {
	struct io in, out, err; /* our ends; -1: closed. `in` is written to, the others are read */
};

/* Opens and watches them; the script's ends go to theirs[0..2]. Without a body its stdin is
 * /dev/null. False with errno: nothing is open, not even theirs. */
bool pipes_open(struct pipes *p, struct loop *l, bool has_body, int theirs[3]);
/* Writes what there is of the request's body; closes the pipe behind its end, or if the script does
 * not want more: its right. */
void pipe_feed(struct io *in, struct loop *l, struct request *r);
/* The script has closed its end; r may be NULL. */
void pipe_refused(struct io *in, struct loop *l, struct request *r);
/* Idempotent. */
void pipe_close(struct io *io, struct loop *l);
void pipes_close(struct pipes *p, struct loop *l);

#endif
