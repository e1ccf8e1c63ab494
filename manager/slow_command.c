/* SPDX-License-Identifier: MIT
 *
 * slow_command: see slow_command.h. It has ended when its process has: what it has started and
 * left behind may keep the pipe open, but not us.
 */
#include "manager/slow_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "manager/hire.h"
#include "manager/process_view.h"
#include "manager/spawn.h"

/* ---- what it says ---- */

static void put_lines(struct buf *to, struct span bytes)
{
	char safe[2048];

	while (bytes.n) {
		const char *end = memchr(bytes.p, '\n', bytes.n);
		size_t n = end ? (size_t)(end - bytes.p) : bytes.n;
		log_escape(safe, sizeof safe, bytes.p, n);
		buf_putf(to, "| %s\n", safe);
		bytes = span_from(bytes, end ? n + 1 : n);
	}
}

enum heard { HEARD_MORE, HEARD_NOTHING, HEARD_THE_END };

/* What is too much is read and thrown away: it shall not wait for us. */
static enum heard read_some(struct slow_command *c, struct buf *to)
{
	char bytes[16384];
	ssize_t n = read(c->out.fd, bytes, sizeof bytes);
	size_t room = SLOW_COMMAND_OUTPUT - buf_len(to);

	if (n > 0) {
		buf_put(to, bytes, (size_t)n < room ? (size_t)n : room);
		c->said += (size_t)n;
	}
	if (n > 0 || (n < 0 && errno == EINTR))
		return HEARD_MORE;
	return n < 0 && errno == EAGAIN ? HEARD_NOTHING : HEARD_THE_END;
}

static void close_output(struct slow_command *c)
{
	if (c->out.fd >= 0)
		loop_del(c->loop, &c->out);
	fd_close(&c->out.fd);
}

static void on_output(struct io *io, uint32_t events)
{
	struct slow_command *c = container_of(io, struct slow_command, out);

	(void)events;
	if (read_some(c, &c->raw) == HEARD_THE_END)
		close_output(c);
}

/* ---- one after the other ---- */

static void begin_next(struct slow_command *c);

static void finish(struct slow_command *c, const char *how)
{
	struct slow_order *order = c->at;
	int64_t ms = mono_ms_between(c->began, mono_now());

	for (int i = 0; i < 64 && c->out.fd >= 0 && read_some(c, &c->raw) == HEARD_MORE; i++)
		;
	close_output(c);
	fd_close(&c->news);
	timer_stop(c->loop, &c->deadline);
	buf_putf(&order->report, "command = %s, %s after %" PRId64 ".%03" PRId64 " sec%s%s\n",
		order->argv[0], how, ms / 1000, ms % 1000, c->late ? ", as it took too long" : "",
		c->said > SLOW_COMMAND_OUTPUT ? ", of its output the beginning" : "");
	put_lines(&order->report, buf_span(&c->raw));
	buf_clear(&c->raw);
	c->at = NULL;
	c->done(c, order);
	begin_next(c);
}

static void on_exit_of(struct child *child, int how, int status)
{
	struct slow_command *c = container_of(child, struct slow_command, child);
	char text[200];

	if (spawn_read_news(c->news, text, sizeof text) != SPAWN_FAILED)
		reap_describe(how, status, text, sizeof text);
	finish(c, text);
}

static void on_deadline(struct timer *t)
{
	struct slow_command *c = container_of(t, struct slow_command, deadline);

	c->late = true;
	child_kill_tree(&c->child);
}

static bool start(struct slow_command *c)
{
	struct hire_env env = {NULL, 0};
	struct job job = {.argv = c->at->argv, .binary = -1, .umask = 077, .death_signal = SIGKILL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), ends[2] = {-1, -1};
	pid_t pid = -1;

	hire_env_put_common(&env);
	job.envp = env.at;
	if (null >= 0 && fd_pipe(ends, 0) == 0) {
		job.moves[0] = (struct fd_move){null, STDIN_FILENO};
		job.moves[1] = (struct fd_move){ends[1], STDOUT_FILENO};
		job.moves[2] = (struct fd_move){ends[1], STDERR_FILENO};
		job.nmoves = 3;
		pid = spawn_start(&job, &c->news);
	}
	hire_env_free(&env);
	fd_close(&null);
	fd_close(&ends[1]);
	if (pid < 0) {
		fd_close(&ends[0]);
		return false;
	}
	c->out.fd = fd_take(&ends[0]);
	child_watch(&c->child, c->loop, pid, on_exit_of);
	loop_add(c->loop, &c->out, EPOLLIN);
	timer_set_ms(c->loop, &c->deadline, SLOW_COMMAND_MS);
	return true;
}

/* Its number may be another's by now. */
static bool is_there(const struct slow_order *order)
{
	struct process_stat st;

	return process_stat_read(order->pid, &st) && st.started == order->started;
}

static void begin_next(struct slow_command *c)
{
	while (!c->at && !c->ended && !list_empty(&c->waiting)) {
		struct slow_order *order = list_first(&c->waiting, struct slow_order, link);
		list_remove(&order->link);
		c->nwaiting--;
		c->late = false;
		c->said = 0;
		c->began = mono_now();
		c->at = order;
		if (is_there(order) && start(c))
			return;
		buf_putf(&order->report, "command = %s was not run: %s\n", order->argv[0],
			is_there(order) ? strerror(errno) : "the process is no more");
		c->at = NULL;
		c->done(c, order);
	}
}

bool slow_command_order(struct slow_command *c, struct slow_order *order)
{
	if (c->ended || c->nwaiting >= SLOW_COMMAND_WAITING)
		return false;
	list_push_back(&c->waiting, &order->link);
	c->nwaiting++;
	begin_next(c);
	return true;
}

void slow_command_init(struct slow_command *c, struct loop *l,
	void (*done)(struct slow_command *c, struct slow_order *order))
{
	*c = (struct slow_command){.loop = l,
		.done = done,
		.news = -1,
		.out = {.fd = -1, .fn = on_output},
		.child = {.io = {.fd = -1}},
		.raw = BUF_INIT};
	list_init(&c->waiting);
	list_init(&c->child.link);
	timer_init(&c->deadline, on_deadline);
}

/* The dead child is a stranger's to bury from here on. */
static void let_go(struct slow_command *c)
{
	child_kill_tree(&c->child);
	list_remove(&c->child.link);
	if (c->child.io.fd >= 0)
		loop_del(c->loop, &c->child.io);
	fd_close(&c->child.io.fd);
	c->child.pid = 0;
	finish(c, "was broken off, as hearth stops,");
}

void slow_command_end(struct slow_command *c)
{
	if (c->ended)
		return;
	c->ended = true;
	if (c->at)
		let_go(c);
	while (!list_empty(&c->waiting)) {
		struct slow_order *order = list_first(&c->waiting, struct slow_order, link);
		list_remove(&order->link);
		c->done(c, order);
	}
	c->nwaiting = 0;
	buf_free(&c->raw);
}
