/* SPDX-License-Identifier: MIT
 *
 * worker: see worker.h. Everything that can happen in every state is one cell of the table.
 */
#include "manager/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

/* An exec that takes this long hangs on a dead file system. */
#define EXEC_MS 10000
/* KILL cannot be refused, but a process may be stuck in the kernel: ask again, and say so. */
#define KILL_AGAIN_MS 5000

const char *const worker_state_names[WORKER_STATES] = {
	[WORKER_STARTING] = "starting",
	[WORKER_READY] = "ready",
	[WORKER_LEAVING] = "leaving",
	[WORKER_STOPPING] = "stopping",
	[WORKER_KILLING] = "killing",
	[WORKER_DEAD] = "dead",
};

static const char *const event_names[WORKER_EVENTS] = {
	[WORKER_ON_EXECED] = "execed",
	[WORKER_ON_EXEC_FAILED] = "exec failed",
	[WORKER_ON_LEAVE] = "leave",
	[WORKER_ON_LEFT] = "left",
	[WORKER_ON_BROKEN] = "broken",
	[WORKER_ON_DEADLINE] = "deadline",
	[WORKER_ON_STOP] = "stop",
	[WORKER_ON_KILL] = "kill",
	[WORKER_ON_EXITED] = "exited",
};

int64_t worker_age_ms(const struct worker *w)
{
	return mono_ms_between(w->born, w->loop->now);
}

static void become(struct worker *w, enum worker_state to, int64_t deadline_ms)
{
	log_debug("%s %d is %s after %s", w->title, w->pid, worker_state_names[to],
		worker_state_names[w->state]);
	w->state = to;
	if (deadline_ms < 0)
		timer_set(w->loop, &w->deadline, MONO_NEVER);
	else
		timer_set_ms(w->loop, &w->deadline, deadline_ms);
}

static void close_news(struct worker *w)
{
	if (w->news.fd >= 0)
		loop_del(w->loop, &w->news);
	fd_close(&w->news.fd);
}

/* ---- what the cells do ---- */

typedef void action(struct worker *w, const char *why);

static void keep_fault(struct worker *w, const char *why)
{
	if (w->fault[0] == '\0' && why)
		snprintf(w->fault, sizeof w->fault, "%s", why);
}

static void be_ready(struct worker *w, const char *why)
{
	(void)why;
	fd_close(&w->socket);
	w->ready_at = w->loop->now;
	become(w, WORKER_READY, -1);
	w->owner->ready(w);
}

/* The first reason stays: "reload" is the story, even if a stop comes on top. */
static void stop(struct worker *w, const char *why)
{
	w->wanted = w->wanted ? w->wanted : why;
	become(w, WORKER_STOPPING, w->patience->stop_ms);
	child_signal(&w->child, SIGTERM);
}

static void leave(struct worker *w, const char *why)
{
	w->wanted = w->wanted ? w->wanted : why;
	become(w, WORKER_LEAVING, w->unhurried ? -1 : w->patience->leave_ms);
	if (!w->owner->leave(w))
		stop(w, why);
}

/* Whoever asks again may not have so much time. */
static void hasten(struct worker *w, const char *why)
{
	(void)why;
	if (!w->unhurried)
		return;
	w->unhurried = false;
	timer_set_ms(w->loop, &w->deadline, w->patience->leave_ms);
}

static void kill_now(struct worker *w, const char *why)
{
	w->wanted = w->wanted ? w->wanted : why;
	become(w, WORKER_KILLING, KILL_AGAIN_MS);
	child_kill_tree(&w->child);
}

/* It had its TERM; a deadline does not change why it was asked to go. */
static void kill_late(struct worker *w, const char *why)
{
	(void)why;
	log_warn("%s %d did not stop on SIGTERM, killing it", w->title, w->pid);
	become(w, WORKER_KILLING, KILL_AGAIN_MS);
	child_kill_tree(&w->child);
}

static void kill_again(struct worker *w, const char *why)
{
	(void)why;
	log_warn("%s %d does not die of SIGKILL: it hangs in the kernel", w->title, w->pid);
	become(w, WORKER_KILLING, KILL_AGAIN_MS);
	child_kill_tree(&w->child);
}

static void kill_at_fault(struct worker *w, const char *why)
{
	keep_fault(w, why);
	become(w, WORKER_KILLING, KILL_AGAIN_MS);
	child_kill_tree(&w->child);
}

/* A worker that broke the protocol or a deadline has no answer left that anybody waits for (the
 * gateway has given its 502 or 504), so there is nothing to be gentle about; unless it has others
 * to take along, and perhaps does that just now. */
static void end_broken(struct worker *w, const char *why)
{
	if (!w->has_family) {
		kill_at_fault(w, why);
		return;
	}
	keep_fault(w, why);
	become(w, WORKER_STOPPING, w->patience->stop_ms);
	child_signal(&w->child, SIGTERM);
}

static void kill_hung_exec(struct worker *w, const char *why)
{
	(void)why;
	kill_at_fault(w, "its program did not start in time");
}

/* The child ends itself; the deadline is for the case that it does not. */
static void fail_exec(struct worker *w, const char *why)
{
	keep_fault(w, why);
	become(w, WORKER_KILLING, KILL_AGAIN_MS);
}

static void note_fault(struct worker *w, const char *why)
{
	keep_fault(w, why);
}

static void overdue(struct worker *w, const char *why)
{
	(void)why;
	log_warn("%s %d was still busy after %lld ms, stopping it", w->title, w->pid,
		(long long)w->patience->leave_ms);
	stop(w, w->wanted);
}

const struct last_words *worker_words(const struct worker *w)
{
	return w->err.last.said ? &w->err.last : &w->out.last;
}

/* `why` is how it ended, from reap_describe. A child may exit before its news was read. */
static void bury(struct worker *w, const char *why)
{
	const char *words;
	double s = (double)mono_us_between(w->born, w->loop->now) / 1e6;
	char how[512];

	become(w, WORKER_DEAD, -1);
	worker_release(w);
	words = last_words_end(worker_words(w));
	snprintf(w->end, sizeof w->end, "%s", why);
	snprintf(how, sizeof how, "%s after %.3f seconds from start, %s%s%s%s%s", why, s,
		w->fault[0] ? w->fault
		: w->wanted ? "as asked: "
			    : "unexpected",
		w->fault[0] || !w->wanted ? "" : w->wanted, words[0] ? "; its last words: \"" : "",
		words, words[0] ? "\"" : "");
	log_event("exited", w->wanted && !w->fault[0] ? LOG_AT_NOTICE : LOG_AT_WARNING, 0,
		"%s %d %s", w->title, w->pid, how);
	w->owner->dead(w, how);
}

/* The fact comes too late to matter, or twice. */
static void ignore(struct worker *w, const char *why)
{
	(void)w;
	(void)why;
}

/* What only a mistake of ours could cause. */
static void never(struct worker *w, const char *why)
{
	log_error("%s %d: %s cannot be in state %s", w->title, w->pid, why ? why : "that",
		worker_state_names[w->state]);
}

/*            EXECED    EXEC_FAILED LEAVE   LEFT    BROKEN       DEADLINE        STOP    KILL
 *  STARTING  READY     KILLING     STOP    -       -            KILLING         STOP    KILLING
 *  READY     never     never       LEAVING STOP    KILLING      never           STOP    KILLING
 *  LEAVING   never     never       hasten  STOP    KILLING      STOP            STOP    KILLING
 *  STOPPING  -         note why    -       -       -            KILLING         -       KILLING
 *  KILLING   -         note why    -       -       -            KILL again      -       -
 *  DEAD      never     never       -       -       -            never           -       -
 *  EXITED buries in every state but DEAD. Runners that are BROKEN go to STOPPING.
 */
static action *const table[WORKER_STATES][WORKER_EVENTS] = {
	[WORKER_STARTING] =
		{
			[WORKER_ON_EXECED] = be_ready,
			[WORKER_ON_EXEC_FAILED] = fail_exec,
			[WORKER_ON_LEAVE] = stop,
			[WORKER_ON_LEFT] = ignore,
			[WORKER_ON_BROKEN] = ignore,
			[WORKER_ON_DEADLINE] = kill_hung_exec,
			[WORKER_ON_STOP] = stop,
			[WORKER_ON_KILL] = kill_now,
			[WORKER_ON_EXITED] = bury,
		},
	[WORKER_READY] =
		{
			[WORKER_ON_EXECED] = never,
			[WORKER_ON_EXEC_FAILED] = never,
			[WORKER_ON_LEAVE] = leave,
			[WORKER_ON_LEFT] = stop,
			[WORKER_ON_BROKEN] = end_broken,
			[WORKER_ON_DEADLINE] = never,
			[WORKER_ON_STOP] = stop,
			[WORKER_ON_KILL] = kill_now,
			[WORKER_ON_EXITED] = bury,
		},
	[WORKER_LEAVING] =
		{
			[WORKER_ON_EXECED] = never,
			[WORKER_ON_EXEC_FAILED] = never,
			[WORKER_ON_LEAVE] = hasten,
			[WORKER_ON_LEFT] = stop,
			[WORKER_ON_BROKEN] = end_broken,
			[WORKER_ON_DEADLINE] = overdue,
			[WORKER_ON_STOP] = stop,
			[WORKER_ON_KILL] = kill_now,
			[WORKER_ON_EXITED] = bury,
		},
	[WORKER_STOPPING] =
		{
			[WORKER_ON_EXECED] = ignore,
			[WORKER_ON_EXEC_FAILED] = note_fault,
			[WORKER_ON_LEAVE] = ignore,
			[WORKER_ON_LEFT] = ignore,
			[WORKER_ON_BROKEN] = ignore,
			[WORKER_ON_DEADLINE] = kill_late,
			[WORKER_ON_STOP] = ignore,
			[WORKER_ON_KILL] = kill_now,
			[WORKER_ON_EXITED] = bury,
		},
	[WORKER_KILLING] =
		{
			[WORKER_ON_EXECED] = ignore,
			[WORKER_ON_EXEC_FAILED] = note_fault,
			[WORKER_ON_LEAVE] = ignore,
			[WORKER_ON_LEFT] = ignore,
			[WORKER_ON_BROKEN] = ignore,
			[WORKER_ON_DEADLINE] = kill_again,
			[WORKER_ON_STOP] = ignore,
			[WORKER_ON_KILL] = ignore,
			[WORKER_ON_EXITED] = bury,
		},
	[WORKER_DEAD] =
		{
			[WORKER_ON_EXECED] = never,
			[WORKER_ON_EXEC_FAILED] = never,
			[WORKER_ON_LEAVE] = ignore,
			[WORKER_ON_LEFT] = ignore,
			[WORKER_ON_BROKEN] = ignore,
			[WORKER_ON_DEADLINE] = never,
			[WORKER_ON_STOP] = ignore,
			[WORKER_ON_KILL] = ignore,
			[WORKER_ON_EXITED] = never,
		},
};

void worker_event(struct worker *w, enum worker_event ev, const char *why)
{
	action *act = table[w->state][ev];

	log_debug(
		"%s %d: %s (%s)", w->title, w->pid, event_names[ev], worker_state_names[w->state]);
	act(w, act == never ? event_names[ev] : why);
}

/* ---- where events come from ---- */

static void on_news(struct io *io, uint32_t events)
{
	struct worker *w = container_of(io, struct worker, news);
	char why[200];
	enum spawn_news news = spawn_read_news(io->fd, why, sizeof why);

	(void)events;
	if (news == SPAWN_PENDING)
		return;
	close_news(w);
	worker_event(w, news == SPAWN_EXECED ? WORKER_ON_EXECED : WORKER_ON_EXEC_FAILED, why);
}

static void on_deadline(struct timer *t)
{
	worker_event(container_of(t, struct worker, deadline), WORKER_ON_DEADLINE, NULL);
}

/* A runner ends by itself, and well, when its channel is closed: that the gateway has let go of it
 * is said before, but the kernel may be faster than that letter. */
static bool was_let_go(const struct worker *w, int how, int status)
{
	return w->has_family && w->introduced && how == CLD_EXITED && status == 0;
}

/* The news may still lie in the pipe: why it failed to start must not be lost. */
static void on_death(struct child *c, int how, int status)
{
	struct worker *w = container_of(c, struct worker, child);
	char text[80];

	if (w->news.fd >= 0)
		on_news(&w->news, 0);
	w->end_signal = how == CLD_EXITED ? 0 : status;
	reap_describe(how, status, text, sizeof text);
	if (!w->wanted && was_let_go(w, how, status))
		w->wanted = "its channel was closed";
	worker_event(w, WORKER_ON_EXITED, text);
}

/* ---- birth ---- */

void worker_init(struct worker *w, struct loop *l, const struct worker_owner *owner,
	const struct worker_patience *patience)
{
	*w = (struct worker){.loop = l,
		.owner = owner,
		.patience = patience,
		.news = {.fd = -1, .fn = on_news},
		.child = {.io = {.fd = -1}},
		.ready_at = MONO_NEVER,
		.socket = -1,
		.channel = -1,
		.state = WORKER_DEAD};
	list_init(&w->link);
	list_init(&w->child.link);
	timer_init(&w->deadline, on_deadline);
}

static void add_move(struct job *job, int from, int to)
{
	must(job->nmoves < JOB_MOVES_MAX);
	job->moves[job->nmoves++] = (struct fd_move){from, to};
}

static void watch(struct worker *w, pid_t pid, int out, int err)
{
	w->pid = (int)pid;
	w->born = w->loop->now;
	w->state = WORKER_STARTING;
	if (out >= 0) {
		output_open(&w->out, w->loop, out, w->title, "stdout");
		output_open(&w->err, w->loop, err, w->title, "stderr");
		w->out.pid = w->err.pid = w->pid;
		w->out.plain = w->err.plain = w->plain;
	}
	child_watch(&w->child, w->loop, pid, on_death);
	loop_add(w->loop, &w->news, EPOLLIN);
	timer_set_ms(w->loop, &w->deadline, EXEC_MS);
}

static bool open_output(const struct worker *w, int ends[2])
{
	if (!w->mute)
		return fd_pipe(ends, 0) == 0;
	ends[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return ends[1] >= 0;
}

bool worker_start(struct worker *w, struct job *job)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1};
	pid_t pid = -1;

	if (open_output(w, out) && open_output(w, err)) {
		add_move(job, out[1], STDOUT_FILENO);
		add_move(job, err[1], STDERR_FILENO);
		pid = spawn_start(job, &w->news.fd);
	}
	fd_close(&out[1]);
	fd_close(&err[1]);
	if (pid > 0) {
		watch(w, pid, fd_take(&out[0]), fd_take(&err[0]));
		return true;
	}
	fd_close(&out[0]);
	fd_close(&err[0]);
	worker_release(w);
	return false;
}

void worker_release(struct worker *w)
{
	int kept = errno;

	close_news(w);
	output_close(&w->out);
	output_close(&w->err);
	timer_stop(w->loop, &w->deadline);
	if (w->path)
		unlink(w->path);
	free(w->path);
	w->path = NULL;
	fd_close(&w->socket);
	fd_close(&w->channel);
	errno = kept;
}
