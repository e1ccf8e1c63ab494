/* SPDX-License-Identifier: MIT
 *
 * exec_spawn: see exec_spawn.h.
 *
 * clone(CLONE_VM | CLONE_VFORK) on a stack of its own, and neither vfork nor posix_spawn: vfork
 * returns twice into one frame, which compilers may spoil, and posix_spawn knows neither the
 * parent-death signal nor which step failed. The cost is the same.
 */
#include "runners/exec_spawn.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"

/* One at a time: the parent does not run until its child has left this stack. */
static _Alignas(64) char child_stack[64 * 1024];

static bool words_grow(struct words *w)
{
	size_t room = w->room ? 2 * w->room : 64;
	const char **at = reallocarray(w->at, room, sizeof *at);

	if (!at)
		return false;
	w->at = at;
	w->room = room;
	return true;
}

/* 0, ENOMEM, or EPROTO if the last string has no end. */
static int words_set(struct words *w, struct span joined)
{
	size_t n = 0;

	if (joined.n && joined.p[joined.n - 1] != '\0')
		return EPROTO;
	for (const char *p = joined.p, *end = p + joined.n; p < end; p += strlen(p) + 1) {
		if (n + 1 >= w->room && !words_grow(w))
			return ENOMEM;
		w->at[n++] = p;
	}
	if (w->room == 0 && !words_grow(w))
		return ENOMEM;
	w->at[n] = NULL;
	return 0;
}

static int directory_set(struct exec_job *job, struct span path)
{
	if (path.n && memchr(path.p, '\0', path.n))
		return EPROTO;
	if (path.n >= sizeof job->directory)
		return ENAMETOOLONG;
	if (path.n)
		memcpy(job->directory, path.p, path.n);
	job->directory[path.n] = '\0';
	return 0;
}

void exec_job_init(struct exec_job *job)
{
	*job = (struct exec_job){.runner = getpid()};
	sigemptyset(&job->mask);
}

const char *exec_job_limit(struct exec_job *job, char *const *args)
{
	for (; *args; args++) {
		if (job->nlimits == LIMITS_MAX || !limit_parse(*args, &job->limits[job->nlimits]))
			return *args;
		job->nlimits++;
	}
	return NULL;
}

const char *exec_job_set(struct exec_job *job, const struct msg_run *order, const int fds[3])
{
	int errors[3] = {words_set(&job->argv, order->argv),
		words_set(&job->envp, order->environment), directory_set(job, order->directory)};

	job->step = STEP_PREPARE;
	job->error = 0;
	for (size_t i = 0; i < nitems(errors); i++) {
		if (errors[i] == EPROTO)
			return "a string has no end, or two";
		if (errors[i])
			job->error = errors[i];
	}
	if (order->argv.n == 0)
		return "there is no program in argv";
	for (int i = 0; i < 3; i++) {
		must(fds[i] > STDERR_FILENO); /* so dup2 never meets a descriptor still to come */
		job->fds[i] = fds[i];
	}
	return NULL;
}

/* ---- the child: system calls only ---- */

_Noreturn static void give_up(struct exec_job *job, enum exec_step step)
{
	job->step = step;
	job->error = errno;
	_exit(127);
}

/* The runner ignores no signal and catches none, so the mask is all there is to undo. */
static void child_signals(const struct exec_job *job)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != job->runner)
		_exit(127); /* it died before we asked to die with it */
	sigprocmask(SIG_SETMASK, &job->mask, NULL);
}

static int child(void *arg)
{
	struct exec_job *job = arg;

	child_signals(job);
	if (setsid() < 0)
		give_up(job, STEP_PROCESS);
	/* Its orphans stay below it, whoever they think they are: so we know whose they are. Its
	 * children do not inherit this, nor does it cost them anything. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < 3; i++)
		if (dup2(job->fds[i], i) < 0)
			give_up(job, STEP_DESCRIPTORS);
	/* All of ours are close-on-exec; this is for one that somebody left us. So a kernel or a
	 * filter that refuses the call is no reason to give up. */
	syscall(SYS_close_range, 3u, ~0u, 0u);
	if (job->directory[0] && chdir(job->directory) < 0)
		give_up(job, STEP_DIRECTORY);
	/* Last, so that none is in our own way. */
	for (size_t i = 0; i < job->nlimits; i++)
		if (setrlimit(job->limits[i].row->resource, &job->limits[i].is) < 0)
			give_up(job, STEP_LIMITS);
	/* execve writes to no string; its prototype is older than const. */
	execve(job->argv.at[0], (void *)job->argv.at, (void *)job->envp.at);
	give_up(job, STEP_EXEC);
}

pid_t exec_spawn(struct exec_job *job)
{
	pid_t pid;

	if (job->error)
		return 0;
	pid = clone(child, child_stack + sizeof child_stack, CLONE_VM | CLONE_VFORK | SIGCHLD, job);
	if (pid < 0) {
		job->step = STEP_PROCESS;
		job->error = errno;
	}
	/* A child that gave up is a zombie now; the runner reaps it like any other. */
	return job->error ? 0 : pid;
}
