/* SPDX-License-Identifier: MIT
 *
 * fcgi_wrap: a request as FastCGI records.
 * Runs in: the gateway. Pure but for memory and for the spool that the body lies in.
 */
#ifndef HEARTH_FCGI_WRAP_H
#define HEARTH_FCGI_WRAP_H

#include "gateway/fcgi_record.h"
#include "gateway/request.h"

/* One request at a time on a connection, each with the next id: so what still comes of one that is
 * over is never taken for the answer to another. Ids stay small, as FastCGI 1.0 3.3 has it, and are
 * used again after the last. */
#define FCGI_WRAP_FIRST_ID 2
#define FCGI_WRAP_LAST_ID  255
/* Other web servers have this one for all, and some programs know no other: they say it whatever
 * they were told. No request of ours has it before its program has shown that. */
#define FCGI_WRAP_ONLY_ID 1

static inline uint16_t fcgi_wrap_next_id(uint16_t id)
{
	return id < FCGI_WRAP_LAST_ID ? (uint16_t)(id + 1) : FCGI_WRAP_FIRST_ID;
}

/* BEGIN_REQUEST and all of PARAMS. False: no memory. */
bool fcgi_wrap_head(struct buf *out, const struct request *r, uint16_t id);
/* The next records of STDIN, from body_at on, until `out` holds a good piece or there is no more by
 * now; *ended: its end is there. False: no memory, or the body cannot be read back. */
bool fcgi_wrap_body(struct buf *out, struct request *r, uint16_t id, bool *ended);

/* What is wrong with an event as one of an answer to the request of that id; NULL: nothing. */
extern const char fcgi_wrap_stranger[]; /* it is of another */
extern const char fcgi_wrap_refused[];  /* it may say that it did not begin with it, and why */
const char *fcgi_wrap_judge(const struct fcgi_event *ev, uint16_t id);
/* What comes next says no more than that the other side has no room for the request: to its end,
 * it is FCGI_OVERLOADED, with a page of 503 for others or without. False also if the end is not
 * there yet. */
bool fcgi_wrap_is_overload(struct fcgi_reader reader, struct span bytes, uint16_t id);

#endif
