/* SPDX-License-Identifier: MIT
 *
 * value: see value.h.
 */
#include "manager/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

/* ---- numbers ---- */

const struct unit value_counts[] = {{"", 1}, {NULL, 0}};
const struct unit value_percents[] = {{"", 1}, {"%", 1}, {NULL, 0}};
const struct unit value_sizes[] = {
	{"g", 1 << 30}, {"m", 1 << 20}, {"k", 1 << 10}, {"", 1}, {NULL, 0}};
const struct unit value_times[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000},
	{"ms", 1}, {"", 1000}, {NULL, 0}};

bool value_number(const char *text, const struct unit *unit, uint64_t *number)
{
	bool over = false;
	uint64_t n = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		over |= __builtin_mul_overflow(n, 10u, &n);
		over |= __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n);
	}
	while (unit->name && strcmp(unit->name, p) != 0)
		unit++;
	if (p == text || !unit->name)
		return false;
	over |= __builtin_mul_overflow(n, unit->factor, number);
	if (over)
		*number = UINT64_MAX;
	return true;
}

void value_put_number(uint64_t number, const struct unit *unit, struct buf *out)
{
	while (unit->name && (number == 0 ? unit->name[0] != '\0' : number % unit->factor != 0))
		unit++;
	if (unit->name)
		buf_putf(out, "%llu%s", (unsigned long long)(number / unit->factor), unit->name);
}

bool value_mode(const char *text, unsigned *mode)
{
	size_t n = strlen(text);

	if (n == 0 || n > 4 || text[strspn(text, "01234567")])
		return false;
	*mode = (unsigned)strtoul(text, NULL, 8);
	return *mode <= 0777;
}

/* ---- limits ---- */

static const char *read_limit(const char *text, enum limit_kind kind, rlim_t *limit)
{
	static const struct {
		const struct unit *units;
		const char *wrong;
	} kinds[] = {
		[LIMIT_BYTES] = {value_sizes, "is not a size"},
		[LIMIT_COUNT] = {value_counts, "is not a whole number"},
		[LIMIT_SECONDS] = {value_times, "is not a whole number of seconds"},
	};
	uint64_t n;

	*limit = RLIM_INFINITY;
	if (strcmp(text, "unlimited") == 0)
		return NULL;
	if (!value_number(text, kinds[kind].units, &n))
		return kinds[kind].wrong;
	if (n == UINT64_MAX)
		return "is out of range";
	*limit = kind == LIMIT_SECONDS ? n / 1000 : n;
	if (kind == LIMIT_SECONDS && (n % 1000 != 0 || n == 0))
		return kinds[kind].wrong;
	return NULL;
}

const char *value_limit(const char *text, const struct limit_row *row, struct rlimit *is)
{
	const char *colon = strchr(text, ':'), *why;
	char soft[64];

	if (snprintf(soft, sizeof soft, "%.*s", (int)strcspn(text, ":"), text) >= (int)sizeof soft)
		return "is out of range";
	why = read_limit(soft, row->kind, &is->rlim_cur);
	if (!why && colon)
		why = read_limit(colon + 1, row->kind, &is->rlim_max);
	else if (!why)
		is->rlim_max = is->rlim_cur +
			       (row->kind == LIMIT_SECONDS && is->rlim_cur != RLIM_INFINITY);
	if (!why && is->rlim_cur > is->rlim_max)
		why = "has a soft limit above its hard one";
	return why;
}

/* ---- words ---- */

bool value_nice(const char *text, int *nice)
{
	const char *digits = text + (*text == '-' || *text == '+');
	size_t n = strspn(digits, "0123456789");

	if (n == 0 || n > 2 || digits[n] != '\0')
		return false;
	*nice = atoi(digits) * (*text == '-' ? -1 : 1);
	return *nice >= -20 && *nice <= 19;
}

const char *value_word(const char **p, char *to)
{
	bool quoted = false;
	const char *at = *p;

	for (; *at && (quoted || !isblank((unsigned char)*at)); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *at == '\\' && (at[1] == '"' || at[1] == '\\'))
			at++;
		*to++ = *at;
	}
	*to = '\0';
	*p = at + strspn(at, " \t");
	return quoted ? "has a quote that is never closed" : NULL;
}

static void put_quoted(const char *s, struct buf *out)
{
	buf_puts(out, "\"");
	for (; *s; s++)
		buf_putf(out, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	buf_puts(out, "\"");
}

void value_put_word(const char *s, struct buf *out)
{
	if (*s == '\0' || *s == ';' || *s == '#' || s[strcspn(s, " \t\"")] != '\0')
		put_quoted(s, out);
	else
		buf_puts(out, s);
}

/* A blank at either end would be lost; a ; or # behind a blank would begin a comment. */
static bool text_needs_quotes(const char *s)
{
	bool blank = true;

	for (; *s; s++) {
		if (*s == '"' || (blank && (*s == ';' || *s == '#')))
			return true;
		if ((s[1] == '\0' || blank) && isblank((unsigned char)*s))
			return true;
		blank = isblank((unsigned char)*s);
	}
	return false;
}

void value_put_text(const char *s, struct buf *out)
{
	if (text_needs_quotes(s))
		put_quoted(s, out);
	else
		buf_puts(out, s);
}

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

static const char *read_host(const char *host, char address[static INET6_ADDRSTRLEN])
{
	unsigned char bytes[sizeof(struct in6_addr)];
	int family = AF_UNSPEC;

	if (inet_pton(AF_INET, known_host(host), bytes) == 1)
		family = AF_INET;
	else if (read_v6(host, bytes))
		family = AF_INET6;
	if (family != AF_UNSPEC && inet_ntop(family, bytes, address, INET6_ADDRSTRLEN))
		return NULL;
	if (host[0] == '[')
		return "has no IPv6 address in its [ ]";
	return strchr(host, ':') ? "needs [ ] around its IPv6 address"
				 : "does not begin with an address in numbers";
}

size_t value_listen_address(const char *text, bool *proxy)
{
	struct span all = span_of(text), word = SPAN_LIT(",proxy");

	*proxy = span_ends(all, word);
	return all.n - (*proxy ? word.n : 0);
}

static const char *read_listen(const char *text, char name[static VALUE_LISTEN_MAX])
{
	const char *colon = strrchr(text, ':'), *why;
	char host[INET6_ADDRSTRLEN + 2] = "*", address[INET6_ADDRSTRLEN] = "";
	unsigned port;

	name[0] = '\0';
	if (strncmp(text, "unix:", 5) == 0) {
		why = read_unix(text + 5);
		if (!why)
			snprintf(name, VALUE_LISTEN_MAX, "%s", text);
		return why;
	}
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

/* ---- addresses to connect to ---- */

static bool is_host_name(const char *p);

/* "localhost" is looked up as any other name: it may be ::1. */
static const char *read_remote_host(char *host, char address[static INET6_ADDRSTRLEN])
{
	unsigned char bytes[sizeof(struct in6_addr)];
	int family = AF_UNSPEC;

	for (char *p = host; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (inet_pton(AF_INET, host, bytes) == 1)
		family = AF_INET;
	else if (read_v6(host, bytes))
		family = AF_INET6;
	if (family != AF_UNSPEC && inet_ntop(family, bytes, address, INET6_ADDRSTRLEN))
		return NULL;
	if (host[0] == '[')
		return "has no IPv6 address in its [ ]";
	if (strchr(host, ':'))
		return "needs [ ] around its IPv6 address";
	return is_host_name(host) && host[strspn(host, "0123456789.")]
		       ? NULL
		       : "does not begin with an address or the name of a host";
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

/* ---- routes ---- */

static bool has_step(const char *path, const char *step)
{
	size_t n = strlen(step);

	for (const char *p = path; *p; p += strcspn(p, "/")) {
		p += strspn(p, "/");
		if (strncmp(p, step, n) == 0 && (p[n] == '/' || p[n] == '\0'))
			return true;
	}
	return false;
}

/* Routes are compared with paths that are decoded and normalised, so others would never match. */
static const char *path_wrong(const char *path)
{
	if (strstr(path, "//") || has_step(path, ".") || has_step(path, ".."))
		return "has a // or a . or .. step: write the path without";
	if (strpbrk(path, "?#"))
		return "has a ? or #: a route is a path alone";
	return strpbrk(path, "*") ? "has a *: that is for extensions only, as in *.php" : NULL;
}

const char *value_route(const char *text)
{
	if (text[0] == '=')
		return text[1] == '/' ? path_wrong(text + 1)
				      : "needs a path that begins with / behind =";
	if (text[0] == '*')
		return text[1] == '.' && text[2] && !strpbrk(text + 2, "/*?#")
			       ? NULL
			       : "is no extension such as *.php";
	if (text[0] != '/')
		return "is no route: give =/path, /prefix/ or *.extension";
	if (text[strlen(text) - 1] != '/')
		return "has no / at its end: end a prefix with /, or begin an exact path with =";
	return path_wrong(text);
}

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

/* ---- names ---- */

bool value_charset(const char *text)
{
	size_t n = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._");

	return n > 0 && text[n] == '\0';
}

bool value_is_url_path(const char *text)
{
	size_t n = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-./_~");

	return text[0] == '/' && n > 1 && text[n] == '\0';
}

unsigned value_distance(const char *a, const char *b)
{
	unsigned row[3][VALUE_NAME_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > VALUE_NAME_MAX || m > VALUE_NAME_MAX)
		return UINT32_MAX;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}
