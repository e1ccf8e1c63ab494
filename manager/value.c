/* SPDX-License-Identifier: MIT
 *
 * value: see value.h.
 */
#include "manager/value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/msg.h"

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
		if (quoted && *at == '\\' && at[1] && strchr("\"\\$", at[1]))
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
	for (; *s; s++) {
		bool special = strchr("\"\\", *s) || strncmp(s, "${", 2) == 0;
		buf_putf(out, "%s%c", special ? "\\" : "", *s);
	}
	buf_puts(out, "\"");
}

void value_put_word(const char *s, struct buf *out)
{
	size_t n = strlen(s);

	if (n == 0 || *s == ';' || *s == '#' || s[n - 1] == ';' || strstr(s, "${") ||
		s[strcspn(s, " \t\"")] != '\0')
		put_quoted(s, out);
	else
		buf_puts(out, s);
}

/* A blank at either end would be lost; a ; or # behind a blank, or a ; at the end, would begin a
 * comment; and in a directive of php-fpm single quotes would be lost, and ${ would be a variable.
 */
static bool text_needs_quotes(const char *s)
{
	bool blank = true;

	if (*s == '\'' || strstr(s, "${"))
		return true;
	for (; *s; s++) {
		if (*s == '"' || (blank && (*s == ';' || *s == '#')))
			return true;
		if (s[1] == '\0' && *s == ';')
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

/* ---- names ---- */

bool value_charset(const char *text)
{
	size_t n = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._");

	return n > 0 && text[n] == '\0';
}

/* Fields whose values clients, caches, web servers or we ourselves act upon. */
static const char *const known_headers[] = {"Accept-Ranges", "Age", "Allow", "Alt-Svc",
	"Cache-Control", "Clear-Site-Data", "Connection", "Date", "ETag", "Expires", "Host",
	"Keep-Alive", "Last-Modified", "Link", "Location", "Pragma", "Refresh", "Retry-After",
	"Server", "Set-Cookie", "Status", "Strict-Transport-Security", "TE", "Trailer",
	"Transfer-Encoding", "Upgrade", "Vary", "Via", "Warning", "WWW-Authenticate",
	"X-Content-Type-Options", "X-Frame-Options", "X-Sendfile"};
static const char *const known_beginnings[] = {
	"Access-Control-", "Content-", "Cross-Origin-", "Proxy-", "Sec-", "Variable-", "X-Accel-"};

static bool is_known_header(const char *name)
{
	for (size_t i = 0; i < nitems(known_headers); i++)
		if (strcasecmp(name, known_headers[i]) == 0)
			return true;
	for (size_t i = 0; i < nitems(known_beginnings); i++)
		if (strncasecmp(name, known_beginnings[i], strlen(known_beginnings[i])) == 0)
			return true;
	return false;
}

const char *value_own_header(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

	if (n == 0 || text[n])
		return "is no name of a header field: give one of letters, digits and -, such as "
		       "X-Request-Id, or none";
	if (n > MSG_ID_HEADER_MAX)
		return "is longer than 64 bytes: shorten it";
	return is_known_header(text) ? "has a meaning of its own: give a name that has none, such "
				       "as X-Request-Id"
				     : NULL;
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
