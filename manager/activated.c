/* SPDX-License-Identifier: MIT
 *
 * activated: see activated.h.
 */
#include "manager/activated.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "manager/value.h"

/* SD_LISTEN_FDS_START */
#define FIRST_FD 3

#define MOST 1000

/* Of one that has no name, as sd_listen_fds_with_names(3) has it. */
#define NAMELESS "unknown"

/* ---- the variables ---- */

static bool read_number(const char *text, long *n)
{
	char *end;

	errno = 0;
	*n = strtol(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static size_t count_names(const char *names)
{
	size_t n = 1;

	for (const char *p = names; *p; p++)
		n += *p == ':';
	return n;
}

const char *activated_count(
	const char *pid, const char *fds, const char *names, long self, size_t *n)
{
	long whose, many;

	*n = 0;
	if (!pid || !fds)
		return NULL;
	if (!read_number(pid, &whose))
		return "LISTEN_PID is no number";
	if (whose != self)
		return NULL;
	if (!read_number(fds, &many) || many > MOST)
		return "LISTEN_FDS is no number of sockets";
	if (many > 0 && names && count_names(names) != (size_t)many)
		return "LISTEN_FDNAMES has not as many names as LISTEN_FDS says";
	*n = (size_t)many;
	return NULL;
}

static char *name_at(const char *names, size_t i)
{
	size_t n;

	if (!names)
		return mem_strdup(NAMELESS);
	for (; i > 0; i--)
		names += strcspn(names, ":") + 1;
	n = strcspn(names, ":");
	return mem_strndup(names, n);
}

/* ---- one socket ---- */

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	return getsockopt(fd, level, name, &value, &len) == 0 ? value : -1;
}

/* One in the abstract name space begins with a NUL, which is written as @. The kernel may count a
 * NUL behind the last byte (unix(7)). */
static char *unix_text(const struct sockaddr_un *sun, socklen_t len)
{
	size_t n = len - offsetof(struct sockaddr_un, sun_path);
	char path[sizeof sun->sun_path + 1] = "";

	n = n < sizeof sun->sun_path ? n : sizeof sun->sun_path;
	memcpy(path, sun->sun_path, n);
	if (n > 0 && path[0] == '\0')
		path[0] = '@';
	return mem_printf("unix:%s", path);
}

/* NULL: it is of no kind that we know. */
static char *address_of(int fd)
{
	struct sockaddr_storage ss = {0};
	const struct sockaddr_in *in = (const void *)&ss;
	const struct sockaddr_in6 *in6 = (const void *)&ss;
	socklen_t len = sizeof ss;
	char host[INET6_ADDRSTRLEN] = "";

	if (getsockname(fd, (void *)&ss, &len) < 0)
		return NULL;
	if (ss.ss_family == AF_UNIX)
		return unix_text((const void *)&ss, len);
	if (ss.ss_family == AF_INET && inet_ntop(AF_INET, &in->sin_addr, host, sizeof host))
		return mem_printf("%s:%u", host, ntohs(in->sin_port));
	if (ss.ss_family == AF_INET6 && inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host))
		return mem_printf("[%s]:%u", host, ntohs(in6->sin6_port));
	return NULL;
}

static bool is_listening_stream(int fd)
{
	return option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM &&
	       option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
}

/* Children inherit none of them; the gateway, which accepts, must not wait in accept(2). */
static bool make_ours(int fd)
{
	int on = 1, flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return false;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* as listen.c does */
	return true;
}

/* Takes the name. */
static bool take_one(struct activated *a, int fd, char *name, char *why, size_t size)
{
	struct activated_socket *s = &a->at[a->n];
	bool is = is_listening_stream(fd);

	*s = (struct activated_socket){
		.fd = fd, .name = name, .address = is ? address_of(fd) : NULL};
	a->n++;
	if (s->address && make_ours(fd)) {
		s->both = strncmp(s->address, "[::]:", 5) == 0 &&
			  option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0;
		return true;
	}
	snprintf(why, size,
		"descriptor %d, which was handed over as \"%s\", is no stream socket that listens: "
		"its unit needs ListenStream=, and no Accept=yes",
		fd, name);
	return false;
}

bool activated_take(struct activated *a, char *why, size_t size)
{
	const char *names = getenv("LISTEN_FDNAMES"), *wrong;
	bool ok = true;
	size_t n;

	*a = ACTIVATED_NONE;
	wrong = activated_count(getenv("LISTEN_PID"), getenv("LISTEN_FDS"), names, getpid(), &n);
	if (wrong)
		snprintf(why, size, "%s: see sd_listen_fds(3)", wrong);
	if (n > 0)
		a->at = mem_array(NULL, n, sizeof *a->at);
	for (size_t i = 0; i < n && ok; i++)
		ok = take_one(a, FIRST_FD + (int)i, name_at(names, i), why, size);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_PIDFDID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!ok)
		activated_free(a);
	return ok && !wrong;
}

/* ---- who wants which ---- */

/* "ListenStream=8080" is at every address of both kinds, and "listen = 8080" means that one as
 * well: no other could be opened beside it. */
static bool is_at(const struct activated_socket *s, const char *name)
{
	char its[VALUE_LISTEN_MAX];

	if (value_listen(s->address, its) || !its[0])
		return false;
	return strcmp(its, name) == 0 || (s->both && strncmp(name, "0.0.0.0 ", 8) == 0 &&
						 strcmp(strchr(its, ' '), name + 7) == 0);
}

struct activated_socket *activated_at(const struct activated *a, const char *address)
{
	char name[VALUE_LISTEN_MAX];

	if (!a || value_listen(address, name) || !name[0])
		return NULL;
	for (size_t i = 0; i < a->n; i++)
		if (a->at[i].fd >= 0 && is_at(&a->at[i], name))
			return &a->at[i];
	return NULL;
}

struct activated_socket *activated_named(const struct activated *a, const char *name, size_t *from)
{
	while (a && *from < a->n) {
		struct activated_socket *s = &a->at[(*from)++];
		if (s->fd >= 0 && strcmp(s->name, name) == 0)
			return s;
	}
	return NULL;
}

void activated_close_unused(struct activated *a)
{
	for (size_t i = 0; a && i < a->n; i++) {
		struct activated_socket *s = &a->at[i];
		if (s->fd < 0 || s->used)
			continue;
		log_warn("the socket \"%s\" at %s, which was handed over, is in no listen: closed",
			s->name, s->address);
		fd_close(&s->fd);
	}
}

void activated_free(struct activated *a)
{
	for (size_t i = 0; i < a->n; i++) {
		fd_close(&a->at[i].fd);
		free(a->at[i].name);
		free(a->at[i].address);
	}
	free(a->at);
	*a = ACTIVATED_NONE;
}
