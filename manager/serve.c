/* SPDX-License-Identifier: MIT
 *
 * serve: see serve.h. What it makes up is an ordinary configuration, read by the ordinary loader:
 * there is no second way into the house.
 */
#include "manager/serve.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "manager/conf_load.h"
#include "manager/daemon.h"
#include "manager/drop.h"
#include "manager/listen.h"
#include "manager/value.h"

#define USAGE "usage: hearth serve [DIR] [-l ADDR:PORT]\n"

#define DEFAULT_LISTEN "127.0.0.1:8080"

struct serve {
	const char *listen;
	char dir[PATH_MAX];
	char scripts[PATH_MAX]; /* empty: there are none */
	bool only_scripts;      /* DIR itself is the cgi-bin */
	char runtime[PATH_MAX];
	struct identity as; /* root: who runs the scripts; else ourselves */
};

/* ---- what there is to serve ---- */

static int complain_errno(const char *what)
{
	fprintf(stderr, "hearth: %s: %s\n", what, strerror(errno));
	return 1;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool has_scripts(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	bool any = false;

	while (dir && !any && (e = readdir(dir)))
		any = e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return any;
}

static void tell_example(const struct serve *s)
{
	printf("hearth: no scripts found, only files are served. A first script:\n"
	       "    mkdir -p '%s/cgi-bin' && cd '%s/cgi-bin'\n"
	       "    printf '#!/bin/sh\\necho \"Content-Type: text/plain\"; echo; echo hello\\n' "
	       "> hello && chmod +x hello\n",
		s->dir, s->dir);
}

static void find_scripts(struct serve *s)
{
	const char *slash = strrchr(s->dir, '/');
	int n = 0;

	s->only_scripts = slash && strcmp(slash, "/cgi-bin") == 0;
	if (s->only_scripts)
		n = snprintf(s->scripts, sizeof s->scripts, "%s", s->dir);
	else
		n = snprintf(s->scripts, sizeof s->scripts, "%s/cgi-bin", s->dir);
	if (n >= (int)sizeof s->scripts || !is_directory(s->scripts))
		s->scripts[0] = '\0';
	if (!s->scripts[0] || !has_scripts(s->scripts))
		tell_example(s);
}

/* ---- who runs it ---- */

static bool may_enter(const struct identity *id, const struct stat *st)
{
	if (st->st_uid == id->uid)
		return st->st_mode & S_IXUSR;
	for (size_t i = 0; i < id->ngroups; i++)
		if (st->st_gid == id->groups[i])
			return st->st_mode & S_IXGRP;
	return st->st_mode & S_IXOTH;
}

/* Rather now, in words, than later in every answer. */
static void warn_unless_reachable(const struct serve *s)
{
	char path[PATH_MAX];
	struct stat st;

	for (const char *p = s->dir; *p; p += strcspn(p + 1, "/") + 1) {
		size_t n = (size_t)(p - s->dir) + strcspn(p + 1, "/") + 1;
		snprintf(path, sizeof path, "%.*s", (int)n, s->dir);
		if (stat(path, &st) == 0 && !may_enter(&s->as, &st)) {
			fprintf(stderr,
				"hearth: user %s may not enter %s: what lies there cannot be "
				"served\n",
				s->as.user, path);
			return;
		}
	}
}

/* Scripts must not run as root: the owner of DIR is the best guess, nobody the next. */
static bool choose_user(struct serve *s)
{
	char why[200];
	struct stat st;
	const struct passwd *pw = NULL;

	if (stat(s->dir, &st) == 0 && st.st_uid != 0)
		pw = getpwuid(st.st_uid);
	if (!identity_find(&s->as, pw ? pw->pw_name : "nobody", NULL, why, sizeof why)) {
		fprintf(stderr, "hearth: %s\n", why);
		return false;
	}
	if (geteuid() != 0)
		return true;
	printf("hearth: started by root; scripts run as user %s%s\n", s->as.user,
		pw ? ", who owns the directory" : "");
	warn_unless_reachable(s);
	return true;
}

/* ---- the configuration ---- */

static const struct {
	const char *extension, *program;
} interpreters[] = {
	{"py", "python3"},
	{"pl", "perl"},
	{"rb", "ruby"},
	{"sh", "sh"},
	{"php", "php-cgi"},
	{"lua", "lua"},
	{"tcl", "tclsh"},
};

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	for (const char *p = path ? path : "/usr/local/bin:/usr/bin:/bin"; *p;) {
		size_t n = strcspn(p, ":");
		snprintf(file, sizeof file, "%.*s/%s", (int)n, p, program);
		if (p[0] == '/' && access(file, X_OK) == 0)
			return true;
		p += n + (p[n] == ':');
	}
	return false;
}

static void put(struct buf *text, const char *name, const char *value)
{
	buf_putf(text, "%s = ", name);
	value_put_text(value, text);
	buf_puts(text, "\n");
}

/* The scripts' directory is given relative to where we stand: what is above it may have a $pool in
 * its name, which means something in a pool. */
static void put_pool(const struct serve *s, struct buf *text)
{
	buf_puts(text, "[cgi]\ntype = cgi\nroute = /cgi-bin/\npm.max_children = 32\n");
	put(text, "directory", "cgi-bin");
	if (geteuid() == 0)
		put(text, "user", s->as.user);
	for (size_t i = 0; i < nitems(interpreters); i++)
		if (in_path(interpreters[i].program))
			buf_putf(text, "interpreter[.%s] = %s\n", interpreters[i].extension,
				interpreters[i].program);
}

static void put_conf(const struct serve *s, struct buf *text)
{
	buf_puts(text, "[global]\nlog_level = warning\n");
	buf_putf(text, "runtime_dir = %s\ncontrol = %s/control.sock\n", s->runtime, s->runtime);
	buf_puts(text, "[gateway]\naccess.log = stderr\n");
	put(text, "listen", s->listen);
	if (!s->only_scripts) {
		put(text, "document_root", s->dir);
		put(text, "autoindex", "yes"); /* it is one's own directory that one looks at */
	}
	if (geteuid() == 0)
		put(text, "user", s->as.user);
	if (s->scripts[0])
		put_pool(s, text);
	buf_put(text, "", 1);
}

static bool stand_above_scripts(const struct serve *s)
{
	return chdir(s->dir) == 0 && (!s->only_scripts || chdir("..") == 0);
}

static struct conf *make_conf(const struct serve *s)
{
	struct complaints complaints = COMPLAINTS_INIT;
	struct buf text = BUF_INIT;
	struct conf *conf;

	if (!stand_above_scripts(s)) {
		complain_errno(s->dir);
		return NULL;
	}
	put_conf(s, &text);
	conf = conf_load_text("hearth serve", buf_head(&text), &complaints);
	buf_clear(&text);
	complaints_put(&complaints, &text);
	fprintf(stderr, "%.*s", SPAN_FMT(buf_span(&text)));
	complaints_free(&complaints);
	buf_free(&text);
	return conf;
}

/* ---- serving ---- */

/* root's /run/user/0 is closed to the gateway's user, so root takes /tmp. */
static bool make_runtime(struct serve *s)
{
	const char *base = geteuid() == 0 ? NULL : getenv("XDG_RUNTIME_DIR");

	snprintf(s->runtime, sizeof s->runtime, "%s/hearth-XXXXXX",
		base && is_directory(base) ? base : "/tmp");
	if (!mkdtemp(s->runtime) || (geteuid() == 0 && chmod(s->runtime, 0711) < 0)) {
		complain_errno(s->runtime);
		s->runtime[0] = '\0';
		return false;
	}
	return true;
}

static void greet(const char *urls, const void *arg)
{
	const struct serve *s = arg;

	printf("hearth: serving %s at %s%s (Ctrl-C stops)\n", s->dir, urls,
		s->only_scripts ? "cgi-bin/" : "");
	fflush(stdout);
}

/* Asked before anything is made, for an answer that says what to do. */
static bool port_is_free(const struct serve *s)
{
	char why[200];
	int fd = listen_open(s->listen, why, sizeof why);

	if (fd < 0) {
		fprintf(stderr, "hearth: %s; choose another address with -l ADDR:PORT\n", why);
		return false;
	}
	close(fd);
	return true;
}

static int serve(struct serve *s)
{
	struct daemon_job job = {.greet = greet, .greet_arg = s};
	int status = 1;

	if (!port_is_free(s) || !choose_user(s) || !make_runtime(s))
		return 1;
	find_scripts(s);
	fflush(stdout);
	job.conf = make_conf(s);
	if (job.conf)
		status = daemon_run(&job);
	rmdir(s->runtime);
	identity_free(&s->as);
	return status;
}

/* -1: go on. */
static int parse(int argc, char **argv, struct serve *s, const char **dir)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			printf(USAGE "Serves the files below DIR (default: here) and the scripts "
				     "in DIR/cgi-bin at ADDR:PORT (default: " DEFAULT_LISTEN
				     ").\n");
			return 0;
		}
		if (strcmp(argv[i], "-l") == 0 && i + 1 < argc) {
			s->listen = argv[++i];
		} else if (argv[i][0] != '-' && !*dir) {
			*dir = argv[i];
		} else {
			fprintf(stderr, "hearth serve: unexpected \"%s\"\n" USAGE, argv[i]);
			return 64;
		}
	}
	return -1;
}

/* A line end in a name would be one in the configuration as well. */
static bool has_control(const char *path)
{
	for (; *path; path++)
		if ((unsigned char)*path < ' ' || *path == 0x7f)
			return true;
	return false;
}

int serve_main(int argc, char **argv)
{
	struct serve s = {.listen = DEFAULT_LISTEN};
	const char *dir = NULL;
	int status = parse(argc, argv, &s, &dir);

	if (status >= 0)
		return status;
	if (!realpath(dir ? dir : ".", s.dir))
		return complain_errno(dir ? dir : ".");
	if (!is_directory(s.dir)) {
		errno = ENOTDIR;
		return complain_errno(s.dir);
	}
	if (has_control(s.dir)) {
		fprintf(stderr, "hearth: the path of DIR has a control character in it: rename "
				"what has it\n");
		return 1;
	}
	return serve(&s);
}
