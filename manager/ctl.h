/* SPDX-License-Identifier: MIT
 *
 * ctl: the command line's side of the control socket.
 * Runs in: the `hearth status`, `reload`, `stop` you type. Never in the daemon.
 */
#ifndef HEARTH_CTL_H
#define HEARTH_CTL_H

#include "manager/command.h"

/* argv[0] is the command's name. The exit status. */
int ctl_main(int argc, char **argv);

/* ---- for commands that have more to do with the answer than to print it ---- */

/* What was typed: which daemon, and the words for it. */
struct ring {
	const char *socket_path, *conf_path;
	char *words[COMMAND_WORDS_MAX];
	size_t nwords;
};

/* Takes out which daemon is meant; the rest is words. False: the usage is wrong. */
bool ctl_parse(int argc, char **argv, struct ring *r);
/* The path of the socket, to be freed; NULL: said why. */
char *ctl_find_socket(const struct ring *r);
/* Says hello and the command. False: errno. */
bool ctl_ask(int fd, char *const *words, size_t n);

#define CTL_MORE (-1)

/* Waits for one letter. CTL_MORE, or the exit status, and why it is not 0. */
int ctl_hear(int fd, void (*text)(void *arg, struct span piece), void *arg, struct buf *why);

#endif
