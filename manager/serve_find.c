/* SPDX-License-Identifier: MIT
 *
 * serve_find: see serve_find.h.
 */
#include "manager/serve_find.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/script_name.h"

/* So deep, and among so many files, scripts are looked for. */
#define DEPTH_MAX 2
#define SEEN_MAX  2000

const struct interpreter interpreters[] = {
	{"py", "python3"},
	{"pl", "perl"},
	{"rb", "ruby"},
	{"sh", "sh"},
	{"php", "php-cgi"},
	{"lua", "lua"},
	{"tcl", "tclsh"},
};
const size_t interpreters_count = nitems(interpreters);

bool interpreter_is_there(const struct interpreter *i)
{
	static const char *const places[] = {"/usr/local/bin", "/usr/bin", "/bin"};
	char file[PATH_MAX];
	bool found = false;

	for (size_t at = 0; at < nitems(places) && !found; at++) {
		snprintf(file, sizeof file, "%s/%s", places[at], i->program);
		found = access(file, X_OK) == 0;
	}
	return found;
}

/* ---- the directory ---- */

static bool complain_about(const char *dir, const char *why)
{
	fprintf(stderr, "hearth: %s: %s\n", dir, why);
	return false;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A line end in a name would be one in the configuration as well. */
static bool has_control(const char *path)
{
	for (; *path; path++)
		if ((unsigned char)*path < ' ' || *path == 0x7f)
			return true;
	return false;
}

static bool is_port(const char *word)
{
	return word[0] && word[strspn(word, "0123456789:")] == '\0';
}

static bool explain_absent(const char *dir)
{
	int err = errno;

	if (!dir)
		return complain_about("the working directory",
			"it cannot be found (was it removed?): go to another, or name one");
	if (!dir[0])
		return complain_about("DIR", "it is empty: name a directory, or leave it out for "
					     "the one you are in");
	if (err == ENOENT && is_port(dir))
		return complain_about(dir, "there is no such directory; a port is given by -l");
	return complain_about(dir, strerror(err));
}

static bool may_be_served(const struct site *s)
{
	if (!is_directory(s->dir))
		return complain_about(s->dir, "this is a file: name the directory that it is in");
	if (has_control(s->dir))
		return complain_about(
			"the path of DIR has a control character in it", "rename what has it");
	if (access(s->dir, R_OK | X_OK) < 0)
		return complain_about(s->dir, strerror(errno));
	return true;
}

bool site_join(char to[PATH_MAX], const char *dir, const char *name)
{
	bool root = strcmp(dir, "/") == 0;

	if (snprintf(to, PATH_MAX, "%s/%s", root ? "" : dir, name) < PATH_MAX)
		return true;
	to[0] = '\0';
	return false;
}

bool site_open(struct site *s, const char *dir)
{
	const char *slash;

	*s = (struct site){.only_scripts = false};
	if (!realpath(dir ? dir : ".", s->dir))
		return explain_absent(dir);
	if (!may_be_served(s))
		return false;
	slash = strrchr(s->dir, '/');
	s->only_scripts = slash && strcmp(slash, "/cgi-bin") == 0;
	if (s->only_scripts)
		memcpy(s->scripts, s->dir, sizeof s->scripts);
	else if (site_join(s->scripts, s->dir, "cgi-bin") && !is_directory(s->scripts))
		s->scripts[0] = '\0';
	return true;
}

/* ---- its scripts ---- */

static void add(struct find *f, const char *name)
{
	f->at = mem_array(f->at, f->n + 1, sizeof *f->at);
	f->at[f->n++] = mem_strdup(name);
}

void find_free(struct find *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->at[i]);
	free(f->at);
	*f = (struct find){NULL, 0};
}

void finds_free(struct finds *f)
{
	find_free(&f->run);
	find_free(&f->mute);
}

static const char *extension_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name ? dot + 1 : "";
}

static bool has_interpreter(const char *name)
{
	const char *extension = extension_of(name);

	for (size_t i = 0; i < nitems(interpreters); i++)
		if (strcmp(interpreters[i].extension, extension) == 0)
			return interpreter_is_there(&interpreters[i]);
	return false;
}

/* What the gateway would not run whoever asks. A script that is named env is one. */
static bool is_never_run(const char *name)
{
	struct span n = span_of(name);

	return script_name_is_leftover(n) ||
	       (script_name_is_interpreter(n) && strcmp(name, "env") != 0);
}

static bool begins_like_script(const char *path)
{
	FILE *f = fopen(path, "re");
	bool is = f && getc(f) == '#' && getc(f) == '!';

	if (f)
		fclose(f);
	return is;
}

static int no_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void look_in(struct finds *f, const char *dir, const char *below, int depth);

static void look_at(
	struct finds *f, const char *dir, const char *below, const char *name, int depth)
{
	char path[PATH_MAX];
	char *shown = mem_printf("%s%s", below, name);
	struct stat st;

	if (f->seen++ >= SEEN_MAX || has_control(name) || is_never_run(name) ||
		!site_join(path, dir, name) || stat(path, &st) < 0) {
		/* too many, or nothing to run */
	} else if (S_ISDIR(st.st_mode) && depth > 0) {
		char *inner = mem_printf("%s/", shown);
		look_in(f, path, inner, depth - 1);
		free(inner);
	} else if (S_ISREG(st.st_mode)) {
		if (st.st_mode & 0111 || has_interpreter(name))
			add(&f->run, shown);
		else if (begins_like_script(path))
			add(&f->mute, shown);
	}
	free(shown);
}

static void look_in(struct finds *f, const char *dir, const char *below, int depth)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, no_hidden, alphasort);

	f->unreadable |= n < 0;
	for (int i = 0; i < n; i++) {
		look_at(f, dir, below, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
}

void site_look(const struct site *s, struct finds *f)
{
	*f = (struct finds){.seen = 0};
	look_in(f, s->scripts, "", DEPTH_MAX);
}

static bool is_script_name(const char *name)
{
	if (strcmp(extension_of(name), "cgi") == 0)
		return true;
	for (size_t i = 0; i < nitems(interpreters); i++)
		if (strcmp(interpreters[i].extension, extension_of(name)) == 0)
			return true;
	return false;
}

void site_look_astray(const struct site *s, struct find *f)
{
	struct finds all = {.seen = 0};
	char path[PATH_MAX];

	*f = (struct find){NULL, 0};
	look_in(&all, s->dir, "", 0);
	for (size_t i = 0; i < all.run.n; i++)
		if (is_script_name(all.run.at[i]) && site_join(path, s->dir, all.run.at[i]) &&
			access(path, X_OK) == 0 && begins_like_script(path))
			add(f, all.run.at[i]);
	finds_free(&all);
}
