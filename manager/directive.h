/* SPDX-License-Identifier: MIT
 *
 * directive: the table of everything that can be configured, and what can be done with a row
 * whatever it is: set, default, range, compare, write back, describe.
 * Runs in: the manager. Knows values one by one; files are conf_load's, rules across directives
 * are conf_check's.
 */
#ifndef HEARTH_DIRECTIVE_H
#define HEARTH_DIRECTIVE_H

#include "manager/conf.h"

enum conf_section { SECTION_GLOBAL, SECTION_GATEWAY, SECTION_POOL, SECTIONS };

enum directive_type {
	TYPE_TEXT,
	TYPE_PATH,    /* made absolute, but for the words in `choices` */
	TYPE_PROGRAM, /* a path if it has a slash, else a name to be looked up */
	TYPE_INCLUDE, /* not kept: conf_load reads the files */
	TYPE_BOOL,
	TYPE_ENUM,
	TYPE_UINT, /* `choices` are names of certain numbers */
	TYPE_SIZE,
	TYPE_TIME, /* kept in milliseconds */
	TYPE_PERCENT,
	TYPE_MODE,
	TYPE_LIMIT, /* by what its key or its row says; kept as text */
	TYPE_NICE,  /* kept as text */
	TYPE_WORDS,
	TYPE_COMMAND, /* words, the first of which is a program */
	TYPES
};

/* What may stand in brackets behind the name. */
enum directive_key {
	KEY_NONE,
	KEY_NAME,
	KEY_SETTING, /* a name with dots in it */
	KEY_FLAG,    /* the same, of what is on or off */
	KEY_EXTENSION,
	KEY_LIMIT,
	KEY_LIST /* nothing */
};

enum directive_flag {
	MAY_BE_EMPTY = 1,
	MAY_REPEAT = 2,
	ONLY_FASTCGI = 4, /* has no effect in other types of pools */
	ONLY_CGI = 8,
	ONLY_ONDEMAND = 16,    /* has no effect with another pm */
	REQUIRED = 32,         /* where it has an effect */
	HAS_PLACEHOLDERS = 64, /* those of access_format.h */
	ONLY_DYNAMIC = 128,
	ONLY_SYSLOG = 256,
	ONLY_CAUGHT = 512,  /* in a cgi pool that keeps what its scripts say */
	ONLY_LOGGED = 1024, /* in a pool with an access log of its own */
	ONLY_LISTEN = 2048, /* in a pool that web servers speak FastCGI to */
	ONLY_EXTERNAL = 4096,
	ONLY_HIRED = 8192,  /* in a pool whose processes hearth starts */
	ONLY_SPOKEN = 16384 /* in a pool that hearth speaks FastCGI to */
};

struct choice {
	const char *name; /* NULL ends the list */
	unsigned value;
};

struct directive {
	enum conf_section section;
	enum directive_type type;
	const char *name;
	size_t offset, size; /* of the field in the section's struct */
	const char *value;   /* the default, as text; NULL: none */
	const char *unset;   /* what holds then */
	uint64_t min, max;
	const struct choice *choices;
	enum directive_key key;
	const char *limit; /* which one it sets, if that is not its key */
	unsigned flags;
	const char *takes;   /* what to give, where the type does not say it all */
	const char *example; /* a value, where there is no default */
	const char *also;    /* "php-fpm NAME, nginx NAME": who else calls it what; or NULL */
	const char *help;
};

extern const struct directive directives[];
extern const size_t directives_count;

#define directive_for_each(d) \
	for (const struct directive *(d) = directives; (d) < directives + directives_count; (d)++)

/* A value on its way into a section. */
struct setting {
	const struct directive *d;
	struct conf *conf; /* gets the memory */
	void *section;     /* struct conf_global, conf_gateway or conf_pool */
	const char *key;   /* what stands in brackets, or NULL */
	const char *text;
	const char *dir; /* what relative paths are relative to; absolute */
};

/* The row of a name without its brackets, or NULL. */
const struct directive *directive_find(enum conf_section section, const char *name);

/* NULL, or what the value is or has: "is out of range". */
const char *directive_set(const struct setting *s);
/* Sets all directives of a section to their defaults. */
void directive_defaults(struct conf *conf, enum conf_section section, void *base);
/* name = value as a file would have it, one line for each key; nothing if there is no value. */
void directive_put(const struct directive *d, const void *base, struct buf *out);
bool directive_same(const struct directive *d, const void *a, const void *b);
/* "a time from 1ms to 30d": what may be given. */
void directive_expects(const struct directive *d, struct buf *out);

/* Where a directive belongs: "[global]", "a pool". */
const char *section_title(enum conf_section section);

#endif
