/* SPDX-License-Identifier: MIT
 *
 * spawn: see spawn.h. fork rather than vfork or posix_spawn: the child has much to prove before
 * its exec, and the manager is small and starts few, long-lived processes.
 */
#include "manager/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "manager/spawn_child.h"

static rlim_t soft_files = SPAWN_SOFT_FILES;

void spawn_raise_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < SPAWN_SOFT_FILES)
		soft_files = lim.rlim_cur;
	fd_limit_raise();
}

pid_t spawn_start(const struct job *job, int *news)
{
	struct birth birth = {.job = job, .manager = getpid(), .soft_files = soft_files};
	sigset_t all, old;
	int ends[2];
	pid_t pid;

	if (fd_pipe(ends, 0) < 0)
		return -1;
	/* No signal may reach the child while it still looks like the manager. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	birth.news = ends[1];
	pid = fork();
	if (pid == 0)
		spawn_child(&birth);
	sigprocmask(SIG_SETMASK, &old, NULL);
	fd_close(&ends[1]);
	if (pid < 0)
		fd_close(&ends[0]);
	*news = ends[0];
	return pid;
}

enum spawn_news spawn_read_news(int news, char *why, size_t size)
{
	struct spawn_failure f = {0};
	ssize_t n = read(news, &f, sizeof f);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SPAWN_PENDING;
	if (n != (ssize_t)sizeof f)
		return SPAWN_EXECED; /* the exec closed it */
	f.step[sizeof f.step - 1] = '\0';
	snprintf(why, size, "%s: %s", f.step, strerror(f.error));
	return SPAWN_FAILED;
}

/* ---- helpers ---- */

static void own_directory(char dir[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	dir[n > 0 ? n : 0] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
}

static int open_program(const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
		return -1;
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111)))
		fd_close(&fd);
	return fd;
}

int spawn_find_helper(const char *name, char *why, size_t size)
{
	const char *libexec = getenv("HEARTH_LIBEXEC");
	char beside[PATH_MAX];
	int fd;

	libexec = libexec && libexec[0] ? libexec : HEARTH_LIBEXEC;
	own_directory(beside);
	fd = open_program(beside, name);
	if (fd < 0)
		fd = open_program(libexec, name);
	if (fd < 0)
		snprintf(why, size, "%s is neither in %s nor in %s", name, beside, libexec);
	return fd;
}
