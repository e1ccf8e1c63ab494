/* SPDX-License-Identifier: MIT
 *
 * listen: see listen.h.
 */
#include "manager/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/mem.h"
#include "manager/value.h"

#define UNIX_PREFIX "unix:"

static int refuse(int *fd, const char *what, char *why, size_t size)
{
	const char *advice = errno == EADDRINUSE ? ": end the program that has it, or name another"
						 : "";

	fd_close(fd);
	snprintf(why, size, "listen %s: %s%s", what, strerror(errno), advice);
	return -1;
}

/* ---- unix ---- */

static bool unix_address(const char *path, struct sockaddr_un *sun)
{
	*sun = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof sun->sun_path) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(sun->sun_path, path, strlen(path));
	return true;
}

int listen_knock(const char *path, int type)
{
	struct sockaddr_un sun;
	int fd = unix_address(path, &sun) ? socket(AF_UNIX, type | SOCK_CLOEXEC, 0) : -1;

	if (fd >= 0 && connect(fd, (const void *)&sun, sizeof sun) < 0)
		fd_close(&fd);
	return fd;
}

/* A socket that refuses has lost its owner. Anything else in this place is not ours to remove. */
static bool is_stale(const char *path, int type)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = listen_knock(path, type | SOCK_NONBLOCK);
	if (fd >= 0) {
		fd_close(&fd);
		return false;
	}
	return errno == ECONNREFUSED;
}

/* The mode comes from the umask, so there is no moment at which the socket has another. */
static int bind_with_mode(int fd, const struct sockaddr_un *sun, mode_t mode)
{
	mode_t old = umask(0777 & ~mode);
	int rc = bind(fd, (const void *)sun, sizeof *sun);

	umask(old);
	return rc;
}

/* Nobody but root can connect before it has its rights. */
static int listen_for(const char *path, const struct listen_rights *rights, char *why, size_t size)
{
	int fd = listen_unix(path, SOCK_STREAM | SOCK_NONBLOCK, 0, 0, why, size);

	if (fd < 0 || (listen_rights_give(path, rights) && listen(fd, rights->backlog) == 0))
		return fd;
	if (errno == EOPNOTSUPP && rights->acl.len) {
		fd_close(&fd);
		snprintf(why, size,
			"listen %s: its file system has no access lists: use listen.group in the "
			"place of listen.acl_users and listen.acl_groups",
			path);
	} else {
		refuse(&fd, path, why, size);
	}
	unlink(path);
	return -1;
}

int listen_unix(const char *path, int type, mode_t mode, int backlog, char *why, size_t size)
{
	struct sockaddr_un sun;
	int fd = unix_address(path, &sun) ? socket(AF_UNIX, type | SOCK_CLOEXEC, 0) : -1;
	int rc;

	if (fd < 0)
		return refuse(&fd, path, why, size);
	rc = bind_with_mode(fd, &sun, mode);
	if (rc < 0 && errno == EADDRINUSE) {
		if (is_stale(path, type) && unlink(path) == 0)
			rc = bind_with_mode(fd, &sun, mode);
		else
			errno = EADDRINUSE;
	}
	if (rc < 0 || listen(fd, backlog) < 0)
		return refuse(&fd, path, why, size);
	return fd;
}

/* ---- internet ---- */

/* Cuts host and port out of what was written; `text` is the caller's copy. */
static void split(char *text, const char **host, const char **port)
{
	char *colon = strrchr(text, ':');
	size_t n;

	*port = colon ? colon + 1 : text;
	*host = colon ? text : "*";
	if (colon)
		*colon = '\0';
	n = strlen(*host);
	if (colon && n > 1 && text[0] == '[' && text[n - 1] == ']') {
		text[n - 1] = '\0';
		*host = text + 1;
	}
}

/* "*" is every IPv4 address, as in nginx, so that it stands beside [::] without a quarrel. Names
 * are not looked up: a server's doors should not depend on a name server. */
static struct addrinfo *resolve(const char *address, char *why, size_t size)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char *text = mem_strdup(address);
	const char *host, *port;
	int rc;

	split(text, &host, &port);
	if (strcmp(host, "*") == 0)
		host = "0.0.0.0";
	else if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	/* To getaddrinfo "" is something; to us it is a mistake. */
	rc = host[0] && port[0] ? getaddrinfo(host, port, &hints, &found) : EAI_NONAME;
	free(text);
	if (rc == 0)
		return found;
	snprintf(why, size, "listen %s: this is no ADDRESS:PORT, [V6]:PORT or unix:/PATH", address);
	return NULL;
}

static int bind_inet(int fd, const struct addrinfo *ai, int six_alone)
{
	int on = 1;

	/* Sockets that accept(2) makes inherit TCP_NODELAY: one call here spares one for each. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return -1;
	if (ai->ai_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &six_alone, sizeof six_alone) < 0)
		return -1;
	return bind(fd, ai->ai_addr, ai->ai_addrlen);
}

/* -1, with errno. */
static int open_inet(const struct addrinfo *ai, bool both, int backlog)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && (bind_inet(fd, ai, !both) < 0 || listen(fd, backlog) < 0))
		fd_close(&fd);
	return fd;
}

static int listen_inet(const char *address, int backlog, char *why, size_t size)
{
	struct addrinfo *ai = resolve(address, why, size);
	int fd;

	if (!ai)
		return -1;
	fd = open_inet(ai, false, backlog);
	if (fd < 0)
		refuse(&fd, address, why, size);
	freeaddrinfo(ai);
	return fd;
}

/* One socket for all addresses of both families, where there are both: what a port alone is to
 * php-fpm. */
static int listen_port(const char *port, int backlog, char *why, size_t size)
{
	struct sockaddr_in6 every = {.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)atoi(port)),
		.sin6_addr = IN6ADDR_ANY_INIT};
	const struct addrinfo ai = {
		.ai_family = AF_INET6, .ai_addr = (void *)&every, .ai_addrlen = sizeof every};
	int fd = open_inet(&ai, true, backlog);

	if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		return listen_inet(port, backlog, why, size);
	return fd < 0 ? refuse(&fd, port, why, size) : fd;
}

const char *listen_unix_path(const char *address)
{
	bool is = strncmp(address, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;

	return is ? address + strlen(UNIX_PREFIX) : NULL;
}

int listen_open_as(const char *address, const struct listen_rights *rights, char *why, size_t size)
{
	const char *path = listen_unix_path(address);

	if (!path && rights && value_listen_is_port(address))
		return listen_port(address, rights->backlog, why, size);
	if (!path)
		return listen_inet(address, rights ? rights->backlog : LISTEN_BACKLOG, why, size);
	if (rights)
		return listen_for(path, rights, why, size);
	return listen_unix(path, SOCK_STREAM | SOCK_NONBLOCK, 0666, LISTEN_BACKLOG, why, size);
}

int listen_open(const char *text, char *why, size_t size)
{
	bool proxy;
	size_t n = value_listen_address(text, &proxy);
	char *address = mem_strndup(text, n);
	int fd = listen_open_as(address, NULL, why, size);

	free(address);
	return fd;
}
