/* SPDX-License-Identifier: MIT
 *
 * fcgi_reply: what a web server gets by FastCGI for a request: the head as scripts write it (RFC
 * 3875 6), the body, or the word that there is none. Runs in: the gateway. Implements struct front
 * for the FastCGI face, down to the last byte put into the job; when that leaves is decided by
 * fcgi_front, by `push` and `done`.
 */
#ifndef HEARTH_FCGI_REPLY_H
#define HEARTH_FCGI_REPLY_H

#include "gateway/fcgi_mux.h"

extern const struct front fcgi_front;

struct fcgi_reply_host {
	/* Something was put that should be on its way. May lose the connection, and the request. */
	void (*push)(struct fcgi_mux *m);
	/* The answer is complete: the request's part is over, and it is to be freed. */
	void (*done)(struct fcgi_job *j, struct request *r);
};

void fcgi_reply_init(const struct fcgi_reply_host *host);

/* The end with this status of the protocol; but for an overload, without an answer. */
void fcgi_reply_reject(struct fcgi_job *j, uint8_t status);

#endif
