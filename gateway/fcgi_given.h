/* SPDX-License-Identifier: MIT
 *
 * fcgi_given: the parameters of a request as a web server gives them by FastCGI: pairs, one behind
 * the other, in the order in which they came.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log.
 */
#ifndef HEARTH_FCGI_GIVEN_H
#define HEARTH_FCGI_GIVEN_H

#include "common/span.h"

/* Those that we ourselves look at. */
enum given {
	GIVEN_METHOD,
	GIVEN_URI,
	GIVEN_SCRIPT_NAME,
	GIVEN_PATH_INFO,
	GIVEN_QUERY,
	GIVEN_SCRIPT_FILENAME,
	GIVEN_DOCUMENT_ROOT,
	GIVEN_CONTENT_LENGTH,
	GIVEN_REMOTE_ADDR,
	GIVEN_REMOTE_PORT,
	GIVEN_HTTPS,
	GIVEN_HOST,
	GIVEN_PROTOCOL,
	GIVEN_ID,
	GIVENS
};

/* In place; SPAN_NONE: not given. Of two of one name the last, as PHP has it. */
struct fcgi_given {
	struct span at[GIVENS];
};

/* NULL, or what is wrong with them: no pairs; a name that no variable has; a NUL, or, in what we
 * look at, another control byte. */
const char *fcgi_given_read(struct span pairs, struct fcgi_given *to);

/* Takes the first of well-formed pairs off. False: there are no more. */
bool fcgi_given_next(struct span *pairs, struct span *name, struct span *value);

/* A name that is not passed on whoever sends it: the proxy that programs should use (httpoxy). */
bool fcgi_given_is_barred(struct span name);
/* Settings of PHP, by which it runs any file: for pools that want them of a web server. */
bool fcgi_given_is_php_value(struct span name);
/* In an environment it would have the loader, a shell or an interpreter run something else. */
bool fcgi_given_is_unsafe(struct span name);

#endif
