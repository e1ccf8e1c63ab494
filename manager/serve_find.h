/* SPDX-License-Identifier: MIT
 *
 * serve_find: what there is to serve in a directory, and which of it would be run.
 * Runs in: the manager, for `hearth serve`. Knows no configuration and no address.
 */
#ifndef HEARTH_SERVE_FIND_H
#define HEARTH_SERVE_FIND_H

#include <limits.h>

#include "common/buf.h"

struct site {
	char dir[PATH_MAX];
	char scripts[PATH_MAX]; /* empty: there is no directory of scripts */
	bool only_scripts;      /* DIR itself is the cgi-bin */
};

/* What runs files that are not executable, by their extension. */
struct interpreter {
	const char *extension, *program;
};

extern const struct interpreter interpreters[];
extern const size_t interpreters_count;

bool interpreter_is_there(const struct interpreter *i);

/* DIR, or NULL for the working directory. False: it cannot be served, and the sentence is said. */
bool site_open(struct site *s, const char *dir);
/* DIR/NAME, or false and an empty path if that is too long. */
bool site_join(char to[PATH_MAX], const char *dir, const char *name);

struct find {
	char **at; /* paths below where was looked */
	size_t n;
};

struct finds {
	struct find run;  /* would be run */
	struct find mute; /* would be if they were executable */
	size_t seen;
	bool unreadable; /* not everything could be looked at */
};

/* The scripts in the directory of scripts. */
void site_look(const struct site *s, struct finds *f);
/* Scripts that lie among the files instead. */
void site_look_astray(const struct site *s, struct find *f);
void find_free(struct find *f);
void finds_free(struct finds *f);

#endif
