/* SPDX-License-Identifier: MIT
 *
 * front: what a face towards clients can do with a response. HTTP is one face, FastCGI is the
 * other; what produces responses (relay, static files, errors) knows only this.
 * Runs in: the gateway.
 */
#ifndef HEARTH_FRONT_H
#define HEARTH_FRONT_H

#include "common/span.h"

struct request;
struct cgi_head;

struct front {
	/* An interim response (1xx) with these header lines comes before it, perhaps several. */
	void (*interim)(struct request *r, int status, struct span lines);
	/* The response begins: status and header lines are in r->answer. Once. */
	void (*begin)(struct request *r);
	/* The response begins, and its head is the script's own and comes as its body: it leaves as
	 * it is, and the connection ends with it. In the place of begin. NULL: this face has none
	 * that are not framed by itself. */
	void (*raw)(struct request *r);
	/* More of its body. */
	void (*body)(struct request *r, struct span bytes);
	/* Nothing more for now: what there is goes to the client, be it interim responses. */
	void (*flush)(struct request *r);
	/* It is complete. The request is gone when this returns. */
	void (*end)(struct request *r);
	/* It will not be complete: the client must see that. The request is gone. */
	void (*cut)(struct request *r);
	/* Nothing was begun: the client gets this status with a page. The request is gone. */
	void (*refuse)(struct request *r, int status);
	/* The worker has taken of a body that is passed on as it comes, or is ready to: there may
	 * be more to read. Nothing happens before the caller has returned to its loop. */
	void (*pull)(struct request *r);
	/* The client's side holds all it may; stop producing until the worker's resume is called.
	 */
	bool (*full)(const struct request *r);
	/* What the worker says to its error stream. NULL: the log alone has it. */
	void (*error)(struct request *r, struct span bytes);
	/* Local redirects and files that a head names are left to the server before us. */
	bool leaves_errands;
};

#endif
