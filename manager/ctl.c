/* SPDX-License-Identifier: MIT
 *
 * ctl: see ctl.h. Says hello and one command, prints what comes, exits with the status it is told.
 */
#include "manager/ctl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/chan.h"
#include "common/fd.h"
#include "manager/command.h"
#include "manager/conf_load.h"
#include "manager/listen.h"

#define DEFAULT_SOCKET "/run/hearth/control.sock"

/* From the daemon's last word to its end: it has nothing left to do then but to exit. */
#define EXIT_WAIT_MS 5000

static int usage(const struct command *c)
{
	fprintf(stderr, "usage: hearth %s %s%s[-s SOCKET | -c FILE]\n", c->name, c->usage,
		c->usage[0] ? " " : "");
	return 64;
}

bool ctl_parse(int argc, char **argv, struct ring *r)
{
	for (int i = 0; i < argc; i++) {
		const char **value = strcmp(argv[i], "-s") == 0   ? &r->socket_path
				     : strcmp(argv[i], "-c") == 0 ? &r->conf_path
								  : NULL;
		if (value) {
			if (++i == argc)
				return false;
			*value = argv[i];
		} else if (r->nwords < COMMAND_WORDS_MAX) {
			r->words[r->nwords++] = argv[i];
		} else {
			return false;
		}
	}
	return !(r->socket_path && r->conf_path);
}

char *ctl_find_socket(const struct ring *r)
{
	struct complaints complaints = COMPLAINTS_INIT;
	struct buf text = BUF_INIT;
	struct conf *conf;
	char *path = NULL;

	if (!r->conf_path)
		return strdup(r->socket_path ? r->socket_path : DEFAULT_SOCKET);
	conf = conf_load(r->conf_path, &complaints);
	if (conf) {
		path = strdup(conf->global.control);
	} else {
		complaints_put(&complaints, &text);
		fprintf(stderr, "%.*s", SPAN_FMT(buf_span(&text)));
	}
	buf_free(&text);
	complaints_free(&complaints);
	conf_free(conf);
	return path;
}

bool ctl_ask(int fd, char *const *words, size_t n)
{
	struct msg_hello hello = {.version = MSG_VERSION, .pid = (uint32_t)getpid()};
	struct msg_ctl_command command;
	struct buf line = BUF_INIT;
	bool ok = true;

	for (size_t i = 0; i < n && ok; i++)
		ok = buf_put(&line, words[i], strlen(words[i]) + 1);
	command.line = buf_span(&line);
	ok = ok && chan_send_blocking(fd, MSG_HELLO, &hello) == 0 &&
	     chan_send_blocking(fd, MSG_CTL_COMMAND, &command) == 0;
	buf_free(&line);
	return ok;
}

int ctl_hear(int fd, void (*text)(void *arg, struct span piece), void *arg, struct buf *why)
{
	static char bytes[CHAN_MAX];
	long n = chan_recv_blocking(fd, bytes, sizeof bytes);
	enum msg_type type;
	const char *wrong;
	union msg m;

	if (n <= 0) {
		buf_puts(why, "the daemon hung up without an answer");
		return 1;
	}
	wrong = msg_decode((struct span){bytes, (size_t)n}, &type, &m);
	if (wrong) {
		buf_putf(why, "the answer makes no sense: %s", wrong);
		return 1;
	}
	if (type == MSG_CTL_TEXT)
		text(arg, m.ctl_text.text);
	if (type != MSG_CTL_END)
		return CTL_MORE;
	buf_put_span(why, m.ctl_end.why);
	return (int)m.ctl_end.status;
}

static void print(void *arg, struct span piece)
{
	fwrite(piece.p, 1, piece.n, arg);
}

static int listen_for_answer(int fd)
{
	struct buf why = BUF_INIT;
	int status;

	do
		status = ctl_hear(fd, print, stdout, &why);
	while (status == CTL_MORE);
	if (buf_len(&why))
		fprintf(stderr, "hearth: %.*s\n", SPAN_FMT(buf_span(&why)));
	buf_free(&why);
	return status;
}

/* The kernel knows whom we talked to. Opened before the question, so that it is surely him. */
static int open_daemon(int fd)
{
	struct ucred peer = {0};
	socklen_t len = sizeof peer;

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	return (int)syscall(SYS_pidfd_open, peer.pid, 0);
}

static void wait_for_exit(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	if (pidfd >= 0)
		poll(&p, 1, EXIT_WAIT_MS);
}

static int ring(const struct command *c, const struct ring *r, const char *path)
{
	int fd = listen_knock(path, SOCK_SEQPACKET);
	int daemon, status = 1;

	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		fprintf(stderr,
			"hearth: %s: %s; it is for root and the user who started the daemon\n",
			path, strerror(errno));
		return 1;
	}
	if (fd < 0) {
		fprintf(stderr, "hearth: no daemon answers at %s: %s\n", path, strerror(errno));
		return 69;
	}
	daemon = open_daemon(fd);
	if (ctl_ask(fd, r->words, r->nwords))
		status = listen_for_answer(fd);
	else
		fprintf(stderr, "hearth: %s: %s\n", path, strerror(errno));
	if (c->outlives && status == 0)
		wait_for_exit(daemon);
	fd_close(&daemon);
	fd_close(&fd);
	return status;
}

int ctl_main(int argc, char **argv)
{
	const struct command *c = command_find(argv[0]);
	struct ring r = {0};
	char *path, why[200];
	int status;

	if (!ctl_parse(argc, argv, &r) || !command_fits(c, r.words, r.nwords))
		return usage(c);
	if (!command_counts(c, r.words, r.nwords, why, sizeof why)) {
		fprintf(stderr, "hearth %s\n", why);
		return usage(c);
	}
	path = ctl_find_socket(&r);
	if (!path)
		return 78;
	status = ring(c, &r, path);
	free(path);
	return status;
}
