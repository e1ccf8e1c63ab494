/* SPDX-License-Identifier: MIT
 *
 * listeners: the front doors, as one plan after the other wants them.
 * Runs in: the manager, which holds every door open while gateways come and go. Never accepts.
 */
#ifndef HEARTH_LISTENERS_H
#define HEARTH_LISTENERS_H

#include "manager/activated.h"
#include "manager/listen.h"

struct listen_use {
	bool proxy;                   /* the PROXY protocol */
	const struct conf_pool *pool; /* whose FastCGI is spoken there; NULL: HTTP */
	bool pages;                   /* about that pool's own pages alone */
	struct listen_rights rights;
};

/* A door. A change of plan is a transaction: what the next plan wants is marked, what is new is
 * fresh, and only commit closes anything that was open before. */
struct listener {
	struct list link;
	char *address; /* as configured, but for ",proxy" */
	bool both;     /* a PORT alone of a pool: at all addresses of IPv4 and of IPv6 */
	int fd;
	struct activated_socket *handed; /* whose the descriptor is; NULL: we have opened it */
	uint32_t number;                 /* the gateway knows it by this, across plans */
	bool wanted, fresh;
	struct listen_use next, now; /* by the plan that is offered, if any, and by the last one */
};

struct listeners {
	struct list all;
	uint32_t last_number;
	struct activated *handed; /* or NULL */
};

void listeners_init(struct listeners *ls);
/* Opens what is not open yet. False: nothing changed, `why` has the sentence. */
bool listeners_prepare(struct listeners *ls, const struct conf *conf, char *why, size_t size);
void listeners_commit(struct listeners *ls);
void listeners_revert(struct listeners *ls);
/* Closes all of them; idempotent. */
void listeners_close(struct listeners *ls);
/* "http://127.0.0.1:8080/", with the port that the kernel chose for port 0; " unix:/path"; those of
 * pools as fcgi://127.0.0.1:9000/ and fcgi:unix:/path. */
bool listeners_put_urls(struct listeners *ls, struct buf *out);

#endif
