/* SPDX-License-Identifier: MIT
 *
 * spawn_child: see spawn_child.h. Each thing that makes a process less than the manager is a row of
 * one table; a further one (a cgroup, namespaces, Landlock, seccomp) is a row more.
 */
#include "manager/spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sig.h"

struct child {
	const struct job *job;
	pid_t manager;
	int news, binary; /* they move */
	rlim_t soft_files;
	const char *what; /* what a failure was about, or NULL */
};

/* ---- descriptors ---- */

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

/* To `to`, by way of its copy in safety. */
static bool settle(int *fd, int safe, int to)
{
	if (*fd < 0)
		return true;
	if (safe < 0 || dup3(safe, to, O_CLOEXEC) < 0)
		return false;
	*fd = to;
	return true;
}

/* First every source goes to safety above the targets, so that no dup2 lands on one that is still
 * needed; then each to its place; then all else is closed. The pipe and the binary end up right
 * above the targets. */
static bool place_fds(struct child *c)
{
	const struct job *job = c->job;
	int top = first_free(job), safe[JOB_MOVES_MAX];
	int news = fcntl(c->news, F_DUPFD_CLOEXEC, top + 2);
	int binary = c->binary < 0 ? -1 : fcntl(c->binary, F_DUPFD_CLOEXEC, top + 2);

	for (size_t i = 0; i < job->nmoves; i++)
		safe[i] = fcntl(job->moves[i].from, F_DUPFD_CLOEXEC, top + 2);
	if (!settle(&c->news, news, top) || !settle(&c->binary, binary, top + 1))
		return false;
	for (size_t i = 0; i < job->nmoves; i++)
		if (dup2(safe[i], job->moves[i].to) < 0)
			return false;
	for (int fd = 0; fd < top; fd++)
		if (!is_target(job, fd))
			close(fd);
	close_from(c->binary < 0 ? top + 1 : top + 2);
	return true;
}

/* ---- resources ---- */

static bool restore_files(struct child *c)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur < c->soft_files)
		return true;
	lim.rlim_cur = c->soft_files;
	setrlimit(RLIMIT_NOFILE, &lim);
	return true;
}

static bool limit_each(struct child *c, int (*fn)(const struct limit *l))
{
	for (size_t i = 0; i < c->job->nlimits; i++) {
		c->what = c->job->limits[i].row->name;
		if (fn(&c->job->limits[i]) < 0)
			return false;
	}
	return true;
}

static bool allow_limits(struct child *c)
{
	return limit_each(c, limit_allow);
}

static bool set_limits(struct child *c)
{
	return c->job->lends || limit_each(c, limit_set);
}

/* No harm if it fails. Not by way of musl, which only says ENOSYS. */
static bool schedule(struct child *c)
{
	static const struct sched_param none = {0};

	if (c->job->batch)
		syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &none);
	return true;
}

/* Where the kernel weighs sessions against each other first, a nice value counts within its session
 * only (sched(7), "The autogroup feature"), and this session has one process. */
static void nice_session(int nice)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d", nice);
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, (size_t)n) < 0)
		errno = 0; /* another may be at it, or it may not be allowed */
	if (fd >= 0)
		close(fd);
}

static bool prioritize(struct child *c)
{
	const int nice = c->job->nice;

	if (!c->job->has_nice)
		return true;
	if (setpriority(PRIO_PROCESS, 0, nice) < 0)
		return false;
	nice_session(nice);
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) == nice)
		return true;
	errno = errno ? errno : EPERM;
	return false;
}

/* ---- who and where ---- */

static bool own_session(struct child *c)
{
	(void)c;
	return setsid() >= 0;
}

static bool mask_files(struct child *c)
{
	umask(c->job->umask);
	return true;
}

static bool change_root(struct child *c)
{
	c->what = c->job->chroot;
	return !c->what || (chroot(c->what) == 0 && chdir("/") == 0);
}

static bool become(struct child *c)
{
	c->what = c->job->as ? drop_to(c->job->as, c->job->may_gain) : NULL;
	return c->what == NULL;
}

/* The manager may be gone already: then nobody would ever send the signal, so look once more. */
static bool die_with_manager(struct child *c)
{
	int is = 0;

	if (prctl(PR_SET_PDEATHSIG, c->job->death_signal, 0, 0, 0) < 0 ||
		prctl(PR_GET_PDEATHSIG, &is, 0, 0, 0) < 0)
		return false;
	if (getppid() != c->manager)
		_exit(0);
	errno = EPERM;
	return is == c->job->death_signal;
}

static bool change_directory(struct child *c)
{
	c->what = c->job->chdir ? c->job->chdir : "/";
	return chdir(c->what) == 0;
}

static bool reset_signals(struct child *c)
{
	sigset_t none;

	(void)c;
	sig_all_default();
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* ---- all of it ---- */

/* Why in this order:
 *
 * - A session first: none of the terminal's signals, and the session is what priority is about.
 * - Descriptors before the root is changed: whoever has a directory open outside can go there
 *   (chroot(2)). Their pipe and binary are all that is left of the manager's.
 * - What takes privilege comes before the user is changed, for with the user all capabilities go
 *   (capabilities(7)): raising limits takes CAP_SYS_RESOURCE, nice values CAP_SYS_NICE, a root
 *   CAP_SYS_CHROOT. What needs /proc comes before the root is changed.
 * - A new root is none for who is root himself (chroot(2)): nothing is done in there, and no file
 *   of it looked at, but to become the user. chroot leaves the working directory where it was, so
 *   that is changed in the same step.
 * - The parent-death signal comes after the user, since the change of an id clears it (prctl(2)).
 * - The working directory and the program are reached with the rights of the user.
 * - Limits are set by who is to run, since a small one would be in our own way before.
 * - Signals last: libc and the thread sanitizer may have threads to tell about the change of user,
 *   by a signal that libc keeps for itself and whose default is death. */
static const struct step {
	const char *name, *tail; /* around what a failure was about */
	bool (*fn)(struct child *c);
} steps[] = {
	{"session", "", own_session},
	{"descriptors", "", place_fds},
	{"open files", "", restore_files},
	{"rlimit[", "]", allow_limits},
	{"scheduler", "", schedule},
	{"process.priority", "", prioritize},
	{"umask", "", mask_files},
	{"chroot ", "", change_root},
	{"become ", "", become},
	{"parent death signal", "", die_with_manager},
	{"chdir ", "", change_directory},
	{"rlimit[", "]", set_limits},
	{"signals", "", reset_signals},
};

static _Noreturn void give_up(const struct child *c, const char *name, const char *tail)
{
	struct spawn_failure f = {.error = errno};

	snprintf(f.step, sizeof f.step, "%s%s%s", name, c->what ? c->what : "", tail);
	while (write(c->news, &f, sizeof f) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* The kernel has one number for either; in a chroot it is often the other. */
static bool lacks_another(const struct job *job)
{
	bool lacks = errno == ENOENT && faccessat(AT_FDCWD, job->argv[0], X_OK, AT_EACCESS) == 0;

	if (lacks)
		errno = ENOENT;
	return lacks;
}

_Noreturn void spawn_child(const struct birth *birth)
{
	const struct job *job = birth->job;
	struct child c = {.job = job,
		.manager = birth->manager,
		.news = birth->news,
		.binary = job->binary,
		.soft_files = birth->soft_files};

	for (size_t i = 0; i < nitems(steps); i++) {
		c.what = NULL;
		if (!steps[i].fn(&c))
			give_up(&c, steps[i].name, steps[i].tail);
	}
	if (c.binary >= 0)
		syscall(SYS_execveat, c.binary, "", job->argv, job->envp, AT_EMPTY_PATH);
	else
		execve(job->argv[0], job->argv, job->envp);
	c.what = job->argv[0];
	give_up(&c,
		lacks_another(job) ? "exec, for want of the loader or interpreter of " : "exec ",
		"");
}
