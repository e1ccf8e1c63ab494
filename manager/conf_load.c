/* SPDX-License-Identifier: MIT
 *
 * conf_load: see conf_load.h.
 */
#include "manager/conf_load.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "manager/conf_check.h"
#include "manager/conf_expand.h"
#include "manager/directive.h"
#include "manager/directive_key.h"
#include "manager/php_fpm.h"
#include "manager/source.h"
#include "manager/suggest.h"
#include "manager/value.h"

#define DEPTH_MAX 5
#define FILE_MAX  (16u << 20)

/* A file that is being read. */
struct reading {
	struct source src;
	const struct reading *from; /* the one that includes it, or NULL */
	unsigned depth;
	const char *dir; /* where relative paths in it start */
	dev_t dev;
	ino_t ino;
	bool text; /* it is no file */
};

struct loader {
	struct conf *conf;
	struct complaints *c;
	struct reading *at;
	enum conf_section section;
	void *base; /* the section's struct, NULL before the first */
	struct conf_marks *marks;
	struct conf_pool *pool; /* NULL in [global] and [gateway] */
};

#define COMPLAIN(ld, ...) complain((ld)->c, (ld)->at->src.file, (ld)->at->src.line, __VA_ARGS__)

/* ---- sections and directives ---- */

static void begin_pool(struct loader *ld, const char *name)
{
	struct conf *conf = ld->conf;
	struct conf_pool *pool = conf_pool_find(conf, name);

	if (!pool) {
		pool = conf_alloc(conf, sizeof *pool);
		pool->name = conf_strdup(conf, name);
		pool->file = ld->at->src.file;
		pool->line = ld->at->src.line;
		directive_defaults(conf, SECTION_POOL, pool);
		if (strcmp(name, SOURCE_NO_SECTION) != 0) {
			conf->pools = conf_extend(
				conf, conf->pools, conf->npools, sizeof *conf->pools);
			conf->pools[conf->npools++] = pool;
		}
	}
	ld->section = SECTION_POOL;
	ld->pool = ld->base = pool;
	ld->marks = &pool->marks;
}

static void begin_house(struct loader *ld, enum conf_section section)
{
	ld->section = section;
	ld->pool = NULL;
	ld->base = section == SECTION_GLOBAL ? (void *)&ld->conf->global : &ld->conf->gateway;
	ld->marks = section == SECTION_GLOBAL ? &ld->conf->global.marks : &ld->conf->gateway.marks;
}

static void add_mark(struct loader *ld, const char *name, const char *key)
{
	struct conf_marks *marks = ld->marks;

	marks->at = conf_extend(ld->conf, marks->at, marks->n, sizeof *marks->at);
	marks->at[marks->n++] = (struct conf_mark){
		name, key ? conf_strdup(ld->conf, key) : "", ld->at->src.file, ld->at->src.line};
}

static void begin_section(struct loader *ld, const char *name)
{
	if (strcmp(name, "global") == 0)
		begin_house(ld, SECTION_GLOBAL);
	else if (strcmp(name, "gateway") == 0)
		begin_house(ld, SECTION_GATEWAY);
	else
		begin_pool(ld, name);
	if (!conf_mark_find(ld->marks, "", NULL))
		add_mark(ld, "", NULL);
}

static const char *written(struct loader *ld, const char *name, const char *key)
{
	return key ? conf_printf(ld->conf, "%s[%s]", name, key) : name;
}

static const char *owner(struct loader *ld)
{
	return ld->pool ? conf_printf(ld->conf, "pool '%s'", ld->pool->name)
			: section_title(ld->section);
}

static void complain_stranger(struct loader *ld, const struct php_fpm_stranger *stranger)
{
	if (stranger->refused)
		COMPLAIN(ld, "%s of %s is not applied: %s", stranger->name, owner(ld),
			stranger->advice);
	else
		complain_mildly(ld->c, ld->at->src.file, ld->at->src.line,
			"%s of %s does nothing: %s", stranger->name, owner(ld), stranger->advice);
}

static void complain_unknown(struct loader *ld, const char *name, const char *key)
{
	const struct php_fpm_stranger *stranger = key ? NULL : php_fpm_stranger(ld->section, name);
	struct buf hint = BUF_INIT;

	if (stranger) {
		complain_stranger(ld, stranger);
		return;
	}
	suggest(ld->section, name, &hint);
	COMPLAIN(ld, "%s is not a directive of %s%.*s", written(ld, name, key),
		section_title(ld->section), SPAN_FMT(buf_span(&hint)));
	buf_free(&hint);
}

static void complain_value(struct loader *ld, const struct setting *s, const char *why)
{
	struct buf wanted = BUF_INIT;

	directive_expects(s->d, &wanted);
	COMPLAIN(ld, "%s = '%.60s' of %s %s: give %.*s", written(ld, s->d->name, s->key), s->text,
		owner(ld), why, SPAN_FMT(buf_span(&wanted)));
	buf_free(&wanted);
}

static void complain_key(struct loader *ld, const struct directive *d, const char *why)
{
	struct buf title = BUF_INIT;

	directive_title(d, &title);
	COMPLAIN(
		ld, "%s of %s %s: write %.*s", d->name, owner(ld), why, SPAN_FMT(buf_span(&title)));
	buf_free(&title);
}

/* False if it was set before. What php-fpm has may be set again by another file: images for
 * containers come with such. */
static bool may_be_set(struct loader *ld, const struct setting *s)
{
	const char *key = s->key ? s->key : "", *what = written(ld, s->d->name, s->key);
	const struct conf_mark *before = conf_mark_find(ld->marks, s->d->name, key);
	const struct source *src = &ld->at->src;

	if (!before || s->d->flags & MAY_REPEAT)
		return true;
	if (!php_fpm_has(s->d) || strcmp(before->file, src->file) == 0) {
		COMPLAIN(ld, "%s of %s is set twice, first at %s:%u: keep one of them", what,
			owner(ld), before->file, before->line);
		return false;
	}
	complain_mildly(ld->c, src->file, src->line,
		"%s of %s is set twice, first at %s:%u: this one holds", what, owner(ld),
		before->file, before->line);
	return true;
}

static void include(struct loader *ld, const char *text);

/* In files of php-fpm an include may stand in pools too. */
static const struct directive *find(struct loader *ld, const char *name)
{
	bool includes = ld->section == SECTION_POOL && strcmp(name, "include") == 0;

	return directive_find(includes ? SECTION_GLOBAL : ld->section, name);
}

static void set_directive(struct loader *ld, char *name, const char *value)
{
	char *bracket = strchr(name, '['), *key = NULL;
	struct setting s = {.conf = ld->conf, .section = ld->base, .dir = ld->at->dir};
	const char *why;

	if (bracket && name[strlen(name) - 1] == ']') {
		name[strlen(name) - 1] = '\0';
		*bracket = '\0';
		key = bracket + 1;
	}
	s.d = find(ld, name);
	if (!s.d) {
		complain_unknown(ld, name, key);
		return;
	}
	if ((why = directive_key(s.d, key))) {
		complain_key(ld, s.d, why);
		return;
	}
	if (ld->pool && ld->pool->prefix)
		s.dir = ld->pool->prefix;
	s.key = key;
	s.text = conf_expand(ld->conf, ld->pool, php_fpm_value(ld->conf, s.d, value));
	if (php_fpm_is_unset(s.d, s.text) || !may_be_set(ld, &s))
		return;
	why = conf_expand_late(s.d, ld->marks);
	add_mark(ld, s.d->name, key);
	if (why)
		COMPLAIN(ld, "%s of %s stands below %s: make it the first line of its pool",
			s.d->name, owner(ld), why);
	else if ((why = directive_set(&s)))
		complain_value(ld, &s, why);
	else if (s.d->type == TYPE_INCLUDE)
		include(ld, s.text);
}

static int on_line(void *user, const char *section, const char *name, const char *nothing)
{
	struct loader *ld = user;
	char copy[SOURCE_NAME_MAX + 1];

	(void)nothing;
	snprintf(copy, sizeof copy, "%s", name);
	if (*name == '\0')
		begin_section(ld, section);
	else if (!ld->base)
		COMPLAIN(ld,
			"%s stands before any section: put [global], [gateway] or [POOL] above it",
			name);
	else
		set_directive(ld, copy, ld->at->src.value);
	return 1;
}

/* ---- files ---- */

static const char *keep_file(struct conf *conf, const char *path)
{
	conf->files = conf_extend(conf, conf->files, conf->nfiles, sizeof *conf->files);
	return conf->files[conf->nfiles++] = conf_strdup(conf, path);
}

static void read_text(struct loader *ld, struct reading *r, const char *file, struct span text)
{
	struct loader outer = *ld;

	ld->at = r;
	if (!ld->pool)
		ld->base = NULL; /* what a pool includes may go on with it */
	source_open(&r->src, file, text, ld->c);
	if (ini_parse_stream(source_next, &r->src, on_line, ld) != 0)
		COMPLAIN(ld, "libinih cannot read this although it should: please report it");
	*ld = outer;
}

/* With its slash; empty if there is none. */
static char *dir_of(struct conf *conf, const char *path)
{
	const char *slash = strrchr(path, '/');

	return conf_strndup(conf, path, slash ? (size_t)(slash - path) + 1 : 0);
}

/* A path as it is written in the file that is being read, as we can open it. */
static char *beside(struct loader *ld, const char *path)
{
	bool absolute = *path == '/';

	return conf_printf(
		ld->conf, "%s%s", absolute ? "" : dir_of(ld->conf, ld->at->src.file), path);
}

/* The directory that relative paths in this file start at. */
static const char *absolute_dir(struct conf *conf, const char *path)
{
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	const char *dir;

	while (path[0] == '.' && path[1] == '/')
		path += 1 + strspn(path + 1, "/");
	dir = conf_printf(conf, "%s%s%s", here ? here : "", here ? "/" : "", dir_of(conf, path));
	free(here);
	return dir;
}

static const char *slurp(int fd, struct buf *to)
{
	for (;;) {
		ssize_t n;
		if (!buf_reserve(to, 65536))
			return strerror(ENOMEM);
		n = read(fd, buf_tail(to), buf_room(to));
		if (n == 0)
			return NULL;
		if (n < 0 && errno != EINTR)
			return strerror(errno);
		buf_grew(to, n > 0 ? (size_t)n : 0);
		if (buf_len(to) > FILE_MAX)
			return "this is no configuration: it is larger than 16 MiB";
	}
}

/* Whether the open file may be read now; notes which it is. */
static const char *admit(int fd, struct reading *r)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (r->from && !S_ISREG(st.st_mode))
		return "this is not a file";
	for (const struct reading *it = r->from; it; it = it->from)
		if (it->dev == st.st_dev && it->ino == st.st_ino)
			return "it includes itself";
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	return r->depth > DEPTH_MAX ? "includes are nested more than 5 deep" : NULL;
}

/* NULL, or why the file cannot be read. What is wrong in it is complained about. */
static const char *read_file(struct loader *ld, const char *path, const struct reading *from)
{
	struct reading r = {.from = from, .depth = from ? from->depth + 1 : 0};
	/* A FIFO must not make an include wait, but is a way to give us the first file. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (from ? O_NONBLOCK : 0));
	const char *why = fd < 0 ? strerror(errno) : admit(fd, &r);
	struct buf text = BUF_INIT;

	if (!why)
		why = slurp(fd, &text);
	fd_close(&fd);
	if (!why) {
		r.dir = absolute_dir(ld->conf, path);
		read_text(ld, &r, keep_file(ld->conf, path), buf_span(&text));
	}
	buf_free(&text);
	return why;
}

static void include_file(struct loader *ld, const char *path)
{
	const char *why = read_file(ld, path, ld->at);

	if (why)
		COMPLAIN(ld, "include of %s: %s", path, why);
}

/* The directory of the file is no pattern, whatever its name. */
static const char *as_pattern(struct loader *ld, const char *pattern)
{
	const char *dir = dir_of(ld->conf, ld->at->src.file);
	char *escaped = conf_alloc(ld->conf, 2 * strlen(dir) + 1), *to = escaped;

	if (*pattern == '/')
		return pattern;
	for (; *dir; dir++) {
		if (strchr("*?[]\\", *dir))
			*to++ = '\\';
		*to++ = *dir;
	}
	return conf_printf(ld->conf, "%s%s", escaped, pattern);
}

static void include_all(struct loader *ld, const char *pattern)
{
	glob_t found;

	if (glob(as_pattern(ld, pattern), 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			include_file(ld, found.gl_pathv[i]);
	globfree(&found);
}

static void include(struct loader *ld, const char *text)
{
	char *path = conf_strdup(ld->conf, text);

	if (*text == '"')
		value_word(&text, path);
	if (ld->at->text)
		COMPLAIN(ld, "include works in files only");
	else if (strpbrk(path, "*?["))
		include_all(ld, path);
	else
		include_file(ld, beside(ld, path));
}

/* ---- the whole ---- */

static struct loader begin(const char *path, struct complaints *c)
{
	struct loader ld = {.conf = conf_new(), .c = c};

	ld.conf->path = conf_strdup(ld.conf, path);
	directive_defaults(ld.conf, SECTION_GLOBAL, &ld.conf->global);
	directive_defaults(ld.conf, SECTION_GATEWAY, &ld.conf->gateway);
	complaints_file(c, path);
	return ld;
}

static struct conf *finish(struct loader *ld, size_t errors_before)
{
	if (ld->c->errors == errors_before)
		return ld->conf;
	conf_free(ld->conf);
	return NULL;
}

struct conf *conf_load(const char *path, struct complaints *c)
{
	size_t errors = c->errors;
	struct loader ld = begin(path, c);
	const char *why = read_file(&ld, path, NULL);

	if (why)
		complain(c, path, 1, "the file cannot be read: %s", why);
	else
		conf_check(ld.conf, c);
	return finish(&ld, errors);
}

struct conf *conf_load_text(const char *name, const char *text, struct complaints *c)
{
	size_t errors = c->errors;
	struct loader ld = begin(name, c);
	struct reading r = {.text = true, .dir = absolute_dir(ld.conf, "")};

	read_text(&ld, &r, keep_file(ld.conf, name), span_of(text));
	conf_check(ld.conf, c);
	return finish(&ld, errors);
}
