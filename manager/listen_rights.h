/* SPDX-License-Identifier: MIT
 *
 * listen_rights: whose the unix sockets of a pool are, and who may connect.
 * Runs in: the manager.
 */
#ifndef HEARTH_LISTEN_RIGHTS_H
#define HEARTH_LISTEN_RIGHTS_H

#include "manager/conf.h"
#include "manager/listen_acl.h"

/* Two that are the same are so byte by byte. */
struct listen_rights {
	uid_t uid;
	gid_t gid;
	unsigned mode;
	int backlog;
	struct listen_acl acl;
};

/* As the pool has it; only root can give a file away, others can to a group that they are in. */
struct listen_rights listen_rights_of(const struct conf_pool *pool);
/* Gives them to the socket at this path. False with errno. */
bool listen_rights_give(const char *path, const struct listen_rights *rights);

#endif
