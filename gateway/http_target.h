/* SPDX-License-Identifier: MIT
 *
 * http_target: the target of a request, split, decoded once, and brought into one normal form.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; it does not know which
 * paths exist.
 *
 * The normal form is what routing, files, logs and variables use. A decision taken on another form
 * than the one acted upon is a hole (lighttpd CVE-2008-4359, Apache CVE-2024-38473).
 */
#ifndef HEARTH_HTTP_TARGET_H
#define HEARTH_HTTP_TARGET_H

#include "common/span.h"

/* Spans point into the target, but for path, which points into the caller's buffer. */
struct http_target {
	struct span raw_path;  /* as sent; "" in "http://example.org" */
	struct span query;     /* as sent, without its '?' */
	struct span scheme;    /* of an absolute-form target, else empty */
	struct span authority; /* of an absolute-form target: it overrides Host (RFC 9112 3.2.2) */
	struct span path;      /* normal form, also NUL-terminated; "/" for "*" */
	bool has_query;        /* "/x?" has one, which is empty */
	bool asterisk;         /* OPTIONS for the server itself (RFC 9110 9.3.7) */
};

/* Reads a request target (RFC 9112 3.2) and writes the normal form of its path to buffer[0..size).
 * A buffer of raw.n + 2 bytes is always enough.
 *
 * The normal form starts with '/', is percent-decoded exactly once, has no empty segment ("//" is
 * "/"), and no "." or ".." segment, in whatever costume they came ("%2e", ".%2E"). A final dot
 * segment leaves its slash: "/a/." and "/a/b/.." are both "/a/" (RFC 3986 5.2.4). It has no
 * control bytes. Backslashes, ';' and bytes from 0x80 on are data. Reading a normal form again
 * (after encoding its '%' and the like) changes nothing.
 *
 * 0, or the status to refuse with:
 *	-400	malformed: "%zz", encoded NUL or control, '#', a byte no target may have, ".." above
 *		the root, another scheme than http and https, userinfo, "*" without OPTIONS
 *	-404	an encoded slash: no path of ours has one within a segment
 *	-414	longer than the buffer (dot segments count until they are taken out)
 *	-501	CONNECT: we are no proxy */
int http_target_parse(struct span raw, bool is_options, bool is_connect, char *buffer, size_t size,
	struct http_target *out);

/* A segment of this path begins with a dot: dot-files are nobody's business. Only /.well-known/ is
 * everybody's. */
bool http_target_is_hidden(struct span path);

/* A path that is asked for as a directory's; it is never empty. */
static inline bool http_path_has_slash(struct span path)
{
	return path.p[path.n - 1] == '/';
}

#endif
