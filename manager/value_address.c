/* SPDX-License-Identifier: MIT
 *
 * value_address: of value.h, addresses: what is listened on, what is connected to, and the names of
 * hosts.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

#include "manager/value.h"

/* ---- listen ---- */

bool value_fits_socket(const char *path)
{
	return strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
}

static const char *read_unix(const char *path)
{
	if (*path != '/')
		return "needs a path that begins with / behind unix:";
	return value_fits_socket(path) ? NULL : "is too long for a socket (107 bytes)";
}

const char *value_listen_name(const char *text)
{
	return strncmp(text, "systemd:", 8) == 0 ? text + 8 : NULL;
}

/* As FileDescriptorName= may be, but for its length: 255 there. */
static const char *read_name(const char *name)
{
	if (!*name || strpbrk(name, ":/"))
		return "needs the name of a socket behind systemd:, such as systemd:http";
	return strlen(name) < VALUE_LISTEN_MAX - 16 ? NULL : "is too long (111 bytes)";
}

static const char *read_port(const char *text, unsigned *port)
{
	*port = (unsigned)strtoul(text, NULL, 10);
	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 5 || *port > 65535)
		return "has no port from 0 to 65535 at its end";
	return NULL;
}

/* Names are not looked up: a server's doors should not depend on a name server. */
static const char *known_host(const char *host)
{
	if (strcmp(host, "*") == 0)
		return "0.0.0.0"; /* every IPv4 address, as in nginx */
	return strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
}

/* [V6ADDRESS] */
static bool read_v6(const char *text, unsigned char bytes[static sizeof(struct in6_addr)])
{
	char inside[INET6_ADDRSTRLEN];
	size_t n = strlen(text);

	if (n < 2 || n - 2 >= sizeof inside || text[0] != '[' || text[n - 1] != ']')
		return false;
	memcpy(inside, text + 1, n - 2);
	inside[n - 2] = '\0';
	return inet_pton(AF_INET6, inside, bytes) == 1;
}

/* In numbers; `address` is as the kernel writes it. */
static bool read_address(const char *host, char address[static INET6_ADDRSTRLEN])
{
	unsigned char bytes[sizeof(struct in6_addr)];
	int family = inet_pton(AF_INET, host, bytes) == 1 ? AF_INET
		     : read_v6(host, bytes)               ? AF_INET6
							  : AF_UNSPEC;

	return family != AF_UNSPEC && inet_ntop(family, bytes, address, INET6_ADDRSTRLEN);
}

/* NULL: what is no address at all may be something else. */
static const char *wrong_v6(const char *host)
{
	if (host[0] == '[')
		return "has no IPv6 address in its [ ]";
	return strchr(host, ':') ? "needs [ ] around its IPv6 address" : NULL;
}

static const char *read_host(const char *host, char address[static INET6_ADDRSTRLEN])
{
	const char *why;

	if (read_address(known_host(host), address))
		return NULL;
	why = wrong_v6(host);
	return why ? why : "does not begin with an address in numbers";
}

size_t value_listen_address(const char *text, bool *proxy)
{
	struct span all = span_of(text), word = SPAN_LIT(",proxy");

	*proxy = span_ends(all, word);
	return all.n - (*proxy ? word.n : 0);
}

bool value_listen_is_port(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

bool value_listen_is_every(const char *name)
{
	return strncmp(name, "0.0.0.0 ", 8) == 0 || strncmp(name, ":: ", 3) == 0;
}

/* The port follows a blank; NULL: it is no address of the internet. */
static const char *port_in(const char *name)
{
	return strncmp(name, "unix:", 5) == 0 || value_listen_name(name) ? NULL : strchr(name, ' ');
}

static bool is_six(const char *name)
{
	return strcspn(name, ":") < strcspn(name, " ");
}

/* All addresses of a family have the port of each of them as well. */
bool value_listens_clash(struct value_door a, struct value_door b)
{
	const char *port = port_in(a.name), *other = port_in(b.name);

	if (!port || !other)
		return a.name[0] && strcmp(a.name, b.name) == 0;
	if (strcmp(port, other) != 0)
		return false;
	if (!a.both && !b.both && is_six(a.name) != is_six(b.name))
		return false;
	return value_listen_is_every(a.name) || value_listen_is_every(b.name) ||
	       strcmp(a.name, b.name) == 0;
}

static const char *read_listen(const char *text, char name[static VALUE_LISTEN_MAX])
{
	const char *colon = strrchr(text, ':'), *why;
	char host[INET6_ADDRSTRLEN + 2] = "*", address[INET6_ADDRSTRLEN] = "";
	unsigned port;

	name[0] = '\0';
	if (strncmp(text, "unix:", 5) == 0 || value_listen_name(text)) {
		why = value_listen_name(text) ? read_name(value_listen_name(text))
					      : read_unix(text + 5);
		if (!why)
			snprintf(name, VALUE_LISTEN_MAX, "%s", text);
		return why;
	}
	if (!colon && strchr(text, '/'))
		return *text == '/' ? "needs unix: before its path"
				    : "is a path that does not begin with /: give the whole of it";
	if (strchr(text, ','))
		return "has another word than proxy behind its comma";
	why = read_port(colon ? colon + 1 : text, &port);
	if (!why && colon)
		snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	if (!why)
		why = read_host(host, address);
	if (!why && port != 0)
		snprintf(name, VALUE_LISTEN_MAX, "%s %u", address, port);
	return why;
}

const char *value_listen(const char *text, char name[static VALUE_LISTEN_MAX])
{
	char address[VALUE_LISTEN_MAX]; /* what is cut off here is too long for either kind */
	bool proxy;

	snprintf(address, sizeof address, "%.*s", (int)value_listen_address(text, &proxy), text);
	return read_listen(address, name);
}

/* ---- host names ---- */

static bool is_host_name(const char *p)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

	if (strlen(p) > 253)
		return false;
	for (;; p++) {
		size_t n = strspn(p, allowed);
		p += n;
		if (n == 0 || n > 63 || *p != '.')
			return n > 0 && n <= 63 && *p == '\0';
	}
}

const char *value_host(const char *text)
{
	const char *name = strncmp(text, "*.", 2) == 0 ? text + 2 : text;
	unsigned char bytes[sizeof(struct in6_addr)];

	return is_host_name(name) || read_v6(text, bytes)
		       ? NULL
		       : "is no host name such as example.org or *.example.org";
}

/* ---- addresses to connect to ---- */

/* "localhost" is looked up as any other name: it may be ::1. */
static const char *read_remote_host(char *host, char address[static INET6_ADDRSTRLEN])
{
	const char *why;

	for (char *p = host; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (read_address(host, address))
		return NULL;
	why = wrong_v6(host);
	if (!why && !(is_host_name(host) && host[strspn(host, "0123456789.")]))
		why = "does not begin with an address or the name of a host";
	return why;
}

const char *value_backend(const char *text, char name[static VALUE_BACKEND_MAX])
{
	const char *colon = strrchr(text, ':'), *why;
	char host[256], address[INET6_ADDRSTRLEN] = "";
	unsigned port;

	name[0] = '\0';
	if (strncmp(text, "unix:", 5) == 0) {
		why = read_unix(text + 5);
		if (!why)
			snprintf(name, VALUE_BACKEND_MAX, "%s", text);
		return why;
	}
	if (!colon || read_port(colon + 1, &port) || port == 0)
		return "has no port from 1 to 65535 at its end";
	if ((size_t)(colon - text) >= sizeof host)
		return "has too long a name in it";
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	why = read_remote_host(host, address);
	if (!why)
		snprintf(name, VALUE_BACKEND_MAX, "%s %u", address[0] ? address : host, port);
	return why;
}
