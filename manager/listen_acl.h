/* SPDX-License-Identifier: MIT
 *
 * listen_acl: the access list of a socket, as the kernel takes it: who else than its owner and its
 * group may connect.
 * Runs in: the manager. Pure.
 */
#ifndef HEARTH_LISTEN_ACL_H
#define HEARTH_LISTEN_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LISTEN_ACL_NAME "system.posix_acl_access"
#define LISTEN_ACL_MOST 32
#define LISTEN_ACL_SIZE (4 + 8 * (LISTEN_ACL_MOST + 4))

/* len 0: there is none. What is behind len is zero. */
struct listen_acl {
	size_t len;
	unsigned char bytes[LISTEN_ACL_SIZE];
};

/* Beside what the mode says, these users and groups may read and write. All ids of one kind are
 * different, and in ascending order; together there are LISTEN_ACL_MOST at most. */
void listen_acl_make(struct listen_acl *acl, unsigned mode, const uid_t *users, size_t nusers,
	const gid_t *groups, size_t ngroups);

#endif
