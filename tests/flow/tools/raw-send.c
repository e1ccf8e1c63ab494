/* SPDX-License-Identifier: MIT
 *
 * raw-send: sends messages byte for byte as a file has them, each on a connection of its own, and
 * says where the answers are not the ones the file wants.
 * Runs in: the flow tests. Knows nothing of hearth.
 *
 *	raw-send PORT FILE [split] [half-close]
 *
 * A line of the file is what is wanted, a '|', and the message:
 *
 *	200 400 closed | GET / HTTP/1.1\r\n...
 *
 * The statuses of all final answers, in order, and what becomes of the connection:
 *
 *	closed   it ends in order behind them, whatever else was sent (but a client that has said
 *	         "close" and sends more may be reset)
 *	kept     a canary that is sent behind the message is answered, once, and as itself
 *	cut      the message is incomplete, and when the client hangs up so does the server
 *
 * In a message \r \n \t \0 \\ \xHH are bytes, \<N>c is c N times, and
 *
 *	\G  GET / with a Host      \P  POST / with a Host    (heads without the empty line)
 *	\T  \P that is chunked     \E  the empty line
 *	\V  a request that must not be answered, or be seen to be
 *
 * "split" sends every byte by itself; "half-close" ends our side instead of sending a canary.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECONDS     "10"
#define MESSAGE_MAX 200000

/* Its method is one byte, so that it is no request any more if a part of it was taken for a body.
 */
static const char canary[] =
	"! /canary HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary";

static int port;
static bool split, half_close;

static const struct {
	char name;
	const char *text;
} shorthand[] = {
	{'r', "\r"},
	{'n', "\n"},
	{'t', "\t"},
	{'\\', "\\"},
	{'E', "\r\n"},
	{'G', "GET / HTTP/1.1\r\nHost: a\r\n"},
	{'P', "POST / HTTP/1.1\r\nHost: a\r\n"},
	{'T', "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"},
	{'V', "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n"},
};

static void give_up(const char *what)
{
	fprintf(stderr, "raw-send: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* What a backslash begins; p is behind it, and moves on. */
static size_t unescape(const char **p, char *to)
{
	char c = *(*p)++, *end;
	size_t n = 1;

	if (c == '0' || c == 'x') {
		char hex[3] = {c == 'x' ? (*p)[0] : '0', c == 'x' ? (*p)[1] : '0', '\0'};

		*to = (char)strtoul(hex, NULL, 16);
		*p += c == 'x' ? 2 : 0;
		return 1;
	}
	if (c == '<') {
		n = strtoul(*p, &end, 10);
		memset(to, end[1], n);
		*p = end + 2;
		return n;
	}
	for (size_t i = 0; i < sizeof shorthand / sizeof *shorthand; i++)
		if (shorthand[i].name == c)
			return (size_t)(stpcpy(to, shorthand[i].text) - to);
	fprintf(stderr, "raw-send: no such escape: %c\n", c);
	exit(2);
}

static size_t compose(const char *p, char *to)
{
	size_t n = 0;

	while (*p && n < MESSAGE_MAX / 2) {
		if (*p != '\\') {
			to[n++] = *p++;
			continue;
		}
		p++;
		n += unescape(&p, to + n);
	}
	return n;
}

static int dial(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct timeval patience = {.tv_sec = atoi(SECONDS)};
	int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) < 0)
		give_up("connect");
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	return s;
}

/* A server that has closed need not take the rest: what it said counts. */
static void send_all(int s, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(s, p, split ? 1 : n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		p += sent;
		n -= (size_t)sent;
	}
}

/* Reads to the end and returns how that came. */
static const char *receive_all(int s, char *answer, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while ((got = recv(s, answer + n, size - 1 - n, 0)) > 0)
		n += (size_t)got;
	answer[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (answer[i] == '\0')
			answer[i] = '~';
	return got == 0 ? "closed" : errno == EAGAIN ? "hanging" : "reset";
}

/* The statuses of the final answers, with a space behind each. No message and no page of an error
 * has a status line in it, so that all there are can be counted wherever they stand. */
static void statuses(const char *answer, char *to, size_t size)
{
	size_t n = 0;

	to[0] = '\0';
	while ((answer = strstr(answer, "HTTP/1.1 ")) && n + 8 < size) {
		answer += 9;
		if (answer[0] != '1')
			n += (size_t)snprintf(to + n, size - n, "%.3s ", answer);
	}
}

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && strcmp(s + n - m, tail) == 0;
}

/* What came of it, in the words of the file. */
static void try(const char *message, size_t n, const char *fate, char *got, size_t size)
{
	static char answer[1 << 20];
	const bool is_kept = strcmp(fate, "kept") == 0;
	char found[200];
	int s = dial();

	send_all(s, message, n);
	if (strcmp(fate, "cut") == 0 || half_close)
		shutdown(s, SHUT_WR);
	else if (is_kept)
		send_all(s, canary, sizeof canary - 1);

	const char *end = receive_all(s, answer, sizeof answer);

	close(s);
	statuses(answer, found, sizeof found);
	if (strcmp(end, "reset") == 0 && ends_with(found, "200 "))
		end = "closed";
	if (strcmp(end, "closed") == 0)
		end = fate;
	if (is_kept && end == fate && !half_close) {
		if (!ends_with(answer, "canary") || !ends_with(found, "200 "))
			end = "without canary";
		else
			found[strlen(found) - 4] = '\0';
	}
	snprintf(got, size, "%s%s", found, end);
}

/* One line of the file. True: it came as wanted. */
static bool check(char *line)
{
	static char message[MESSAGE_MAX];
	char got[256], *bar = strstr(line, " | ");
	size_t n;

	if (!bar)
		return false;
	for (*bar = '\0', n = strlen(line); n > 0 && line[n - 1] == ' ';)
		line[--n] = '\0';

	const char *last = strrchr(line, ' ');

	n = compose(bar + 3, message);
	try(message, n, last ? last + 1 : line, got, sizeof got);
	if (strcmp(got, line) == 0)
		return true;
	printf("%s, not %s: %.200s\n", got, line, bar + 3);
	return false;
}

int main(int argc, char **argv)
{
	char line[4096];
	size_t all = 0, bad = 0;
	FILE *f = argc > 2 ? fopen(argv[2], "re") : NULL;

	if (!f)
		give_up("its file");
	port = atoi(argv[1]);
	for (int i = 3; i < argc; i++) {
		split |= strcmp(argv[i], "split") == 0;
		half_close |= strcmp(argv[i], "half-close") == 0;
	}
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		all++;
		bad += !check(line);
	}
	fclose(f);
	printf("%zu messages, %zu not as wanted\n", all, bad);
	return bad > 0 || all == 0;
}
