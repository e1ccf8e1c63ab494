/* SPDX-License-Identifier: MIT
 *
 * listen_rights: see listen_rights.h.
 */
#include "manager/listen_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/fd.h"
#include "manager/conf_world.h"

static int by_number(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

/* Their ids, each once and in ascending order. */
static size_t ids_of(
	const struct words *names, bool (*id_of)(const char *name, unsigned *id), unsigned *ids)
{
	size_t n = 0, unique = 0;

	for (size_t i = 0; i < names->n && n < LISTEN_ACL_MOST; i++)
		n += id_of(names->at[i], &ids[n]);
	qsort(ids, n, sizeof *ids, by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || ids[i] != ids[i - 1])
			ids[unique++] = ids[i];
	return unique;
}

struct listen_rights listen_rights_of(const struct conf_pool *pool)
{
	struct listen_rights r = {.uid = geteuid(),
		.gid = getegid(),
		.mode = pool->listen_mode,
		.backlog = (int)pool->listen_backlog};
	unsigned users[LISTEN_ACL_MOST] = {0}, groups[LISTEN_ACL_MOST] = {0};
	size_t nusers, ngroups;

	nusers = ids_of(&pool->acl_users, conf_user_id, users);
	ngroups = ids_of(&pool->acl_groups, conf_group_id, groups);
	listen_acl_make(&r.acl, r.mode, users, nusers, groups, ngroups);
	if (pool->listen_owner && geteuid() == 0)
		conf_user_id(pool->listen_owner, &r.uid);
	if (pool->listen_group)
		conf_group_id(pool->listen_group, &r.gid);
	return r;
}

/* Where there are none, there is none to be taken away. */
static bool set_acl(const char *name, const struct listen_acl *acl)
{
	if (acl->len)
		return setxattr(name, LISTEN_ACL_NAME, acl->bytes, acl->len, 0) == 0;
	return removexattr(name, LISTEN_ACL_NAME) == 0 || errno == ENODATA || errno == EOPNOTSUPP;
}

/* By a descriptor of what lies there, as it may be another thing by now; that is then no socket, or
 * not ours to give. */
bool listen_rights_give(const char *path, const struct listen_rights *rights)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), err;
	char name[sizeof "/proc/self/fd/" + 12];
	struct stat st;
	bool ok = fd >= 0 && fstat(fd, &st) == 0;

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (ok && !S_ISSOCK(st.st_mode)) {
		errno = ENOTSOCK;
		ok = false;
	}
	ok = ok && fchownat(fd, "", rights->uid, rights->gid, AT_EMPTY_PATH) == 0 &&
	     chmod(name, rights->mode) == 0 && set_acl(name, &rights->acl);
	err = errno;
	fd_close(&fd);
	errno = err;
	return ok;
}
