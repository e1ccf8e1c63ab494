/* SPDX-License-Identifier: MIT
 *
 * serve_screen: see serve_screen.h. The logs come through a unix stream socket: unlike a pipe's,
 * records are not cut however long they are, and it is no terminal that somebody would have to
 * switch to non-blocking.
 */
#include "manager/serve_screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "manager/colour.h"
#include "manager/drop.h"
#include "manager/serve_tell.h"

/* A longer line is shown in pieces. */
#define LINE_MAX_BYTES 65536u
/* How long a reader that is stuck may keep us from leaving. */
#define PATIENCE_MS 2000

static const char begin_mark[] = "=\n";

/* ---- in the process ---- */

struct show {
	int logs;
	struct teller teller;
	struct buf in, out;
	bool began;
	struct mono since;
};

static const char *time_of_day(char to[16])
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(to, 16, "%H:%M:%S", &tm);
	return to;
}

/* A reader that has left is no reason to stop serving. */
static void write_out(struct show *s)
{
	while (buf_len(&s->out)) {
		ssize_t n = write(STDERR_FILENO, buf_head(&s->out), buf_len(&s->out));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf_drop(&s->out, (size_t)n);
	}
	buf_clear(&s->out);
}

static void show_line(struct show *s, struct span line)
{
	char now[16];

	if (span_is(line, "=")) {
		s->began = true;
		s->since = mono_now();
	} else {
		tell_record(&s->teller, time_of_day(now), line, &s->out);
	}
}

static void show_lines(struct show *s, bool all)
{
	const char *end;

	while ((end = buf_len(&s->in) ? memchr(buf_head(&s->in), '\n', buf_len(&s->in)) : NULL)) {
		size_t n = (size_t)(end - buf_head(&s->in));
		show_line(s, (struct span){buf_head(&s->in), n});
		buf_drop(&s->in, n + 1);
	}
	if (buf_len(&s->in) >= (all ? 1 : LINE_MAX_BYTES)) {
		show_line(s, buf_span(&s->in));
		buf_clear(&s->in);
	}
	write_out(s);
}

/* On a terminal the cursor stands behind the ^C that was typed. */
static void show_end(struct show *s)
{
	int64_t seconds = mono_ms_between(s->since, mono_now()) / 1000;
	char now[16];

	if (!s->began)
		return;
	if (isatty(STDERR_FILENO))
		buf_puts(&s->out, "\r");
	tell_end(&s->teller, time_of_day(now), (uint64_t)seconds, &s->out);
	write_out(s);
}

/* Signals that are typed at the terminal are the manager's to obey. */
static void ignore_signals(void)
{
	static const int ignored[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};

	for (size_t i = 0; i < nitems(ignored); i++)
		signal(ignored[i], SIG_IGN);
}

static _Noreturn void show(struct show *s)
{
	ssize_t n;

	do {
		n = buf_reserve(&s->in, LINE_MAX_BYTES)
			    ? read(s->logs, buf_tail(&s->in), LINE_MAX_BYTES)
			    : 0;
		if (n > 0)
			buf_grew(&s->in, (size_t)n);
		show_lines(s, n == 0);
	} while (n > 0 || (n < 0 && errno == EINTR));
	show_end(s);
	_exit(0);
}

/* `ready` stays open until the end. */
static _Noreturn void become_screen(const struct identity *as, const char *dir, int logs, int ready)
{
	struct show s = {
		.logs = logs, .teller = {.dir = dir, .colour = colour_wanted(STDERR_FILENO)}};

	ignore_signals();
	close(STDIN_FILENO); /* whoever waits for its end, or that of the next, waits not for us */
	close(STDOUT_FILENO);
	if ((geteuid() == 0 && drop_to(as, false)) || chdir("/") < 0 || write(ready, "", 1) != 1)
		_exit(71);
	show(&s);
}

/* ---- in the manager ---- */

/* Twice, so that it is nobody's child. */
static bool fork_apart(bool *is_child)
{
	pid_t pid = fork();
	int status = 0;

	*is_child = false;
	if (pid == 0) {
		pid = fork();
		if (pid != 0)
			_exit(pid < 0 ? 71 : 0);
		*is_child = true;
		return true;
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && status == 0;
}

static bool wait_ready(int fd)
{
	char byte;
	ssize_t n;

	do {
		n = read(fd, &byte, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

static bool start(struct screen *s, const struct identity *as, const char *dir, int logs[2])
{
	int ends[2] = {-1, -1};
	bool is_child, ok;

	if (fd_pipe(ends, -1) < 0)
		return false;
	ok = fork_apart(&is_child);
	if (ok && is_child) {
		fd_close(&ends[0]);
		fd_close(&logs[1]);
		fd_close(&s->before);
		become_screen(as, dir, logs[0], ends[1]);
	}
	fd_close(&ends[1]);
	s->end = ends[0];
	return ok && wait_ready(s->end);
}

bool screen_open(struct screen *s, const struct identity *as, const char *dir)
{
	int logs[2] = {-1, -1};
	bool ok;

	*s = (struct screen){.before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), .end = -1};
	ok = s->before >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, logs) == 0 &&
	     start(s, as, dir, logs) && dup2(logs[1], STDERR_FILENO) >= 0;
	if (!ok) {
		fprintf(stderr, "hearth: the log cannot be shown: %s\n", strerror(errno));
		fd_close(&s->before);
		fd_close(&s->end);
	}
	fd_close(&logs[0]);
	fd_close(&logs[1]);
	return ok;
}

void screen_begin(void)
{
	if (write(STDERR_FILENO, begin_mark, strlen(begin_mark)) < 0)
		return; /* it is gone; so is whoever would have read */
}

void screen_close(struct screen *s)
{
	struct pollfd end = {.fd = s->end, .events = POLLIN};

	if (s->before < 0)
		return;
	dup2(s->before, STDERR_FILENO);
	fd_close(&s->before);
	poll(&end, 1, PATIENCE_MS);
	fd_close(&s->end);
}
