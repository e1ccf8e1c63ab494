/* SPDX-License-Identifier: MIT
 *
 * reap: see reap.h.
 */
#include "manager/reap.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/sig.h"

/* The kernel keeps one set of children for a process, so do we. */
static struct list children = {&children, &children};

/* The group goes while the dead child still keeps its number. */
static void bury(struct child *c)
{
	siginfo_t si = {0};

	child_kill_tree(c);
	if (waitid(P_PID, (id_t)c->pid, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
		return;
	list_remove(&c->link);
	if (c->io.fd >= 0)
		loop_del(c->loop, &c->io);
	fd_close(&c->io.fd);
	c->pid = 0;
	c->on_exit(c, si.si_code, si.si_status);
}

static void on_pidfd(struct io *io, uint32_t events)
{
	(void)events;
	bury(container_of(io, struct child, io));
}

void child_watch(struct child *c, struct loop *l, pid_t pid,
	void (*on_exit)(struct child *c, int how, int status))
{
	c->io.fd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
	c->io.fn = on_pidfd;
	c->loop = l;
	c->pid = pid;
	c->on_exit = on_exit;
	list_push_back(&children, &c->link);
	if (c->io.fd >= 0 && loop_add(l, &c->io, EPOLLIN) < 0)
		fd_close(&c->io.fd);
}

void child_signal(const struct child *c, int sig)
{
	if (c->pid == 0)
		return;
	if (c->io.fd >= 0)
		syscall(SYS_pidfd_send_signal, c->io.fd, sig, NULL, 0);
	else
		kill(c->pid, sig); /* not reaped yet, so the number is still its own */
}

void child_kill_tree(const struct child *c)
{
	if (c->pid == 0)
		return;
	kill(-c->pid, SIGKILL);
	child_signal(c, SIGKILL);
}

static struct child *find(pid_t pid)
{
	list_for_each (it, &children) {
		struct child *c = container_of(it, struct child, link);
		if (c->pid == pid)
			return c;
	}
	return NULL;
}

bool reap_knows(pid_t pid)
{
	return find(pid) != NULL;
}

static void bury_stranger(pid_t pid)
{
	siginfo_t si;

	waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG);
	log_debug("buried process %d, whose parent had left it", (int)pid);
}

bool reap_all(void)
{
	for (;;) {
		siginfo_t si = {0};
		struct child *c;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0)
			return false;
		if (si.si_pid == 0)
			return true;
		c = find(si.si_pid);
		if (c)
			bury(c);
		else
			bury_stranger(si.si_pid);
	}
}

void reap_rest(int ms)
{
	struct mono end = mono_add_ms(mono_now(), ms);
	int64_t left = (int64_t)ms * 1000;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	/* The deadline is for the round: strangers may come and die as fast as they like. */
	while (reap_all() && left > 0) {
		struct timespec patience = {
			.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
		if (sigtimedwait(&set, NULL, &patience) != SIGCHLD)
			return;
		left = mono_us_between(mono_now(), end);
	}
}

void reap_describe(int how, int status, char *text, size_t size)
{
	/* As wait(2) would have said it. */
	sig_describe_end(how == CLD_EXITED ? W_EXITCODE(status, 0)
					   : status | (how == CLD_DUMPED ? WCOREFLAG : 0),
		text, size);
}
