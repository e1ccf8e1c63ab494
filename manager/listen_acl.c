/* SPDX-License-Identifier: MIT
 *
 * listen_acl: see listen_acl.h. The form is that of linux/posix_acl_xattr.h: a version, then a tag,
 * a permission and an id each, little-endian, sorted by tag and id.
 */
#include "manager/listen_acl.h"

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <string.h>

#define READ_WRITE (ACL_READ | ACL_WRITE)

static void put(struct listen_acl *acl, uint32_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		acl->bytes[acl->len++] = (unsigned char)(v >> 8 * i);
}

static void add(struct listen_acl *acl, unsigned tag, unsigned permission, uint32_t id)
{
	put(acl, tag, 2);
	put(acl, permission, 2);
	put(acl, id, 4);
}

void listen_acl_make(struct listen_acl *acl, unsigned mode, const uid_t *users, size_t nusers,
	const gid_t *groups, size_t ngroups)
{
	const uint32_t nobody = (uint32_t)ACL_UNDEFINED_ID;

	memset(acl, 0, sizeof *acl);
	if (nusers + ngroups == 0 || nusers + ngroups > LISTEN_ACL_MOST)
		return;
	put(acl, POSIX_ACL_XATTR_VERSION, 4);
	add(acl, ACL_USER_OBJ, mode >> 6 & 7, nobody);
	for (size_t i = 0; i < nusers; i++)
		add(acl, ACL_USER, READ_WRITE, users[i]);
	add(acl, ACL_GROUP_OBJ, mode >> 3 & 7, nobody);
	for (size_t i = 0; i < ngroups; i++)
		add(acl, ACL_GROUP, READ_WRITE, groups[i]);
	add(acl, ACL_MASK, (mode >> 3 & 7) | READ_WRITE, nobody);
	add(acl, ACL_OTHER, mode & 7, nobody);
}
