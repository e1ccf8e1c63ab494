/* SPDX-License-Identifier: MIT
 *
 * serve_port: see serve_port.h.
 */
#include "manager/serve_port.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/listen.h"
#include "manager/value.h"

#define LOOPBACK "127.0.0.1"
/* How many ports are tried, the first included. */
#define PORTS_TRIED 20

/* ---- who has it ---- */

/* TCP_LISTEN, as /proc/net/tcp has it. */
#define STATE_LISTEN 0x0a

/* The socket that listens at this port, on whatever address; 0: none is seen. */
static unsigned long listening_inode(const char *table, unsigned port)
{
	FILE *f = fopen(table, "re");
	unsigned long inode = 0, found = 0;
	unsigned local = 0, state = 0;
	char line[512];

	while (f && !found && fgets(line, sizeof line, f))
		if (sscanf(line,
			    " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*d %*d %lu",
			    &local, &state, &inode) == 3 &&
			local == port && state == STATE_LISTEN)
			found = inode;
	if (f)
		fclose(f);
	return found;
}

static bool holds(const char *pid, const char *socket)
{
	char path[64], target[64];
	DIR *dir;
	const struct dirent *e;
	bool found = false;

	snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (e = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof target - 1);
		target[n > 0 ? n : 0] = '\0';
		found = strcmp(target, socket) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

static void read_name(const char *pid, char *to, size_t size)
{
	char path[64], name[64] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
	f = fopen(path, "re");
	if (f && fgets(name, sizeof name, f))
		name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
	log_escape(to, size, name, strlen(name));
}

/* " by nginx (pid 123)", or nothing: of other people's processes only root can tell. */
static void owner(unsigned port, char *to, size_t size)
{
	unsigned long inode = listening_inode("/proc/net/tcp", port);
	char socket[64], name[64];
	const struct dirent *e;
	DIR *dir;

	to[0] = '\0';
	if (!inode)
		inode = listening_inode("/proc/net/tcp6", port);
	snprintf(socket, sizeof socket, "socket:[%lu]", inode);
	dir = inode ? opendir("/proc") : NULL;
	while (dir && !to[0] && (e = readdir(dir)))
		if (isdigit((unsigned char)e->d_name[0]) && holds(e->d_name, socket)) {
			read_name(e->d_name, name, sizeof name);
			snprintf(to, size, " by %s (pid %.20s)", name, e->d_name);
		}
	if (dir)
		closedir(dir);
}

/* ---- is it free ---- */

static bool is_unix(const char *address)
{
	return strncmp(address, "unix:", 5) == 0;
}

/* 0, or errno and the sentence. A unix socket is not tried: that would leave a file behind. */
static int try(const char *address, char *why, size_t size)
{
	int fd = is_unix(address) ? -1 : listen_open(address, why, size), err = errno;

	if (fd >= 0)
		close(fd);
	return fd >= 0 || is_unix(address) ? 0 : err;
}

/* The colon before the port; what follows the port is ",proxy" or nothing. */
static const char *port_of(const char *address)
{
	const char *colon = strrchr(address, ':');

	return colon ? colon + 1 : address;
}

/* The same address with the first of the next ports that is free, or NULL. */
static char *next_free(const char *address)
{
	const char *digits = port_of(address);
	char *rest, *other = NULL, why[200];
	unsigned long port = strtoul(digits, &rest, 10);

	for (unsigned i = 1; i < PORTS_TRIED && port + i < 65536; i++) {
		free(other);
		other = mem_printf("%.*s%lu%s", (int)(digits - address), address, port + i, rest);
		if (try(other, why, sizeof why) == 0)
			return other;
	}
	free(other);
	return NULL;
}

char *port_default(void)
{
	char why[200], by[120], *other;
	int err = try(PORT_DEFAULT, why, sizeof why);

	if (err == 0)
		return mem_strdup(PORT_DEFAULT);
	other = err == EADDRINUSE ? next_free(PORT_DEFAULT) : NULL;
	if (!other) {
		fprintf(stderr, "hearth: %s, and so are the next ports: choose one with -l PORT\n",
			why);
		return NULL;
	}
	owner((unsigned)atoi(port_of(PORT_DEFAULT)), by, sizeof by);
	fprintf(stderr, "hearth: port %s is taken%s: taking %s\n", port_of(PORT_DEFAULT), by,
		port_of(other));
	return other;
}

static void say_taken(const char *address)
{
	char by[120], *other = next_free(address);

	owner((unsigned)strtoul(port_of(address), NULL, 10), by, sizeof by);
	fprintf(stderr, "hearth: %s is taken%s", address, by);
	if (other)
		fprintf(stderr, "; the next that is free: -l %s\n", other);
	else
		fprintf(stderr, ", and so are the next ports\n");
	free(other);
}

static void say_why(const char *why, int err)
{
	const char *what = "";

	if (err == EACCES)
		what = ": ports below 1024 are root's, take a higher one";
	else if (err == EADDRNOTAVAIL)
		what = ": it is no address of this machine";
	fprintf(stderr, "hearth: %s%s\n", why, what);
}

char *port_wanted(const char *given)
{
	size_t digits = strspn(given, "0123456789");
	bool bare = digits && (given[digits] == '\0' || given[digits] == ',');
	char *address = bare ? mem_printf(LOOPBACK ":%s", given) : mem_strdup(given);
	char name[VALUE_LISTEN_MAX], why[200];
	const char *wrong = value_listen(address, name);
	int err = wrong ? 0 : try(address, why, sizeof why);

	if (!wrong && err == 0)
		return address;
	if (wrong)
		fprintf(stderr, "hearth: the address %s %s\n", given, wrong);
	else if (err == EADDRINUSE)
		say_taken(address);
	else
		say_why(why, err);
	free(address);
	return NULL;
}

bool port_is_public(const char *address)
{
	static const char *const private[] = {"127.", "localhost:", "[::1]:", "unix:"};

	for (size_t i = 0; i < nitems(private); i++)
		if (strncmp(address, private[i], strlen(private[i])) == 0)
			return false;
	return true;
}
