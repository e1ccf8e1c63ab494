/* SPDX-License-Identifier: MIT
 *
 * php_path: see php_path.h.
 */
#include "gateway/php_path.h"

static bool past(struct span *s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s->n < n || strncasecmp(s->p, prefix, n) != 0)
		return false;
	*s = span_from(*s, n);
	return true;
}

/* From the first c on; false, and s as it was: there is none. */
static bool go_to(struct span *s, char c)
{
	const char *at = s->n ? memchr(s->p, c, s->n) : NULL;

	if (at)
		*s = span_from(*s, (size_t)(at - s->p));
	return at;
}

bool php_path_of_proxy(struct span name, struct span *path)
{
	struct span s = name, query;

	if (!past(&s, "proxy:"))
		return false;
	if (past(&s, "unix:") && !(go_to(&s, '|') && past(&s, "|")))
		return false;
	if (!past(&s, "fcgi://") && !past(&s, "balancer://"))
		return false;
	if (!go_to(&s, '/'))
		return false;
	query = s;
	if (go_to(&query, '?'))
		s.n -= query.n;
	*path = s;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t php_path_decode(struct span name, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		bool coded = name.p[i] == '%' && name.n - i > 2 && digit(name.p[i + 1]) >= 0 &&
			     digit(name.p[i + 2]) >= 0;
		to[n] = name.p[i];
		if (coded) {
			to[n] = (char)(digit(name.p[i + 1]) * 16 + digit(name.p[i + 2]));
			i += 2;
		}
		if (to[n++] == '\0')
			return 0;
	}
	return n;
}

bool php_path_may_run(const char *extensions, struct span file)
{
	struct span rest = span_of(extensions);

	if (!extensions)
		return true;
	while (rest.n) {
		struct span tail = rest, one = rest;
		if (go_to(&tail, '/'))
			one.n -= tail.n;
		if (one.n && file.n > one.n && span_ends(file, one))
			return true;
		rest = span_from(rest, one.n + 1);
	}
	return false;
}
