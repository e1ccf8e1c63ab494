/* SPDX-License-Identifier: MIT
 *
 * spawn: see spawn.h. fork rather than vfork or posix_spawn: the child has much to prove before
 * its exec, and the manager is small and starts few, long-lived processes.
 */
#include "manager/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/sig.h"

/* What a child that could not exec writes into its pipe; small enough to arrive whole. */
struct failure {
	int error;
	char step[100];
};

static rlim_t soft_files = SPAWN_SOFT_FILES;

void spawn_raise_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < SPAWN_SOFT_FILES)
		soft_files = lim.rlim_cur;
	fd_limit_raise();
}

/* ---- in the child: nothing below this line returns to the manager ---- */

static _Noreturn void give_up(int status_pipe, const char *step, const char *what)
{
	struct failure f = {.error = errno};

	snprintf(f.step, sizeof f.step, "%s%s%s", step, what ? " " : "", what ? what : "");
	while (write(status_pipe, &f, sizeof f) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* After the change of user: libc and the thread sanitizer may have threads to tell about that, by
 * a signal that libc keeps for itself, and whose default is death. */
static void reset_signals(void)
{
	sigset_t none;

	sig_all_default();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from(int lowest)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)lowest, ~0U, 0) == 0)
		return;
#endif
	for (int fd = lowest, end = (int)sysconf(_SC_OPEN_MAX); fd < end; fd++)
		close(fd);
}

static int first_free(const struct job *job)
{
	int top = STDERR_FILENO + 1;

	for (size_t i = 0; i < job->nmoves; i++)
		top = job->moves[i].to >= top ? job->moves[i].to + 1 : top;
	return top;
}

static bool is_target(const struct job *job, int fd)
{
	for (size_t i = 0; i < job->nmoves; i++)
		if (job->moves[i].to == fd)
			return true;
	return false;
}

/* First every source goes to safety above the targets, so that no dup2 lands on one that is still
 * needed; then each to its place; then all else is closed. The status pipe and the binary end up
 * right above the targets. */
static void place_fds(const struct job *job, int *status_pipe, int *binary)
{
	int top = first_free(job);
	int safe[JOB_MOVES_MAX];
	int pipe_safe = fcntl(*status_pipe, F_DUPFD_CLOEXEC, top + 2);
	int binary_safe = *binary < 0 ? -1 : fcntl(*binary, F_DUPFD_CLOEXEC, top + 2);

	for (size_t i = 0; i < job->nmoves; i++)
		safe[i] = fcntl(job->moves[i].from, F_DUPFD_CLOEXEC, top + 2);
	if (pipe_safe < 0 || dup3(pipe_safe, top, O_CLOEXEC) < 0)
		give_up(*status_pipe, "descriptors", NULL);
	*status_pipe = top;
	if (*binary >= 0 && dup3(binary_safe, top + 1, O_CLOEXEC) < 0)
		give_up(*status_pipe, "descriptors", NULL);
	*binary = *binary < 0 ? -1 : top + 1;
	for (size_t i = 0; i < job->nmoves; i++)
		if (dup2(safe[i], job->moves[i].to) < 0)
			give_up(*status_pipe, "descriptors", NULL);
	for (int fd = 0; fd < top; fd++)
		if (!is_target(job, fd))
			close(fd);
	close_from(*binary < 0 ? top + 1 : top + 2);
}

static void restore_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur < soft_files)
		return;
	lim.rlim_cur = soft_files;
	setrlimit(RLIMIT_NOFILE, &lim);
}

/* allow as root, since that may take privilege; set as the one who is to run, since a small one
 * would be in our own way before. */
static void limit_each(const struct job *job, int (*fn)(const struct limit *l), int status_pipe)
{
	char title[32];

	for (size_t i = 0; i < job->nlimits; i++) {
		if (fn(&job->limits[i]) == 0)
			continue;
		snprintf(title, sizeof title, "rlimit[%s]", job->limits[i].row->name);
		give_up(status_pipe, title, NULL);
	}
}

/* After the change of user, which clears it. The manager may be gone already: then nobody would
 * ever send the signal, so look once more. */
static void die_with(pid_t manager, int sig, int status_pipe)
{
	if (prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0) < 0)
		give_up(status_pipe, "parent death signal", NULL);
	if (getppid() != manager)
		_exit(0);
}

static _Noreturn void child(const struct job *job, pid_t manager, int status_pipe)
{
	static const struct sched_param none = {0}; /* not by way of musl, which only says ENOSYS */
	int binary = job->binary;
	const char *failed;

	setsid();
	place_fds(job, &status_pipe, &binary);
	restore_files();
	limit_each(job, limit_allow, status_pipe);
	if (job->batch)
		syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &none); /* no harm if it fails */
	umask(job->umask);
	failed = drop_to(job->as);
	if (failed)
		give_up(status_pipe, "become", failed);
	die_with(manager, job->death_signal, status_pipe);
	if (chdir(job->chdir ? job->chdir : "/") < 0)
		give_up(status_pipe, "chdir", job->chdir);
	if (!job->lends)
		limit_each(job, limit_set, status_pipe);
	reset_signals(); /* not before: to change its user, libc may need one of its own */
	if (binary >= 0)
		syscall(SYS_execveat, binary, "", job->argv, job->envp, AT_EMPTY_PATH);
	else
		execve(job->argv[0], job->argv, job->envp);
	give_up(status_pipe, "exec", job->argv[0]);
}

/* ---- in the manager ---- */

pid_t spawn_start(const struct job *job, int *news)
{
	pid_t manager = getpid(), pid;
	sigset_t all, old;
	int ends[2];

	if (fd_pipe(ends, 0) < 0)
		return -1;
	/* No signal may reach the child while it still looks like the manager. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid == 0)
		child(job, manager, ends[1]);
	sigprocmask(SIG_SETMASK, &old, NULL);
	fd_close(&ends[1]);
	if (pid < 0)
		fd_close(&ends[0]);
	*news = ends[0];
	return pid;
}

enum spawn_news spawn_read_news(int news, char *why, size_t size)
{
	struct failure f = {0};
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
