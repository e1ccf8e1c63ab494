/* SPDX-License-Identifier: MIT
 *
 * file_reply: the answer that a file is: whole, in part, in parts, or not needed.
 * Runs in: the gateway. Decides by RFC 9110 13 and 14; which file it is was decided before.
 */
#ifndef HEARTH_FILE_REPLY_H
#define HEARTH_FILE_REPLY_H

#include "gateway/file.h"
#include "gateway/request.h"

/* Answers with a file that is there (the reference is taken). `vary`: other clients get the same in
 * another coding. The request is gone when this returns, or will be when the last of several parts
 * has left. */
void file_reply(struct request *r, struct file *f, const struct http_wishes *w, bool vary);

/* All of it, with this status, whatever the client has wished for. */
void file_reply_whole(struct request *r, struct file *f, int status);

/* The client has room for the next part. Nothing, if the request has none. */
void file_reply_resume(struct request *r);
/* It left. */
void file_reply_forget(struct request *r);

#endif
