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
#include "common/log.h"
#include "common/mem.h"
#include "manager/value.h"

/* The kernel caps this at net.core.somaxconn. */
#define BACKLOG 4096

#define UNIX_PREFIX "unix:"

static int refuse(int *fd, const char *what, char *why, size_t size)
{
	fd_close(fd);
	snprintf(why, size, "listen %s: %s", what, strerror(errno));
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

static int bind_inet(int fd, const struct addrinfo *ai)
{
	int on = 1;

	/* Sockets that accept(2) makes inherit TCP_NODELAY: one call here spares one for each. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return -1;
	if (ai->ai_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
		return -1;
	return bind(fd, ai->ai_addr, ai->ai_addrlen);
}

static int listen_inet(const char *address, int backlog, char *why, size_t size)
{
	struct addrinfo *ai = resolve(address, why, size);
	int fd;

	if (!ai)
		return -1;
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind_inet(fd, ai) < 0 || listen(fd, backlog) < 0)
		refuse(&fd, address, why, size);
	freeaddrinfo(ai);
	return fd;
}

/* NULL: not a unix socket. */
static const char *unix_path(const char *address)
{
	bool is = strncmp(address, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;

	return is ? address + strlen(UNIX_PREFIX) : NULL;
}

static char *address_in(const char *text, bool *proxy)
{
	size_t n = value_listen_address(text, proxy);

	return mem_strndup(text, n);
}

/* rights NULL: HTTP, which is for everybody. */
static int open_address(
	const char *address, const struct listen_rights *rights, char *why, size_t size)
{
	const char *path = unix_path(address);

	if (!path)
		return listen_inet(address, rights ? rights->backlog : BACKLOG, why, size);
	if (rights)
		return listen_for(path, rights, why, size);
	return listen_unix(path, SOCK_STREAM | SOCK_NONBLOCK, 0666, BACKLOG, why, size);
}

int listen_open(const char *text, char *why, size_t size)
{
	bool proxy;
	char *address = address_in(text, &proxy);
	int fd = open_address(address, NULL, why, size);

	free(address);
	return fd;
}

/* ---- the set ---- */

void listeners_init(struct listeners *ls)
{
	list_init(&ls->all);
	ls->last_number = 0;
}

static void listener_close(struct listener *l)
{
	const char *path = unix_path(l->address);

	if (path)
		unlink(path);
	fd_close(&l->fd);
	list_remove(&l->link);
	free(l->address);
	free(l);
}

/* "8080" and "*:8080" are the same door. A port 0 has no name: it is new each time, and only the
 * same words mean the same one. */
static bool is_at(const struct listener *l, const char *address, bool proxy)
{
	char ours[VALUE_LISTEN_MAX] = "", theirs[VALUE_LISTEN_MAX] = "";

	value_listen(l->address, ours);
	value_listen(address, theirs);
	if (ours[0] || theirs[0])
		return strcmp(ours, theirs) == 0;
	return strcmp(l->address, address) == 0 && l->next.proxy == proxy;
}

static struct listener *find(struct listeners *ls, const char *address, bool proxy)
{
	list_for_each (it, &ls->all) {
		struct listener *l = container_of(it, struct listener, link);
		if (is_at(l, address, proxy))
			return l;
	}
	return NULL;
}

/* Takes the address. */
static struct listener *add(struct listeners *ls, char *address, int fd)
{
	struct listener *l = mem_zalloc(sizeof *l);

	*l = (struct listener){
		.address = address, .fd = fd, .number = ++ls->last_number, .fresh = true};
	list_push_back(&ls->all, &l->link);
	return l;
}

static bool prepare_one(struct listeners *ls, const char *text, const struct conf_pool *pool,
	char *why, size_t size)
{
	bool proxy;
	char *address = address_in(text, &proxy);
	struct listen_rights rights = {.backlog = BACKLOG};
	struct listener *l = find(ls, address, proxy);
	int fd = -1;

	if (pool)
		rights = listen_rights_of(pool);
	if (!l)
		fd = open_address(address, pool ? &rights : NULL, why, size);
	if (l || fd < 0)
		free(address);
	else
		l = add(ls, address, fd);
	if (l) {
		l->wanted = true;
		l->next = (struct listen_use){proxy, pool, rights};
	}
	return l != NULL;
}

static bool prepare_all(struct listeners *ls, const struct words *addresses,
	const struct conf_pool *pool, char *why, size_t size)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (!prepare_one(ls, addresses->at[i], pool, why, size))
			return false;
	return true;
}

bool listeners_prepare(struct listeners *ls, const struct conf *conf, char *why, size_t size)
{
	bool ok;

	list_for_each (it, &ls->all)
		container_of(it, struct listener, link)->wanted = false;
	ok = prepare_all(ls, &conf->gateway.listen, NULL, why, size);
	for (size_t i = 0; i < conf->npools && ok; i++)
		ok = prepare_all(ls, &conf->pools[i]->listen, conf->pools[i], why, size);
	if (!ok)
		listeners_revert(ls);
	return ok;
}

/* A door that stays open, and was somebody else's or had other rights. */
static void change_rights(const struct listener *l)
{
	const struct listen_rights *r = &l->next.rights, *was = &l->now.rights;
	const char *path = unix_path(l->address);
	const struct listen_rights everybody = {
		.uid = geteuid(), .gid = getegid(), .mode = 0666, .backlog = BACKLOG};

	if (r->backlog != was->backlog)
		listen(l->fd, r->backlog);
	if (path && memcmp(r, was, sizeof *r) != 0 &&
		!listen_rights_give(path, l->next.pool ? r : &everybody))
		log_error("listen %s: it keeps the owner and mode of before: %m", l->address);
}

void listeners_commit(struct listeners *ls)
{
	list_for_each (it, &ls->all) {
		struct listener *l = container_of(it, struct listener, link);
		if (!l->wanted) {
			listener_close(l);
			continue;
		}
		if (!l->fresh)
			change_rights(l);
		l->fresh = false;
		l->now = l->next;
	}
}

void listeners_revert(struct listeners *ls)
{
	list_for_each (it, &ls->all) {
		struct listener *l = container_of(it, struct listener, link);
		l->wanted = true;
		l->next = l->now;
		if (l->fresh)
			listener_close(l);
	}
}

void listeners_close(struct listeners *ls)
{
	list_for_each (it, &ls->all)
		listener_close(container_of(it, struct listener, link));
}

static bool put_url(const struct listener *l, struct buf *out)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof ss;
	char host[INET6_ADDRSTRLEN], port[8];

	if (l->next.pool && unix_path(l->address))
		return buf_putf(out, "fcgi:%s", l->address);
	if (l->next.proxy) /* no URL leads there */
		return buf_putf(out, "%s,proxy", l->address);
	if (unix_path(l->address))
		return buf_puts(out, l->address);
	if (getsockname(l->fd, (void *)&ss, &len) < 0 ||
		getnameinfo((void *)&ss, len, host, sizeof host, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return false;
	return buf_putf(out, ss.ss_family == AF_INET6 ? "%s://[%s]:%s/" : "%s://%s:%s/",
		l->next.pool ? "fcgi" : "http", host, port);
}

bool listeners_put_urls(struct listeners *ls, struct buf *out)
{
	list_for_each (it, &ls->all) {
		const struct listener *l = container_of(it, struct listener, link);
		if (buf_len(out) && !buf_puts(out, " "))
			return false;
		if (!put_url(l, out))
			return false;
	}
	return true;
}
