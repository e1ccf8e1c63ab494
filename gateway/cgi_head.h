/* SPDX-License-Identifier: MIT
 *
 * cgi_head: the head of a response, as scripts write it (RFC 3875 6): from CGI processes and
 * FastCGI workers alike.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log. It does not know what was
 * asked for, nor what the client will be told.
 */
#ifndef HEARTH_CGI_HEAD_H
#define HEARTH_CGI_HEAD_H

#include "gateway/http_parse.h"

struct cgi_limits {
	uint32_t max_head_size, max_headers;
};

#define CGI_LIMITS ((struct cgi_limits){65536, HTTP_HEADERS_MAX})

enum cgi_redirect {
	CGI_NO_REDIRECT,
	CGI_LOCAL_REDIRECT,  /* a path of ours: serve that instead (RFC 3875 6.2.2) */
	CGI_CLIENT_REDIRECT, /* the client is to see Location (RFC 3875 6.2.3, 6.2.4) */
};

/* A file of ours in the place of a body: a path, or the path of a URL. */
enum cgi_file { CGI_NO_FILE, CGI_FILE_PATH /* X-Sendfile */, CGI_FILE_URL /* X-Accel-Redirect */ };

struct cgi_head {
	/* As the script said; else 302 for a client redirect, and 200. 1xx is handed on as it is.
	 */
	int status;
	struct http_field reason; /* empty if the script gave none */
	enum cgi_redirect redirect;
	struct http_field location, content_type;
	enum cgi_file file;
	struct http_field file_name;
	uint64_t content_length;
	bool has_status, has_content_length, has_content_type;
	bool hop_by_hop; /* headers about the connection were dropped: it is none of theirs */

	/* To be passed on, in order. Without Status, Content-Length and the name of a file, which
	 * are told above, and without those that belong to one connection (RFC 9110 7.6.1). */
	uint32_t nheaders;
	struct http_header headers[HTTP_HEADERS_MAX];

	/* Why it was refused, for the log: "header line 2 has no colon"; and where that begins. */
	char why[80];
	size_t where;
};

/* Reads a response head from p[0..n), the bytes that came so far. Lines end in LF or CR LF; an
 * empty one ends the head. An "HTTP/1.1 200 OK" may stand before the headers.
 *
 * Returns the number of bytes the head takes; 0 for "need more"; -1 for no head of a CGI response,
 * and out->why. Set *scan to 0 for a new head and keep it; it remembers how far the search for the
 * end came. `out` has no memory between calls.
 *
 * What we know but is empty is as if it were not there (RFC 3875 6.3).
 * A Location is a local redirect if nothing but a Content-Type stands beside it (RFC 3875 6.2.2).
 *
 * Refused: no Content-Type, Location or Status at all (RFC 3875 6.3), nor a file; two of one of
 * them, or of Content-Length; Transfer-Encoding: the framing is not the script's (Apache
 * CVE-2024-24795); names that are no tokens, folded lines, control bytes in values: what a script
 * echoes must not become a header of its own (CVE-2023-38709). */
ssize_t cgi_head_parse(
	const char *p, size_t n, size_t *scan, const struct cgi_limits *lim, struct cgi_head *out);

/* The status of "HTTP/1.1 200 OK", a line without its end; 0 if it is no such line. */
int cgi_status_line(struct span line);

#endif
