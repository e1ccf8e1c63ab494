/* SPDX-License-Identifier: MIT
 *
 * serve: see serve.h. Everything that can be wrong is found and said before the daemon starts; from
 * then on the screen speaks.
 */
#include "manager/serve.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/colour.h"
#include "manager/daemon.h"
#include "manager/drop.h"
#include "manager/serve_advise.h"
#include "manager/serve_conf.h"
#include "manager/serve_find.h"
#include "manager/serve_port.h"
#include "manager/serve_screen.h"

#define USAGE "usage: hearth serve [DIR] [-l [ADDR:]PORT]...\n"

static const char help[] = USAGE
	"Serves the files below DIR (default: here) and the scripts in DIR/cgi-bin, on "
	"this machine\nalone, at http://" PORT_DEFAULT "/ or the next port that is free.\n\n"
	"  -l PORT       another port\n"
	"  -l ADDR:PORT  another address as well; [V6]:PORT; *:PORT for all that there are\n"
	"  -l unix:PATH  a unix socket\n";

struct serve {
	struct site site;
	const char *dir;     /* as it was given, or NULL */
	struct words wanted; /* by -l */
	struct words listen;
	char runtime[PATH_MAX];
	struct identity as; /* root: who runs the scripts; else ourselves */
	bool out_of_reach;  /* DIR is, for who runs the scripts: that is all there is to say */
};

/* ---- where ---- */

static void add_word(struct words *w, char *word)
{
	w->at = mem_array(w->at, w->n + 1, sizeof *w->at);
	w->at[w->n++] = word;
}

static bool choose_addresses(struct serve *s)
{
	if (s->wanted.n == 0)
		add_word(&s->listen, port_default());
	for (size_t i = 0; i < s->wanted.n; i++)
		add_word(&s->listen, port_wanted(s->wanted.at[i]));
	for (size_t i = 0; i < s->listen.n; i++)
		if (!s->listen.at[i])
			return false;
	return true;
}

static void warn_of_public(const struct serve *s)
{
	for (size_t i = 0; i < s->listen.n; i++)
		if (port_is_public(s->listen.at[i]))
			fprintf(stderr,
				"hearth: not only this machine can reach %s: whoever can sees "
				"these files%s\n",
				s->listen.at[i],
				s->site.scripts[0] ? " and runs these scripts" : "");
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
static void warn_unless_reachable(struct serve *s)
{
	const char *dir = s->site.dir;
	char path[PATH_MAX];
	struct stat st;

	for (const char *p = dir; *p; p += strcspn(p + 1, "/") + 1) {
		size_t n = (size_t)(p - dir) + strcspn(p + 1, "/") + 1;
		snprintf(path, sizeof path, "%.*s", (int)n, dir);
		if (stat(path, &st) == 0 && !may_enter(&s->as, &st)) {
			fprintf(stderr,
				"hearth: user %s may not enter %s, so what lies there cannot be "
				"served: serve a directory elsewhere, or one that is not root's\n",
				s->as.user, path);
			s->out_of_reach = true;
			return;
		}
	}
}

/* Scripts must not run as root: the owner of DIR is the best guess, nobody the next. */
static bool choose_user(struct serve *s)
{
	char why[200], owner[16] = "nobody";
	struct stat st;
	bool owned = stat(s->site.dir, &st) == 0 && st.st_uid != 0;

	if (owned)
		snprintf(owner, sizeof owner, "%u", (unsigned)st.st_uid);
	if (!identity_find(&s->as, owner, NULL, why, sizeof why)) {
		fprintf(stderr, "hearth: %s\n", why);
		return false;
	}
	if (geteuid() != 0)
		return true;
	printf("hearth: started by root; scripts run as user %s%s\n", s->as.user,
		owned ? ", who owns the directory" : "");
	warn_unless_reachable(s);
	return true;
}

/* ---- a place for sockets ---- */

static bool make_in(const char *base, char runtime[PATH_MAX])
{
	int n = snprintf(runtime, PATH_MAX, "%s/hearth-XXXXXX", base);

	if (n < PATH_MAX && mkdtemp(runtime) && (geteuid() != 0 || chmod(runtime, 0711) == 0))
		return true;
	runtime[0] = '\0';
	return false;
}

/* root's /run/user/0 is closed to the gateway's user, so root does not take it. Of the others one
 * can be written to even where the root file system cannot. */
static bool make_runtime(struct serve *s)
{
	static const char *const places[] = {"/tmp", "/run", "/dev/shm", "/var/tmp"};
	const char *own = geteuid() == 0 ? NULL : getenv("XDG_RUNTIME_DIR");

	if (own && own[0] == '/' && make_in(own, s->runtime))
		return true;
	for (size_t i = 0; i < nitems(places); i++)
		if (make_in(places[i], s->runtime))
			return true;
	fprintf(stderr, "hearth: no directory can be made in /tmp: %s\n", strerror(errno));
	return false;
}

/* ---- what is said when it serves ---- */

/* As a browser opens it: an address that is all addresses is one's own as well. */
static void put_url(struct buf *out, struct span url, const char *path)
{
	static const struct {
		struct span any;
		const char *own;
	} hosts[] = {{SPAN_LIT("http://0.0.0.0:"), "http://127.0.0.1:"},
		{SPAN_LIT("http://[::]:"), "http://[::1]:"}};

	for (size_t i = 0; i < nitems(hosts); i++)
		if (span_starts(url, hosts[i].any)) {
			buf_puts(out, hosts[i].own);
			url = span_from(url, hosts[i].any.n);
		}
	buf_put_span(out, url);
	buf_puts(out, path);
}

static struct span take_word(struct span *rest)
{
	const char *blank = rest->n ? memchr(rest->p, ' ', rest->n) : NULL;
	struct span word = {rest->p, blank ? (size_t)(blank - rest->p) : rest->n};

	*rest = span_from(*rest, word.n + 1);
	return word;
}

/* A browser opens no unix socket. */
static void put_how(struct span url, struct buf *out)
{
	struct span path = span_from(url, sizeof "unix:" - 1);

	buf_putf(out, "hearth: to see it: curl --unix-socket %.*s http://localhost/\n",
		SPAN_FMT(path));
}

/* All of them, and the first of them once more for the links to scripts. */
static void put_urls(const struct serve *s, struct span urls, struct buf *out, struct buf *first)
{
	bool colour = colour_wanted(STDOUT_FILENO);

	while (urls.n) {
		struct span url = take_word(&urls);
		bool http = span_starts(url, SPAN_LIT("http://"));
		buf_putf(out, " %s", colour_text(colour, COLOUR_BOLD));
		put_url(out, url, http && s->site.only_scripts ? "cgi-bin/" : "");
		buf_puts(out, colour_text(colour, COLOUR_OFF));
		if (http && buf_len(first) == 0)
			put_url(first, url, "");
	}
	if (buf_len(first) == 0)
		buf_puts(first, "http://localhost/");
	buf_put(first, "", 1);
}

static void greet(const char *urls, const void *arg)
{
	const struct serve *s = arg;
	struct buf at = BUF_INIT, first = BUF_INIT, scripts = BUF_INIT;
	char dir[PATH_MAX];

	log_escape(dir, sizeof dir, s->site.dir, strlen(s->site.dir));
	put_urls(s, span_of(urls), &at, &first);
	if (!strstr(urls, "http://")) {
		struct span rest = span_of(urls);
		put_how(take_word(&rest), &scripts);
	}
	if (!s->out_of_reach)
		advise(&s->site, buf_head(&first), &scripts);
	printf("hearth: serving %s at%.*s (Ctrl-C stops)\n%.*s", dir, SPAN_FMT(buf_span(&at)),
		SPAN_FMT(buf_span(&scripts)));
	fflush(stdout);
	buf_free(&at);
	buf_free(&first);
	buf_free(&scripts);
	screen_begin();
}

/* ---- serving ---- */

static int run(struct serve *s)
{
	struct serve_wish wish = {.site = &s->site,
		.listen = s->listen,
		.user = geteuid() == 0 ? s->as.user : NULL,
		.runtime = s->runtime};
	struct daemon_job job = {.conf = serve_conf(&wish), .greet = greet, .greet_arg = s};
	struct screen screen;
	int status = 1;

	fflush(stdout);
	if (!job.conf)
		return 1;
	if (screen_open(&screen, &s->as, s->site.dir)) {
		status = daemon_run(&job);
		screen_close(&screen);
	} else {
		conf_free(job.conf);
	}
	return status;
}

static int serve(struct serve *s)
{
	int status = 1;

	if (site_open(&s->site, s->dir) && choose_addresses(s) && choose_user(s) &&
		make_runtime(s)) {
		warn_of_public(s);
		status = run(s);
		rmdir(s->runtime);
	}
	identity_free(&s->as);
	for (size_t i = 0; i < s->listen.n; i++)
		free(s->listen.at[i]);
	free(s->listen.at);
	free(s->wanted.at);
	return status;
}

static int misuse(const char *what)
{
	if (strcmp(what, "-l") == 0)
		fprintf(stderr, "hearth serve: -l needs a port behind it\n" USAGE);
	else
		fprintf(stderr, "hearth serve: unexpected \"%s\"\n" USAGE, what);
	return 64;
}

/* -1: go on. */
static int parse(int argc, char **argv, struct serve *s)
{
	bool words_only = false;

	for (int i = 1; i < argc; i++) {
		if (words_only || argv[i][0] != '-') {
			if (s->dir)
				return misuse(argv[i]);
			s->dir = argv[i];
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			printf("%s", help);
			return 0;
		} else if (strcmp(argv[i], "--") == 0) {
			words_only = true;
		} else if (argv[i][1] == 'l' && (argv[i][2] || i + 1 < argc)) {
			add_word(&s->wanted, argv[i][2] ? argv[i] + 2 : argv[++i]);
		} else {
			return misuse(argv[i]);
		}
	}
	return -1;
}

int serve_main(int argc, char **argv)
{
	struct serve s = {.dir = NULL};
	int status = parse(argc, argv, &s);

	return status >= 0 ? status : serve(&s);
}
