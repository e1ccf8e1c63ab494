/* SPDX-License-Identifier: MIT
 *
 * crowd: many clients of one bad habit at once: they keep connections without a word, or send a
 * head, a body, or read an answer slowly. Each acts once a second, a tenth of them at a time, so
 * that the crowd costs the machine little. HTTP/1.1 over TCP on 127.0.0.1.
 *
 *	crowd PORT PATH COUNT [idle] [head-rate=N] [body=N] [body-rate=N] [read-rate=N] [again]
 *
 * Rates are bytes a second, 0 (the default) is at once. "ready" is printed when all have connected
 * (idle: and been answered). Ends with its standard input, and says then how its clients fared.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLICES     10
#define SLICE_MS   100
#define RECV_SPACE 16384 /* what a slow reader lets the kernel take for it */

struct client {
	int fd;
	size_t head_sent, body_sent, got;
	bool refused; /* its answer is not 200 */
};

static struct {
	int port;
	const char *path;
	size_t count, head_rate, body, body_rate, read_rate;
	bool idle, again;
} opt;

static struct {
	unsigned long finished, refused, broken;
} fared;

static char head[1024], filler[65536];
static size_t head_len;

static void open_client(struct client *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port)};
	int space = RECV_SPACE;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	if (opt.read_rate)
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof space);
	if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0) {
		perror("crowd: connect");
		exit(1);
	}
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

static void close_client(struct client *c, unsigned long *how)
{
	++*how;
	close(c->fd);
	c->fd = -1;
	if (opt.again)
		open_client(c);
}

/* Sends up to rate bytes of what is left. False: the connection is of no use any more. */
static bool send_some(struct client *c, const char *from, size_t left, size_t rate, size_t *sent)
{
	size_t n = rate && rate < left ? rate : left;
	ssize_t rc;

	if (n == 0)
		return true;
	rc = send(c->fd, from, n < sizeof filler ? n : sizeof filler, MSG_NOSIGNAL);
	if (rc > 0)
		*sent += (size_t)rc;
	return rc >= 0 || errno == EAGAIN;
}

static void judge(struct client *c, const char *bytes, size_t n)
{
	if (c->got == 0 && n >= 12)
		c->refused = memcmp(bytes + 9, "200", 3) != 0;
}

/* Requests say Connection: close, so the end of the stream is the end of the answer. */
static void read_some(struct client *c)
{
	static char room[1 << 20];
	size_t most = opt.read_rate ? opt.read_rate : sizeof room;
	ssize_t n = recv(c->fd, room, most < sizeof room ? most : sizeof room, 0);

	if (n > 0) {
		judge(c, room, (size_t)n);
		c->got += (size_t)n;
	} else if (n == 0) {
		close_client(c, c->refused ? &fared.refused
				: c->got   ? &fared.finished
					   : &fared.broken);
	} else if (errno != EAGAIN) {
		close_client(c, c->refused ? &fared.refused : &fared.broken);
	}
}

static void act(struct client *c)
{
	bool alive = true;

	if (c->fd < 0)
		return;
	if (c->head_sent < head_len)
		alive = send_some(c, head + c->head_sent, head_len - c->head_sent, opt.head_rate,
			&c->head_sent);
	else if (c->body_sent < opt.body)
		alive = send_some(c, filler, opt.body - c->body_sent, opt.body_rate, &c->body_sent);
	if (!alive)
		close_client(c, &fared.broken);
	else
		read_some(c);
}

/* One request each, answered, and then silence. */
static void settle(struct client *c)
{
	char room[4096];
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	if (send(c->fd, head, head_len, MSG_NOSIGNAL) != (ssize_t)head_len ||
		poll(&p, 1, 10000) != 1 || recv(c->fd, room, sizeof room, 0) <= 0) {
		fprintf(stderr, "crowd: an idle client was not answered\n");
		exit(1);
	}
}

static void option(const char *arg)
{
	char name[32];
	size_t n = 0;

	if (sscanf(arg, "%31[^=]=%zu", name, &n) < 1)
		return;
	if (strcmp(name, "idle") == 0)
		opt.idle = true;
	else if (strcmp(name, "again") == 0)
		opt.again = true;
	else if (strcmp(name, "head-rate") == 0)
		opt.head_rate = n;
	else if (strcmp(name, "body") == 0)
		opt.body = n;
	else if (strcmp(name, "body-rate") == 0)
		opt.body_rate = n;
	else if (strcmp(name, "read-rate") == 0)
		opt.read_rate = n;
	else
		fprintf(stderr, "crowd: what is %s?\n", arg);
}

static void write_head(void)
{
	int n = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: crowd\r\n%s",
		opt.body ? "POST" : "GET", opt.path, opt.idle ? "" : "Connection: close\r\n");

	if (opt.body)
		n += snprintf(
			head + n, sizeof head - (size_t)n, "Content-Length: %zu\r\n", opt.body);
	if (opt.head_rate) /* something to be slow with */
		n += snprintf(head + n, sizeof head - (size_t)n, "X-Slow: %0512d\r\n", 0);
	n += snprintf(head + n, sizeof head - (size_t)n, "\r\n");
	head_len = (size_t)n;
}

static void live(struct client *all)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t slice = 0;

	while (poll(&in, 1, SLICE_MS) == 0) {
		for (size_t i = slice; i < opt.count && !opt.idle; i += SLICES)
			act(&all[i]);
		slice = (slice + 1) % SLICES;
	}
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct client *all;

	if (argc < 4)
		return 64;
	opt.port = atoi(argv[1]);
	opt.path = argv[2];
	opt.count = strtoul(argv[3], NULL, 10);
	for (int i = 4; i < argc; i++)
		option(argv[i]);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	memset(filler, 'x', sizeof filler);
	write_head();
	all = calloc(opt.count, sizeof *all);
	for (size_t i = 0; i < opt.count; i++) {
		open_client(&all[i]);
		if (opt.idle)
			settle(&all[i]);
	}
	puts("ready");
	fflush(stdout);
	live(all);
	printf("finished %lu refused %lu broken %lu\n", fared.finished, fared.refused,
		fared.broken);
	free(all);
	return 0;
}
