/* SPDX-License-Identifier: MIT
 *
 * value: the small languages inside values: quoted words, numbers with units, limits, listen
 * addresses, routes, host names.
 * Runs in: the manager. Pure: text in, an answer out; knows no directive and no configuration.
 *
 * What reads returns NULL, or what the text is or has: "has no port at its end".
 */
#ifndef HEARTH_VALUE_H
#define HEARTH_VALUE_H

#include "common/buf.h"
#include "common/limit.h"

/* A list of units ends with a NULL name. The name "" is for a bare number. */
struct unit {
	const char *name;
	uint64_t factor;
};

extern const struct unit value_counts[], value_percents[], value_sizes[];
extern const struct unit value_times[]; /* milliseconds */

/* Digits and a unit; false if it is anything else. What 64 bits cannot hold is UINT64_MAX. */
bool value_number(const char *text, const struct unit *units, uint64_t *number);
/* With the first of the units that leaves no rest. */
void value_put_number(uint64_t number, const struct unit *units, struct buf *out);

/* A file mode: up to four octal digits, of which the first may be 0 only. */
bool value_mode(const char *text, unsigned *mode);
/* LIMIT, or SOFT:HARD; each a number of the kind that the row has, with its unit, or unlimited.
 * One alone is both; but of CPU time, it is when SIGXCPU comes, and SIGKILL comes a second later,
 * so that it can be seen what a process died of. */
const char *value_limit(const char *text, const struct limit_row *row, struct rlimit *is);

/* A nice value (nice(2)), from -20 to 19. */
bool value_nice(const char *text, int *nice);

/* Takes the next word of *p into `to`, which has room for all of *p. Any part of a word may stand
 * in double quotes; there, a backslash makes " and itself ordinary and means nothing else. */
const char *value_word(const char **p, char *to);
/* s, in quotes if it needs them to be read again as one word, or as the whole of a line. */
void value_put_word(const char *s, struct buf *out);
void value_put_text(const char *s, struct buf *out);

#define VALUE_LISTEN_MAX 128

/* ADDRESS:PORT, [V6]:PORT, *:PORT, PORT, unix:/PATH, systemd:NAME, each with ",proxy" behind it or
 * not. `name` becomes one spelling for all that mean the same address; empty for port 0, which is a
 * new port each time. */
const char *value_listen(const char *text, char name[static VALUE_LISTEN_MAX]);
/* What stands behind "systemd:", which names a socket that is handed over; NULL: it is none. */
const char *value_listen_name(const char *text);
/* PORT. */
bool value_listen_is_port(const char *text);
/* One of the names that value_listen gives; both: it is a PORT alone of a pool, which is at all
 * addresses of both families. */
struct value_door {
	const char *name;
	bool both;
};
/* Can only one of the two be open? "" never is in anyone's way. */
bool value_listens_clash(struct value_door a, struct value_door b);
/* "0.0.0.0 80", ":: 80". */
bool value_listen_is_every(const char *name);
/* How many bytes of it are the address; whether ",proxy" follows. */
size_t value_listen_address(const char *text, bool *proxy);
#define VALUE_BACKEND_MAX 272

/* What is connected to: unix:/PATH, HOST:PORT, ADDRESS:PORT, [V6]:PORT. `name` is as above, for one
 * that has an address; a host's is in lower case. */
const char *value_backend(const char *text, char name[static VALUE_BACKEND_MAX]);
/* Whether the path of a socket fits into its address. */
bool value_fits_socket(const char *path);

/* =/PATH, /PREFIX/, *.EXTENSION */
const char *value_route(const char *text);
/* NAME or *.NAME, in lower case, or an address. */
const char *value_host(const char *text);
/* A name as IANA gives them: letters, digits and a few marks (RFC 2978 2.3). */
bool value_charset(const char *text);

/* The name of a header field of answers that nobody else has a meaning for. NULL, or why it is
 * none.
 */
const char *value_own_header(const char *text);

/* A path that stands for itself in a URL, as php-fpm wants it for its pages: it begins with a
 * slash, and there are letters, digits and - . / _ ~ in it. */
bool value_is_url_path(const char *text);

#define VALUE_NAME_MAX 64

/* How many letters to add, to drop, to change, or to swap with their neighbour to make b of a;
 * UINT32_MAX if one of them is longer than VALUE_NAME_MAX. */
unsigned value_distance(const char *a, const char *b);

#endif
