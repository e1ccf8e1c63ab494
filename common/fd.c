/* SPDX-License-Identifier: MIT
 *
 * fd: see fd.h.
 */
#include "common/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

void fd_close(int *fd)
{
	int kept = errno;

	if (*fd >= 0)
		close(*fd); /* never retried: on Linux the descriptor is gone, EINTR or not */
	*fd = -1;
	errno = kept;
}

int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int fd_guard_std(void)
{
	/* The lowest that is free is what open gives. Not close-on-exec: these three are inherited.
	 * Who has them all needs no /dev/null, which another root may lack. */
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	return 0;
}

int fd_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int fd_cloexec(int fd, bool on)
{
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

int fd_pipe(int ends[2], int ours)
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	/* A new end has no flag that could be lost, so they need not be asked for. */
	if (ours >= 0 && fcntl(ends[ours], F_SETFL, O_NONBLOCK) < 0) {
		fd_close(&ends[0]);
		fd_close(&ends[1]);
		return -1;
	}
	return 0;
}

int fd_seqpair(int ends[2])
{
	int room = 1 << 20;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	/* The kernel clips this to wmem_max, which by default still holds one CHAN_MAX letter. */
	for (int i = 0; i < 2; i++)
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	return 0;
}

size_t fd_limit_raise(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return 1024;
	lim.rlim_cur = lim.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &lim) < 0)
		getrlimit(RLIMIT_NOFILE, &lim);
	return lim.rlim_cur;
}
