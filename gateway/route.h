/* SPDX-License-Identifier: MIT
 *
 * route: which pool a path belongs to, and where in it the script's name ends.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; it does not know which
 * files exist.
 *
 * Kinds go before hosts: an exact route beats a prefix, a prefix beats a suffix. Within a kind
 * hosts go before paths: a named host beats a wildcard, a long wildcard a short one, any of them a
 * route without host. Then the longest path wins. No route is a pattern beyond that: regular
 * expressions in this place have a history (Apache CVE-2017-15715).
 */
#ifndef HEARTH_ROUTE_H
#define HEARTH_ROUTE_H

#include "common/msg.h"

/* The path is without the marks of the configuration, which the kind has replaced:
 *	ROUTE_EXACT	"/path"	of "=/path"
 *	ROUTE_PREFIX	"/dir/"	of "/dir/" or "/dir"; "/" is everything
 *	ROUTE_SUFFIX	".php"	of "*.php"
 * The host is empty (any), a name, or "*.example.org" (any name below it, not itself). */
struct route {
	uint8_t kind; /* enum msg_route_kind */
	struct span path, host;
	uint32_t pool;
};

/* script_name and path_info are the path in two pieces, side by side. */
struct route_match {
	const struct route *route;
	struct span script_name, path_info;
};

/* For qsort(): the order of precedence. */
int route_compare(const void *a, const void *b);

/* Finds the route of a path in normal form (http_target.h) among n routes sorted by
 * route_compare(). `host` is the request's, in any case; its port and one final dot do not count.
 *
 * Exact: SCRIPT_NAME is the path. Prefix: SCRIPT_NAME is the prefix without its last slash, and
 * only whole segments match. "/dir" itself matches "/dir/", with an empty PATH_INFO: the root of a
 * mounted application, as WSGI and Rack users expect, and never a static file below a script
 * mapping (lighttpd CVE-2008-1111); Apache's ScriptAlias and nginx would send it elsewhere.
 * Suffix: SCRIPT_NAME ends with the leftmost segment that ends with the suffix. */
bool route_find(const struct route *routes, size_t n, struct span host, struct span path,
	struct route_match *out);

/* If the script of a suffix route turned out to be no file ("/v1.php/real.php"): moves on to the
 * next segment with the suffix. False, and no change, if there is none. */
bool route_next_script(struct route_match *m);

#endif
