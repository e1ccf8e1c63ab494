/* SPDX-License-Identifier: MIT
 *
 * script_name: see script_name.h.
 *
 * An old copy of a script is a hole that was thought to be mended, and its text is what the new one
 * hides. An interpreter among the scripts has been one of the first holes of the web (CERT
 * CA-96.11).
 */
#include "common/script_name.h"

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"

/* ---- leftovers ---- */

/* A file with one of these behind its name is a copy. One that ends with a dash is followed by a
 * word. */
static const char *const leftovers[] = {
	"~",                               /* Emacs, Vim, joe, patch */
	".bak", ".old",                    /* people */
	".orig", ".rej",                   /* patch, merges */
	".save",                           /* nano */
	".swp", ".swo",                    /* Vim */
	".tmp",                            /* what writes anew and renames */
	".dpkg-", ".ucf-",                 /* Debian */
	".rpmnew", ".rpmsave", ".rpmorig", /* Red Hat, SUSE */
	".pacnew", ".pacsave",             /* Arch */
};

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool ends_nocase(struct span s, struct span tail)
{
	return s.n >= tail.n && strncasecmp(s.p + s.n - tail.n, tail.p, tail.n) == 0;
}

/* How much of the name's end is this leftover. */
static size_t leftover_at(struct span name, struct span ending)
{
	size_t word = 0;

	if (ending.p[ending.n - 1] == '-') {
		while (word < name.n &&
			is_one_of((char)(name.p[name.n - 1 - word] | 0x20), LETTERS))
			word++;
		if (word == 0)
			return 0;
	}
	name.n -= word;
	return ends_nocase(name, ending) ? word + ending.n : 0;
}

struct span script_name_original(struct span name)
{
	if (name.n > 2 && name.p[0] == '#' && name.p[name.n - 1] == '#') /* Emacs */
		return (struct span){name.p + 1, name.n - 2};
	for (size_t i = 0; i < nitems(leftovers); i++) {
		size_t n = leftover_at(name, span_of(leftovers[i]));
		if (n > 0)
			return (struct span){name.p, name.n - n};
	}
	return name;
}

/* ---- interpreters ---- */

static const char *const interpreters[] = {
	"sh",
	"ash",
	"bash",
	"dash",
	"ksh",
	"lksh",
	"mksh",
	"oksh",
	"pdksh",
	"rbash",
	"yash",
	"zsh",
	"csh",
	"tcsh",
	"fish",
	"elvish",
	"nu",
	"pwsh",
	"busybox",
	"toybox",
	"env",

	"php",
	"php-cgi",
	"php-cli",
	"php-fpm",
	"phpdbg",
	"perl",
	"perl5",
	"python",
	"pypy",
	"micropython",
	"ruby",
	"jruby",
	"lua",
	"luajit",
	"tclsh",
	"wish",
	"expect",
	"node",
	"nodejs",
	"deno",
	"bun",
	"qjs",
	"awk",
	"gawk",
	"mawk",
	"nawk",
	"original-awk",
	"guile",
	"gosh",
	"racket",
	"sbcl",
	"escript",
	"elixir",
	"julia",
	"java",
	"rscript",
};

/* "python3.11-dbg" is python, but "python3.cgi" is what somebody calls a script of his own. */
static bool has_extension(struct span name)
{
	struct span end = script_name_extension(name);

	return end.n > 0 && !is_one_of(end.p[0], DIGITS);
}

bool script_name_is_interpreter(struct span name)
{
	struct span stem = {name.p, 0};

	while (stem.n < name.n && !is_one_of(name.p[stem.n], DIGITS))
		stem.n++;
	while (stem.n < name.n && stem.n > 0 && is_one_of(stem.p[stem.n - 1], "-._"))
		stem.n--;
	for (size_t i = 0; i < nitems(interpreters); i++)
		if (span_is_nocase(stem, interpreters[i]))
			return !has_extension(name);
	return false;
}

/* ---- parts ---- */

struct span script_name_of(struct span path)
{
	size_t from = path.n;

	while (from > 0 && path.p[from - 1] != '/')
		from--;
	return span_from(path, from);
}

struct span script_name_extension(struct span name)
{
	for (size_t i = name.n; i-- > 0;)
		if (name.p[i] == '.')
			return span_from(name, i + 1);
	return SPAN_NONE;
}
