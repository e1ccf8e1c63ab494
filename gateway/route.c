/* SPDX-License-Identifier: MIT
 *
 * route: which pool a path belongs to, and where in it the script's name ends.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; it does not know which
 * files exist.
 */
#include "gateway/route.h"

/* How much a host says, the most first. */
enum host_rank { HOST_NAMED, HOST_WILD, HOST_ANY };

static enum host_rank host_rank(struct span host)
{
	if (host.n == 0)
		return HOST_ANY;
	return host.p[0] == '*' ? HOST_WILD : HOST_NAMED;
}

static int by_size(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Zero for hosts that are equally precise, not only for equal ones. */
static int compare_hosts(struct span a, struct span b)
{
	enum host_rank rank = host_rank(a);

	if (rank != host_rank(b))
		return by_size(rank, host_rank(b));
	return rank == HOST_WILD ? by_size(b.n, a.n) : 0;
}

int route_compare(const void *a, const void *b)
{
	const struct route *l = a, *r = b;
	int order = by_size(l->kind, r->kind);

	if (order == 0)
		order = compare_hosts(l->host, r->host);
	if (order == 0)
		order = by_size(r->path.n, l->path.n);
	if (order == 0 && l->path.n > 0)
		order = memcmp(l->path.p, r->path.p, l->path.n);
	return order != 0 ? order : by_size(l->pool, r->pool);
}

/* Host without port and without the final dot of a rooted name. */
static struct span bare_host(struct span host)
{
	const char *end = host.n > 0 && host.p[0] == '[' ? memchr(host.p, ']', host.n) : NULL;
	size_t from = end ? (size_t)(end - host.p) : 0;
	const char *colon = host.n > 0 ? memchr(host.p + from, ':', host.n - from) : NULL;

	if (colon)
		host.n = (size_t)(colon - host.p);
	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	return host;
}

static bool same_host(struct span a, struct span b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

static bool host_matches(struct span pattern, struct span host)
{
	switch (host_rank(pattern)) {
	case HOST_ANY:
		return true;
	case HOST_NAMED:
		return same_host(pattern, host);
	case HOST_WILD:
		pattern = span_from(pattern, 1);
		return host.n > pattern.n &&
		       same_host(pattern, span_from(host, host.n - pattern.n));
	}
	return false;
}

/* Cuts the path after n bytes. */
static bool match_at(struct route_match *m, const struct route *route, struct span path, size_t n)
{
	*m = (struct route_match){
		.route = route,
		.script_name = {path.p, n},
		.path_info = span_from(path, n),
	};
	return true;
}

static bool match_prefix(struct route_match *m, const struct route *route, struct span path)
{
	struct span dir = route->path;

	if (dir.n > 0 && dir.p[dir.n - 1] == '/')
		dir.n--;
	if (!span_starts(path, dir) || (path.n > dir.n && path.p[dir.n] != '/'))
		return false;
	return match_at(m, route, path, dir.n);
}

/* Looks at the segments that end after the first `from` bytes. */
static bool match_suffix(
	struct route_match *m, const struct route *route, struct span path, size_t from)
{
	while (from < path.n) {
		const char *slash = memchr(path.p + from + 1, '/', path.n - from - 1);
		size_t end = slash ? (size_t)(slash - path.p) : path.n;
		struct span segment = {path.p + from + 1, end - from - 1};

		if (segment.n > 0 && span_ends(segment, route->path))
			return match_at(m, route, path, end);
		from = end;
	}
	return false;
}

static bool match(struct route_match *m, const struct route *route, struct span path)
{
	switch ((enum msg_route_kind)route->kind) {
	case ROUTE_EXACT:
		return span_eq(route->path, path) && match_at(m, route, path, path.n);
	case ROUTE_PREFIX:
		return match_prefix(m, route, path);
	case ROUTE_SUFFIX:
		return match_suffix(m, route, path, 0);
	}
	return false;
}

/* The first match in the order of precedence is the best. Only suffixes of the same precision may
 * compete further: the leftmost script wins, for it is what the rest is PATH_INFO of. */
bool route_find(const struct route *routes, size_t n, struct span host, struct span path,
	struct route_match *out)
{
	struct route_match found = {0}, other;

	host = bare_host(host);
	for (size_t i = 0; i < n; i++) {
		const struct route *route = &routes[i];

		if (found.route && compare_hosts(found.route->host, route->host) != 0)
			break;
		if (!host_matches(route->host, host) || !match(&other, route, path))
			continue;
		if (!found.route || other.script_name.n < found.script_name.n)
			found = other;
		if (route->kind != ROUTE_SUFFIX)
			break;
	}
	if (found.route)
		*out = found;
	return found.route != NULL;
}

bool route_next_script(struct route_match *m)
{
	struct span path = {m->script_name.p, m->script_name.n + m->path_info.n};

	return m->route->kind == ROUTE_SUFFIX && match_suffix(m, m->route, path, m->script_name.n);
}
