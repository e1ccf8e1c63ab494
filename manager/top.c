/* SPDX-License-Identifier: MIT
 *
 * top: see top.h.
 */
#include "manager/top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "manager/colour.h"
#include "manager/ctl.h"
#include "manager/listen.h"
#include "manager/top_page.h"
#include "manager/top_screen.h"

#define EVERY_MS 1000

/* Longer than the daemon ever takes, unless it hangs. */
#define ANSWER_MS 5000

/* The gateway counts each second and we ask each second: over a few of them, a rate is one. */
#define SAMPLES 4

struct top {
	const char *path;
	struct top_figures sample[SAMPLES]; /* the newest first */
	struct top_view view;
	int fd; /* asked, not answered; -1: nobody is */
	struct buf answer;
	struct mono asked;
	char trouble[160];
	int signals;
	bool stdin_ended, quit;
	int ended_by; /* a signal */
};

/* ---- the daemon ---- */

static void take_piece(void *arg, struct span piece)
{
	buf_put_span(arg, piece);
}

static bool ask(struct top *t)
{
	static char figures[] = "figures";
	char *words[] = {figures};

	buf_clear(&t->answer);
	t->asked = mono_now();
	t->fd = listen_knock(t->path, SOCK_SEQPACKET);
	if (t->fd >= 0 && ctl_ask(t->fd, words, 1))
		return true;
	snprintf(t->trouble, sizeof t->trouble, "no daemon answers at %s: %m", t->path);
	fd_close(&t->fd); /* which keeps errno */
	return false;
}

static bool take_answer(struct top *t)
{
	struct top_figures next;

	if (!top_figures_read(&next, buf_span(&t->answer))) {
		snprintf(t->trouble, sizeof t->trouble, "the answer makes no sense");
		return false;
	}
	top_figures_free(&t->sample[SAMPLES - 1]);
	memmove(t->sample + 1, t->sample, (SAMPLES - 1) * sizeof *t->sample);
	t->sample[0] = next;
	t->trouble[0] = '\0';
	for (size_t i = SAMPLES; i-- > 1;) {
		if (!t->sample[i].text)
			continue;
		top_figures_rate(&t->sample[0], &t->sample[i]);
		break;
	}
	return true;
}

/* A letter has come. True: it was the last. */
static bool hear(struct top *t)
{
	struct buf why = BUF_INIT;
	int status = ctl_hear(t->fd, take_piece, &t->answer, &why);

	if (status != CTL_MORE)
		fd_close(&t->fd);
	if (status == 0)
		take_answer(t);
	else if (status != CTL_MORE)
		snprintf(t->trouble, sizeof t->trouble, "%.*s", SPAN_FMT(buf_span(&why)));
	buf_free(&why);
	return status != CTL_MORE;
}

/* ---- once ---- */

static void show(struct top *t, struct buf *page)
{
	t->view.trouble = t->trouble[0] ? t->trouble : NULL;
	buf_clear(page);
	top_page(&t->sample[0], &t->view, page);
}

static int once(struct top *t)
{
	struct buf page = BUF_INIT;
	const char *columns = getenv("COLUMNS");
	unsigned rows;

	while (!hear(t))
		;
	if (!t->sample[0].text) {
		fprintf(stderr, "hearth: %s\n", t->trouble);
		return 1;
	}
	screen_size(&rows, &t->view.cols);
	if (columns && !isatty(STDOUT_FILENO) && atoi(columns) > 0)
		t->view.cols = (unsigned)atoi(columns);
	show(t, &page);
	fwrite(buf_head(&page), 1, buf_len(&page), stdout);
	buf_free(&page);
	return 0;
}

/* ---- keys and signals ---- */

static void scroll(struct top *t, int by)
{
	unsigned all = (unsigned)t->sample[0].npools;
	unsigned room = top_page_pools(&t->sample[0], &t->view);
	int most = all > room ? (int)(all - room) : 0, to = (int)t->view.scroll + by;

	t->view.scroll = (unsigned)(to < 0 ? 0 : to > most ? most : to);
}

static void press(struct top *t, enum top_key key)
{
	int page = (int)top_page_pools(&t->sample[0], &t->view);
	const int steps[] = {[TOP_KEY_UP] = -1,
		[TOP_KEY_DOWN] = 1,
		[TOP_KEY_PAGE_UP] = -page,
		[TOP_KEY_PAGE_DOWN] = page,
		[TOP_KEY_HOME] = -(1 << 24),
		[TOP_KEY_END] = 1 << 24};

	t->quit |= key == TOP_KEY_QUIT;
	if (key == TOP_KEY_SORT)
		t->view.sort = (t->view.sort + 1) % TOP_SORTS;
	else
		scroll(t, steps[key]);
}

static void take_keys(struct top *t)
{
	char bytes[256];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
	struct span typed = {bytes, n > 0 ? (size_t)n : 0};

	t->stdin_ended = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
	while (typed.n)
		press(t, screen_key(&typed));
}

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};

static bool watch_signals(struct top *t)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < nitems(watched); i++)
		sigaddset(&set, watched[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return t->signals >= 0;
}

/* The terminal is the shell's until somebody continues us. */
static void pause_here(void)
{
	screen_leave();
	kill(getpid(), SIGSTOP);
	screen_enter();
}

static void take_signal(struct top *t)
{
	struct signalfd_siginfo si = {0};

	if (read(t->signals, &si, sizeof si) != sizeof si)
		return;
	if (si.ssi_signo == SIGTSTP)
		pause_here();
	else if (si.ssi_signo != SIGWINCH)
		t->ended_by = (int)si.ssi_signo;
}

/* ---- live ---- */

static int until(struct mono due)
{
	int64_t ms = mono_ms_between(mono_now(), due);

	return ms < 0 ? 0 : (int)ms + 1;
}

static void wait_and_act(struct top *t)
{
	struct pollfd p[] = {{.fd = t->stdin_ended ? -1 : STDIN_FILENO, .events = POLLIN},
		{.fd = t->signals, .events = POLLIN}, {.fd = t->fd, .events = POLLIN}};
	int64_t patience = t->fd >= 0 ? ANSWER_MS : EVERY_MS;

	if (poll(p, nitems(p), until(mono_add_ms(t->asked, patience))) > 0) {
		if (p[0].revents)
			take_keys(t);
		if (p[1].revents)
			take_signal(t);
		if (t->fd >= 0 && p[2].revents)
			hear(t);
	} else if (t->fd >= 0) {
		fd_close(&t->fd);
		snprintf(t->trouble, sizeof t->trouble, "the daemon does not answer");
		t->asked = mono_now();
	} else {
		ask(t);
	}
}

static void live(struct top *t)
{
	struct buf page = BUF_INIT;

	screen_enter();
	while (!t->quit && !t->ended_by) {
		wait_and_act(t);
		screen_size(&t->view.rows, &t->view.cols);
		scroll(t, 0);
		if (!t->sample[0].text && !t->trouble[0])
			continue; /* the first answer is not there yet */
		show(t, &page);
		t->quit |= !screen_draw(buf_span(&page));
	}
	screen_leave();
	buf_free(&page);
}

/* As if it had not been watched: whoever waits for us shall see the signal. */
static void end_by(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	signal(signo, SIG_DFL);
	kill(getpid(), signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- the command ---- */

static int usage(void)
{
	fprintf(stderr, "usage: hearth top [-1] [-s SOCKET | -c FILE]\n");
	return 64;
}

static bool is_once(const char *word)
{
	return strcmp(word, "-1") == 0 || strcmp(word, "--once") == 0;
}

static int run(struct top *t, bool plain)
{
	int status = 0;

	if (!ask(t)) {
		status = errno == EACCES || errno == EPERM ? 1 : 69;
		fprintf(stderr, "hearth: %s\n", t->trouble);
		return status;
	}
	t->view.utf8 = screen_is_utf8();
	t->view.colour = colour_wanted(STDOUT_FILENO);
	if (plain || !colour_understood(STDOUT_FILENO)) {
		status = once(t);
	} else if (watch_signals(t)) {
		live(t);
	} else {
		perror("hearth: signalfd");
		status = 71;
	}
	fd_close(&t->fd);
	fd_close(&t->signals);
	buf_free(&t->answer);
	for (size_t i = 0; i < SAMPLES; i++)
		top_figures_free(&t->sample[i]);
	return status;
}

int top_main(int argc, char **argv)
{
	struct top t = {.fd = -1, .signals = -1, .answer = BUF_INIT};
	struct ring r = {0};
	char *path;
	int status;

	if (!ctl_parse(argc, argv, &r) || r.nwords > 2 || (r.nwords == 2 && !is_once(r.words[1])))
		return usage();
	path = ctl_find_socket(&r);
	if (!path)
		return 78;
	t.path = path;
	status = run(&t, r.nwords == 2);
	free(path);
	if (t.ended_by)
		end_by(t.ended_by);
	return status;
}
