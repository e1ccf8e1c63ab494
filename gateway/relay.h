/* SPDX-License-Identifier: MIT
 *
 * relay: a script's output on its way to the front: first a CGI head, then a body.
 * Runs in: the gateway. The same for FastCGI's STDOUT and for a pipe.
 *
 * What a script may say (RFC 3875 6.2), by its head:
 *
 *	document	Content-Type, perhaps Status; a body
 *	no document	Status alone; what follows may be blank lines, which are dropped
 *	client redirect	Location; with a Content-Type a body too (6.2.3, 6.2.4)
 *	local redirect	Location with a path, and at most Content-Type (6.2.2)
 *	file		X-Sendfile, X-Accel-Redirect, if its pool has a sendfile_root
 *	anything	of a script named nph-*, as long as it begins like HTTP (5.1)
 *	200		of an authorizer: the request goes on (FastCGI 1.0 6.3)
 *
 * A local redirect, a file and that 200 are errands: the rest of the output is dropped, and the
 * worker is done with the request when they are run, so that they may wait for that very worker.
 */
#ifndef HEARTH_RELAY_H
#define HEARTH_RELAY_H

#include "gateway/request.h"

/* Who runs errands. The request is gone, or on its way again, when these return. */
struct relay_host {
	/* Serves this target in its place; the target lies in r->raw_head. */
	void (*redirect)(struct request *r, struct span target);
	/* Answers with the file that its head (at base) names. */
	void (*file)(struct request *r, const struct cgi_head *h, const char *base);
	/* Its authorizer has let it in, by this head, which lies in r->raw_head. */
	void (*let_in)(struct request *r, const struct cgi_head *h, const char *base);
};

void relay_init(const struct relay_host *host);

/* More output. NULL, or why it is nonsense (the caller fails the request). */
const char *relay_output(struct request *r, struct span bytes);
/* The output is complete. NULL: the response is too, and r is gone, or not ours any more; or why it
 * cannot be. */
const char *relay_end(struct request *r);

/* The answer's status is the one of this head. */
void relay_put_status(struct request *r, const struct cgi_head *h, const char *base);
/* Adds a head's lines to the answer, but those that are the server's, and those that the caller
 * knows already. False: no memory. */
bool relay_add_lines(struct request *r, const struct cgi_head *h, const char *base,
	bool (*is_known)(struct span name));

/* How the script ends is part of its answer: of one that there is not, for the log; of one that
 * nothing but its end shows the end of. */
static inline bool relay_waits_for_exit(const struct request *r)
{
	return !r->raw_done || r->output == OUTPUT_RAW;
}

/* What was said is no response: that is logged, and the request, of which the worker knows no more,
 * is failed. */
void relay_refuse(struct request *r, const char *tag, const char *why);
/* The output is complete, and so is the worker's part. False: it was refused. */
bool relay_finish(struct request *r, const char *tag);

#endif
