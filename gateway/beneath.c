/* SPDX-License-Identifier: MIT
 *
 * beneath: see beneath.h.
 *
 * openat2 does it in the kernel, in one piece, so that nobody can move a directory away between
 * the look and the step (Linux 5.6). Where a container's filter hides it, the path is walked by
 * hand, one segment at a time, and then no segment may be a link at all: what a link says could
 * not be checked without a race. The manual says so under document_root.
 */
#include "gateway/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"

/* The kernel gives up with EAGAIN when something was renamed while it looked at a "..". */
#define TRIES 8

static int open_by_hand(int root, char *path, int flags)
{
	int dir = fcntl(root, F_DUPFD_CLOEXEC, 0), next;
	char *slash;

	while ((slash = strchr(path, '/')) && dir >= 0) {
		*slash = '\0';
		next = openat(dir, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		*slash = '/';
		fd_close(&dir);
		dir = next;
		path = slash + 1;
	}
	if (dir < 0)
		return -1;
	next = openat(dir, *path ? path : ".", flags | O_NOFOLLOW);
	fd_close(&dir);
	return next;
}

int beneath_open(int root, char *path, int flags)
{
	struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	long fd = -1;

	for (int i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_by_hand(root, path, flags | O_CLOEXEC);
	return (int)fd;
}
