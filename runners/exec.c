/* SPDX-License-Identifier: MIT
 *
 * hearth-exec: the runner of plain CGI. It starts one program for every letter RUN and tells the
 * gateway how it ended. PROTOCOL.md, beside this file, is the contract.
 *
 * Started by the manager as the pool's user, with what holds for the pool's scripts as arguments
 * and its end of the channel as descriptor 3. One thread. It never sees a byte of a request's or an
 * answer's body.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/chan.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/sig.h"
#include "runners/exec_runs.h"
#include "runners/exec_spawn.h"
#include "runners/exec_why.h"

#define CHANNEL_FD 3
#define PROC_FD    4

struct runner {
	struct loop loop;
	struct chan gateway;
	struct runs runs;
	struct exec_job job;
	bool leaving; /* with the last run */
};

static void leave_if_idle(struct runner *rn)
{
	if (rn->leaving && rn->runs.running == 0)
		rn->loop.stop = true;
}

/* A gateway that does not take what it is told has lost count of its runs: that is the end. */
static void tell(struct runner *rn, enum msg_type type, const void *payload)
{
	if (chan_send(&rn->gateway, type, payload, NULL))
		return;
	log_error("the gateway does not read: leaving");
	rn->loop.stop = true;
}

/* ---- letters ---- */

static void refuse(struct runner *rn, uint32_t id)
{
	char why[PATH_MAX + 512];
	struct msg_ran ran = {.run = id, .error = (uint32_t)rn->job.error};

	ran.why = span_of(exec_why(&rn->job, why, sizeof why));
	tell(rn, MSG_RAN, &ran);
}

static void start(struct runner *rn, uint32_t id)
{
	struct run *r = runs_add(&rn->runs, id);
	pid_t pid;

	if (!r)
		rn->job.error = ENOMEM;
	pid = exec_spawn(&rn->job);
	if (!pid) {
		run_drop(r);
		refuse(rn, id);
		return;
	}
	run_started(r, pid);
	tell(rn, MSG_RAN, &(struct msg_ran){.run = id, .pid = (uint32_t)pid});
}

static const char *on_run(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct runner *rn = owner;
	const char *broken;

	if (runs_by_id(&rn->runs, m->run.run))
		return "a run of that number is still there";
	broken = exec_job_set(&rn->job, &m->run, fds);
	if (broken)
		return broken;
	start(rn, m->run.run);
	return NULL;
}

/* A run that is not there has ended meanwhile: its EXITED is on the way. */
static const char *on_kill(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct runner *rn = owner;
	struct run *r = runs_by_id(&rn->runs, m->kill.run);

	(void)fds;
	if (r)
		run_kill(r, m->kill.grace_ms);
	return NULL;
}

static chan_handler *const handlers[MSG_TYPES] = {[MSG_RUN] = on_run, [MSG_KILL] = on_kill};

static void on_lost(void *owner, const char *why)
{
	struct runner *rn = owner;

	log_debug("the gateway is gone: %s", why);
	rn->loop.stop = true;
}

/* ---- signals ---- */

static uint64_t usec(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

static void tell_exited(struct runner *rn, const struct run *r, int status, const struct rusage *ru)
{
	struct msg_exited exited = {.run = r->id,
		.status = (uint32_t)status,
		.cpu_us = usec(ru->ru_utime) + usec(ru->ru_stime),
		.peak_kb = (uint64_t)ru->ru_maxrss};

	tell(rn, MSG_EXITED, &exited);
}

/* Whoever is no run's main process is an orphan of one, or a start that failed. */
static void reap(struct runner *rn)
{
	struct rusage ru;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0) {
		struct run *r = runs_by_pid(&rn->runs, pid);
		hunt_reaped(&rn->runs.hunt, pid);
		if (!r)
			continue;
		tell_exited(rn, r, status, &ru);
		run_ended(r);
	}
	if (pid < 0) /* ECHILD: as good as always, where one request follows another */
		hunt_nobody(&rn->runs.hunt);
}

static void on_signal(struct loop *l, int signo)
{
	struct runner *rn = container_of(l, struct runner, loop);

	if (signo == SIGCHLD)
		reap(rn);
	else if (signo == SIGQUIT)
		rn->leaving = true;
	else
		l->stop = true;
	leave_if_idle(rn);
}

/* Signals that are not for a runner are blocked and never looked at. Ignoring them would do as
 * well for us, but scripts inherit what is ignored; the mask they get is empty. What the runner
 * itself inherited is made default here, once, and not in every child. */
static int take_signals(struct loop *l)
{
	static const int ours[] = {SIGCHLD, SIGQUIT, SIGTERM};
	static const int unwanted[] = {SIGHUP, SIGINT, SIGPIPE, SIGUSR1, SIGUSR2};
	sigset_t set;

	sig_all_default();
	sigemptyset(&set);
	for (size_t i = 0; i < nitems(unwanted); i++)
		sigaddset(&set, unwanted[i]);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return -1;
	sigemptyset(&set);
	for (size_t i = 0; i < nitems(ours); i++)
		sigaddset(&set, ours[i]);
	return loop_signals(l, &set, on_signal);
}

/* ---- birth and death ---- */

static void check_channel(void)
{
	int type = 0;
	socklen_t len = sizeof type;

	if (getsockopt(CHANNEL_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET)
		fatal(64, "descriptor 3 is no channel: this program is started by hearth");
	if (fd_nonblock(CHANNEL_FD) < 0 || fd_cloexec(CHANNEL_FD, true) < 0)
		fatal(71, "descriptor 3: %m");
}

/* Where there is no /proc, in another root, the manager leaves us its own, to find whole families.
 * It is a way out of that root, so it is kept from everybody: programs do not inherit it, and who
 * has our user cannot get at it, since we are not dumpable by now. */
static void take_proc(void)
{
	if (fd_cloexec(PROC_FD, true) < 0)
		fatal(71, "descriptor 4: %m");
	tree_proc_at(PROC_FD);
}

/* The rest is limits. */
static void take_arguments(struct runner *rn, char *const *args)
{
	const char *wrong;

	if (*args && strcmp(*args, "leftovers=keep") == 0) {
		rn->runs.hunt.keeps = true;
		args++;
	}
	if (*args && strcmp(*args, "proc=4") == 0) {
		take_proc();
		args++;
	}
	if ((wrong = exec_job_limit(&rn->job, args)))
		fatal(64, "%s is no limit: give NAME=SOFT:HARD", wrong);
}

static void boot(struct runner *rn, char *const *args)
{
	struct msg_ready ready = {.version = MSG_RUNNER_VERSION, .pid = (uint32_t)getpid()};

	if (fd_guard_std() < 0)
		fatal(71, "/dev/null: %m");
	check_channel();
	/* Letters of other requests pass through our memory, and scripts run as the same user. */
	prctl(PR_SET_DUMPABLE, 0);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		fatal(71, "cannot become the reaper of orphans: %m");
	if (loop_init(&rn->loop) < 0 || take_signals(&rn->loop) < 0)
		fatal(71, "event loop: %m");
	runs_init(&rn->runs, &rn->loop);
	exec_job_init(&rn->job);
	take_arguments(rn, args);
	if (chan_open(&rn->gateway, &rn->loop, CHANNEL_FD, "gateway", RUNNER, GATEWAY, handlers, rn,
		    on_lost) < 0)
		fatal(71, "channel: %m");
	tell(rn, MSG_READY, &ready);
}

int main(int argc, char **argv)
{
	static struct runner rn;

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("hearth-exec " HEARTH_VERSION);
		return 0;
	}
	log_open("exec", LOG_AT_NOTICE);
	log_set_format(LOG_AS_WORDS);
	boot(&rn, argv + (argc > 0));
	loop_run(&rn.loop);
	/* First the word, then the deed: what we are about to kill must not look to the gateway
	 * like an answer that came to its end. */
	chan_close(&rn.gateway);
	runs_end_all(&rn.runs);
	loop_close(&rn.loop);
	return 0;
}
