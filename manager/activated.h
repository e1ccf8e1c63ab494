/* SPDX-License-Identifier: MIT
 *
 * activated: sockets that somebody opened for us before we were started: systemd, or whoever speaks
 * as it does (sd_listen_fds(3)). They come as descriptors 3 and following; LISTEN_FDS says how
 * many, LISTEN_PID to whom, LISTEN_FDNAMES what they are called. Runs in: the manager. They stay
 * open as long as it lives, whatever plans want of them: what they are and who may connect is the
 * business of who has opened them, so nothing of that is ever changed.
 */
#ifndef HEARTH_ACTIVATED_H
#define HEARTH_ACTIVATED_H

#include <stdbool.h>
#include <stddef.h>

struct activated_socket {
	int fd;        /* -1: closed, as nobody wanted it */
	char *name;    /* FileDescriptorName= of its unit */
	char *address; /* as it would stand in a listen */
	bool both;     /* at every address, of IPv4 too */
	bool used;     /* a plan that was taken had a place for it */
};

struct activated {
	struct activated_socket *at;
	size_t n;
};

#define ACTIVATED_NONE ((struct activated){NULL, 0})

/* How many sockets these three variables (NULL: not set) give to the process `self`; 0 if they are
 * for another one. NULL, or what is wrong with them. Pure. */
const char *activated_count(
	const char *pid, const char *fds, const char *names, long self, size_t *n);

/* Takes all there are, and the variables out of the environment. False: one cannot be used, or the
 * variables make no sense. */
bool activated_take(struct activated *a, char *why, size_t size);
/* The one at the address of a listen; NULL: there is none. */
struct activated_socket *activated_at(const struct activated *a, const char *address);
/* The next of this name from *from on, which goes on behind it. */
struct activated_socket *activated_named(const struct activated *a, const char *name, size_t *from);
/* Closes those that no plan had a place for, and says so. */
void activated_close_unused(struct activated *a);
/* Closes all of them; idempotent. */
void activated_free(struct activated *a);

#endif
