/* SPDX-License-Identifier: MIT
 *
 * serve_advise: see serve_advise.h.
 */
#include "manager/serve_advise.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

/* So many are named. */
#define SHOWN_MAX 10

/* Everything that is not plain goes as %XX (RFC 3986 2.1). */
static void put_link(struct buf *out, const char *url, const char *path)
{
	buf_puts(out, url);
	for (; *path; path++)
		if (isalnum((unsigned char)*path) || strchr("-._~/", *path))
			buf_put(out, path, 1);
		else
			buf_putf(out, "%%%02X", (unsigned char)*path);
}

/* As a word for a shell. */
static void put_word(struct buf *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_./-+:@%,=";

	if (word[0] && word[0] != '-' && word[strspn(word, plain)] == '\0') {
		buf_puts(out, word);
		return;
	}
	buf_puts(out, "'");
	for (; *word; word++)
		if (*word == '\'')
			buf_puts(out, "'\\''");
		else
			buf_put(out, word, 1);
	buf_puts(out, "'");
}

static void put_words(struct buf *out, const struct find *f, const char *dir)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < f->n && i < SHOWN_MAX; i++) {
		buf_puts(out, " ");
		if (site_join(path, dir, f->at[i]))
			put_word(out, path);
	}
}

static void put_links(const struct find *f, const char *url, struct buf *out)
{
	char *base = mem_printf("%scgi-bin/", url);

	for (size_t i = 0; i < f->n && i < SHOWN_MAX; i++) {
		buf_puts(out, "  ");
		put_link(out, base, f->at[i]);
		buf_puts(out, "\n");
	}
	if (f->n > SHOWN_MAX)
		buf_putf(out, "  and %zu more in cgi-bin/\n", f->n - SHOWN_MAX);
	free(base);
}

/* Where whoever reads this can make files: in DIR, or else in a directory of his own. */
static bool example_place(const struct site *s, char dir[PATH_MAX], char own[PATH_MAX])
{
	const char *home = geteuid() == 0 ? "/srv"
					  : getenv("HOME"); /* root's is closed to others */
	const char *base = s->scripts[0] ? s->scripts : s->dir;
	bool usable = home && home[0] == '/' && access(home, W_OK) == 0;

	own[0] = '\0';
	if (access(base, W_OK) < 0)
		return site_join(own, usable ? home : "/tmp", "hearth-site") &&
		       site_join(dir, own, "cgi-bin");
	if (!s->scripts[0])
		return site_join(dir, s->dir, "cgi-bin");
	memcpy(dir, s->scripts, PATH_MAX);
	return true;
}

static void put_example(const struct site *s, const char *url, struct buf *out)
{
	char dir[PATH_MAX], file[PATH_MAX], own[PATH_MAX];

	if (!example_place(s, dir, own) || !site_join(file, dir, "hello"))
		return;
	buf_puts(out, "To make a first one, paste this into a shell:\n\n    mkdir -p ");
	put_word(out, dir);
	buf_puts(out, "\n    printf '#!/bin/sh\\necho \"Content-Type: text/plain\"\\necho\\necho "
		      "hello\\n' >");
	put_word(out, file);
	buf_puts(out, "\n    chmod 755 ");
	put_word(out, file);
	if (own[0]) {
		buf_puts(out, "\n    hearth serve ");
		put_word(out, own);
	}
	buf_puts(out, "\n\n");
	if (!own[0])
		buf_putf(out, "then %sopen %scgi-bin/hello\n",
			s->scripts[0] ? "" : "start hearth serve again and ", url);
}

static void put_stray(const struct site *s, const struct find *stray, struct buf *out)
{
	char dir[PATH_MAX];

	if (!site_join(dir, s->dir, "cgi-bin"))
		return;
	buf_putf(out,
		"hearth: only files are served: %s%s%s would run if %s in cgi-bin/:\n\n    mkdir ",
		stray->at[0], stray->n > 1 ? " and others" : "", stray->n > 1 ? " here" : "",
		stray->n > 1 ? "they were" : "it was");
	put_word(out, dir);
	buf_puts(out, "\n    mv");
	put_words(out, stray, s->dir);
	buf_puts(out, " ");
	put_word(out, dir);
	buf_puts(out, "\n\nthen start hearth serve again\n");
}

static void put_no_directory(const struct site *s, const char *url, struct buf *out)
{
	struct find stray;
	char path[PATH_MAX];
	struct stat st;

	site_look_astray(s, &stray);
	if (stray.n) {
		put_stray(s, &stray, out);
	} else if (site_join(path, s->dir, "cgi-bin") && lstat(path, &st) == 0) {
		buf_puts(
			out, "hearth: cgi-bin is not a directory here, so only files are served\n");
	} else {
		buf_puts(out, "hearth: there are no scripts here (no cgi-bin/), so only files are "
			      "served. ");
		put_example(s, url, out);
	}
	find_free(&stray);
}

static void put_mute(const struct site *s, const struct find *mute, struct buf *out)
{
	if (mute->n == 0)
		return;
	buf_puts(
		out, "hearth: not executable, and so not run; this would change it:\n    chmod +x");
	put_words(out, mute, s->scripts);
	buf_puts(out, "\n");
}

void advise(const struct site *s, const char *url, struct buf *out)
{
	struct finds f;

	if (!s->scripts[0]) {
		put_no_directory(s, url, out);
		return;
	}
	site_look(s, &f);
	put_links(&f.run, url, out);
	put_mute(s, &f.mute, out);
	if (f.unreadable) {
		buf_puts(out, "hearth: cgi-bin/, or a directory in it, cannot be read\n");
	} else if (f.run.n == 0 && f.mute.n == 0) {
		buf_puts(out, "hearth: there are no scripts in cgi-bin/ yet. ");
		put_example(s, url, out);
	}
	finds_free(&f);
}
