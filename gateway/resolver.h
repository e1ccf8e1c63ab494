/* SPDX-License-Identifier: MIT
 *
 * resolver: the addresses of a host, looked up in a thread of its own: the system's resolver may
 * take its time, and lanes have none.
 * Runs in: the gateway; asked and answered in lane 0.
 */
#ifndef HEARTH_RESOLVER_H
#define HEARTH_RESOLVER_H

#include "gateway/lane.h"

struct addrinfo;

/* Embedded in what wants to know. Nothing of it is touched while it is on its way. */
struct resolver_question {
	struct mail mail;
	const char *host;
	void (*answered)(struct resolver_question *q);
	struct addrinfo *answer; /* NULL: there is none, and why; whoever asks frees it */
	const char *why;
};

/* `answered` is called, later, in any case. */
void resolver_ask(struct resolver_question *q);

#endif
