/* SPDX-License-Identifier: MIT
 *
 * listen: opens one socket that listens: a front door, or a unix socket of the house.
 * Runs in: the manager. Never accepts.
 */
#ifndef HEARTH_LISTEN_H
#define HEARTH_LISTEN_H

#include "manager/listen_rights.h"

/* The kernel caps this at net.core.somaxconn. */
#define LISTEN_BACKLOG 4096

/* ADDR:PORT, [V6]:PORT, *:PORT, PORT or unix:/PATH, with or without ",proxy" behind it: a listening
 * socket, or -1 with the sentence and, if the kernel refused it, errno. */
int listen_open(const char *address, char *why, size_t size);
/* The same without ",proxy"; rights NULL: HTTP, which is for everybody. A PORT alone of a pool is
 * at all addresses of IPv6 as well. */
int listen_open_as(const char *address, const struct listen_rights *rights, char *why, size_t size);
/* The path in unix:/PATH, or NULL. */
const char *listen_unix_path(const char *address);
/* A listening unix socket at `path` with exactly this mode from its first moment on. A socket
 * file that nobody answers behind is replaced; one that is in use is not. */
int listen_unix(const char *path, int type, mode_t mode, int backlog, char *why, size_t size);
/* A connected unix socket, or -1 with errno. */
int listen_knock(const char *path, int type);

#endif
