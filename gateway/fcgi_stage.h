/* SPDX-License-Identifier: MIT
 *
 * fcgi_stage: which record may follow which, as a web server sends them: requests of one
 * connection, each by its id (FastCGI 1.0 3.3, 5 and 6). Runs in: the gateway. Pure: no I/O, no
 * clock, no memory, no log. What is to be done with an event is told; doing it is the caller's.
 */
#ifndef HEARTH_FCGI_STAGE_H
#define HEARTH_FCGI_STAGE_H

#include "gateway/fcgi_record.h"

/* What of a request comes next. */
enum fcgi_next { FCGI_NEXT_NOTHING, FCGI_NEXT_PARAMS, FCGI_NEXT_STDIN, FCGI_NEXT_DATA };

/* One id. All zero: no request has it. */
struct fcgi_stage {
	uint8_t next; /* enum fcgi_next */
	uint8_t role;
	bool live; /* it was begun, and its end was not sent */
	bool late; /* it was, and what still comes of it is for nobody */
	bool past; /* one with this id has been here, and is over and done with */
};

enum fcgi_deed {
	FCGI_DO_NOTHING,
	FCGI_DO_BEGIN,
	FCGI_DO_REFUSE_ROLE, /* it has begun all the same: nothing of it is to be served */
	FCGI_DO_PARAMS,      /* ev->data */
	FCGI_DO_PARAMS_END,
	FCGI_DO_STDIN, /* ev->data */
	FCGI_DO_STDIN_END,
	FCGI_DO_DATA, /* ev->data */
	FCGI_DO_DATA_END,
	FCGI_DO_ABORT,
	FCGI_DO_VALUES, /* ev->data of a list of names; complete if ev->record_end */
	FCGI_DO_TELL_UNKNOWN,
	FCGI_DO_BREAK, /* *why; nothing that follows can be trusted */
};

/* `s` is that of ev->id; of an event of the connection it is not looked at. */
enum fcgi_deed fcgi_stage_take(struct fcgi_stage *s, const struct fcgi_event *ev, const char **why);

/* Its answer is complete, or there will be none. */
void fcgi_stage_answered(struct fcgi_stage *s);
/* More of it is to come, or must be expected to. */
static inline bool fcgi_stage_is_whole(const struct fcgi_stage *s)
{
	return s->next == FCGI_NEXT_NOTHING;
}

#endif
