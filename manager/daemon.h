/* SPDX-License-Identifier: MIT
 *
 * daemon: opens the house, lives in it, and leaves it clean. `hearth run` and `hearth serve` are
 * this with different configurations.
 * Runs in: the manager.
 */
#ifndef HEARTH_DAEMON_H
#define HEARTH_DAEMON_H

#include "manager/activated.h"
#include "manager/conf.h"

struct daemon_job {
	struct conf *conf;   /* taken */
	const char *path;    /* of the file for reloads, or NULL: a hangup then ends us */
	const char *pidfile; /* or NULL */
	bool background;
	struct activated *handed; /* sockets that somebody has opened for us; or NULL */
	/* Called when requests are served, instead of a record in the log; or NULL. */
	void (*greet)(const char *urls, const void *arg);
	const void *greet_arg;
};

/* The exit status. In the background: the parent's, once the daemon serves or has failed. */
int daemon_run(const struct daemon_job *job);

#endif
