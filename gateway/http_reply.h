/* SPDX-License-Identifier: MIT
 *
 * http_reply: the bytes of an HTTP/1.1 response: status line, framing, chunks, error pages.
 * Runs in: the gateway. Implements struct front for the HTTP face, down to the last byte of a
 * response; what happens to the connection then is told to http_front through `done`.
 */
#ifndef HEARTH_HTTP_REPLY_H
#define HEARTH_HTTP_REPLY_H

#include "gateway/conn.h"
#include "gateway/http_reason.h"
#include "gateway/request.h"

enum http_reply_end {
	REPLY_COMPLETE, /* the connection may go on, if the request said so */
	REPLY_LAST,     /* complete, but the connection must close */
	REPLY_CUT,      /* the client must see that something is missing */
};

extern const struct front http_front;

/* `done` gets every request exactly once, when its response is in the connection's queue. */
void http_reply_init(void (*done)(struct request *r, enum http_reply_end how));
/* Refuses before there is a usable request head: closes for sure. */
void http_refuse_broken(struct request *r, int status);
/* The response is this part of a file (the reference is taken), after what `answer` says. */
void http_reply_file(struct request *r, struct file *f, uint64_t at, uint64_t len);
/* The next piece of a body of declared length is this part of a file (the reference is taken). The
 * host's `resume` is called when it has left; nothing may be put before. */
void http_reply_piece(struct request *r, struct file *f, uint64_t at, uint64_t len);

#endif
