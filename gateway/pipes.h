/* SPDX-License-Identifier: MIT
 *
 * pipes: the three pipes between a script and us, each watched on its own.
 * Runs in: the gateway. Knows no request, only the bytes of one.
 */
#ifndef HEARTH_PIPES_H
#define HEARTH_PIPES_H

#include "common/loop.h"
#include "gateway/spool.h"

struct pipes {
	struct io in, out, err; /* our ends; -1: closed. `in` is written to, the others are read */
};

/* Opens them; the script's ends go to theirs[0..2]. Without a body its stdin is /dev/null. False
 * with errno: nothing is open, not even theirs. Its stderr is not watched yet: what it says there
 * belongs to a pid. */
bool pipes_open(struct pipes *p, struct loop *l, bool has_body, int theirs[3]);
bool pipes_hear(struct pipes *p, struct loop *l);

/* What the script is to read. */
struct feed {
	const struct spool *from;
	uint64_t at; /* it has it up to here */
	bool whole;  /* the end of the spool is the end of it */
};

enum fed {
	FED_SOME,    /* as much as there is, or as the pipe takes */
	FED_ALL,     /* to its end: the pipe is closed behind it */
	FED_REFUSED, /* the script does not want more, which is its right: the pipe is closed */
	FED_FAILED,  /* it cannot be read back, errno says why. The pipe is open: its end would look
			like the end of the body */
};

/* Writes what there is and moves `at`. */
enum fed pipe_feed(struct io *in, struct loop *l, struct feed *f);
/* Idempotent. */
void pipe_close(struct io *io, struct loop *l);
void pipes_close(struct pipes *p, struct loop *l);

#endif
