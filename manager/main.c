/* SPDX-License-Identifier: MIT
 *
 * hearth: the command line. Each subcommand is a row of one table.
 * Runs in: the manager, and the short-lived commands that check a file or talk to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "manager/activated.h"
#include "manager/command.h"
#include "manager/conf_load.h"
#include "manager/conf_show.h"
#include "manager/ctl.h"
#include "manager/daemon.h"
#include "manager/serve.h"
#include "manager/top.h"
#include "manager/value.h"

#define EX_USAGE  64
#define EX_CONFIG 78

struct subcommand {
	const char *name, *usage;
	int (*fn)(int argc, char **argv);
	const char *help;
};

static const struct subcommand *find(const char *name);

static int usage_of(const char *name)
{
	fprintf(stderr, "usage: hearth %s %s\n", name, find(name)->usage);
	return EX_USAGE;
}

/* getopt was told to be silent: it would begin with the command's name alone. */
static int misused(const char *name, int opt)
{
	if (opt == ':')
		fprintf(stderr, "hearth %s: -%c needs a value behind it\n", name, optopt);
	else
		fprintf(stderr, "hearth %s: there is no option -%c\n", name, optopt);
	return usage_of(name);
}

/* ---- the file ---- */

/* NULL if there were complaints; warnings are shown as well. */
static struct conf *load(const char *path)
{
	struct complaints complaints = COMPLAINTS_INIT;
	struct buf text = BUF_INIT;
	struct conf *conf = conf_load(path, &complaints);

	complaints_put(&complaints, &text);
	fprintf(stderr, "%.*s", SPAN_FMT(buf_span(&text)));
	complaints_free(&complaints);
	buf_free(&text);
	return conf;
}

static int run_main(int argc, char **argv)
{
	struct daemon_job job = {0};
	struct activated handed;
	int opt, status = EX_CONFIG;
	char why[300];

	while ((opt = getopt(argc, argv, "+:c:Dp:")) != -1) {
		if (opt == 'c')
			job.path = optarg;
		else if (opt == 'D')
			job.background = true;
		else if (opt == 'p')
			job.pidfile = optarg;
		else
			return misused(argv[0], opt);
	}
	if (!job.path || optind < argc)
		return usage_of(argv[0]);
	if (!activated_take(&handed, why, sizeof why)) {
		fprintf(stderr, "hearth: %s\n", why);
		return EX_CONFIG;
	}
	job.handed = &handed;
	job.conf = load(job.path);
	if (job.conf) {
		if (!job.pidfile)
			job.pidfile = job.conf->global.pid;
		job.background |= job.conf->global.daemonize;
		status = daemon_run(&job);
	}
	activated_free(&handed);
	return status;
}

static int check_main(int argc, char **argv)
{
	const char *path = NULL;
	bool verbose = false;
	struct buf text = BUF_INIT;
	struct conf *conf;
	int opt;

	while ((opt = getopt(argc, argv, "+:c:v")) != -1) {
		if (opt == 'c')
			path = optarg;
		else if (opt == 'v')
			verbose = true;
		else
			return misused(argv[0], opt);
	}
	if (!path || optind < argc)
		return usage_of(argv[0]);
	conf = load(path);
	if (!conf)
		return EX_CONFIG;
	if (verbose)
		conf_dump(conf, &text);
	else
		buf_puts(&text, "configuration OK\n");
	fwrite(buf_head(&text), 1, buf_len(&text), stdout);
	buf_free(&text);
	conf_free(conf);
	return 0;
}

static int explain_main(int argc, char **argv)
{
	struct buf text = BUF_INIT;
	bool known;

	if (argc != 2)
		return usage_of(argv[0]);
	known = conf_explain(argv[1], &text);
	fwrite(buf_head(&text), 1, buf_len(&text), known ? stdout : stderr);
	buf_free(&text);
	return known ? 0 : 1;
}

/* ---- the table ---- */

static int version_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("hearth %s\n", HEARTH_VERSION);
	return 0;
}

static int help_main(int argc, char **argv);

/* What is asked of a running daemon is in another table: command.c. */
static const struct subcommand subcommands[] = {
	{"serve", "[DIR] [-l [ADDR:]PORT]", serve_main, "serve a directory and its scripts"},
	{"run", "-c FILE [-D] [-p PIDFILE]", run_main, "be the daemon; -D: in the background"},
	{"check", "-c FILE [-v]", check_main, "test a configuration; -v: all of it"},
	{"explain", "DIRECTIVE", explain_main, "what a directive does"},
	{"top", "[-1] [-s SOCKET | -c FILE]", top_main, "pools, live; -1: once"},
	{"--version", "", version_main, "which version this is"},
	{"--help", "", help_main, "this"},
};

static void help_line(const char *name, const char *usage, const char *help)
{
	int pad = 30 - (int)strlen(name) - (int)strlen(usage);

	printf("  hearth %s %s%*s %s\n", name, usage, pad > 0 ? pad : 0, "", help);
}

static int help_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("hearth, a process manager and gateway for CGI and FastCGI programs\n\n");
	for (size_t i = 0; i < nitems(subcommands); i++)
		help_line(subcommands[i].name, subcommands[i].usage, subcommands[i].help);
	printf("\nTo a daemon that runs (which one say -s SOCKET or -c FILE):\n\n");
	for (size_t i = 0; i < ncommands; i++)
		help_line(commands[i].name, commands[i].usage, commands[i].help);
	return 0;
}

/* What people type who do not know yet. */
static const char *other_names[][2] = {
	{"help", "--help"}, {"-h", "--help"}, {"version", "--version"}, {"-V", "--version"}};

static const struct subcommand *find(const char *name)
{
	for (size_t i = 0; i < nitems(other_names); i++)
		if (strcmp(other_names[i][0], name) == 0)
			name = other_names[i][1];
	for (size_t i = 0; i < nitems(subcommands); i++)
		if (strcmp(subcommands[i].name, name) == 0)
			return &subcommands[i];
	return NULL;
}

/* The known name that is nearest to what was typed, if one is near. */
static void nearer(const char *known, const char *typed, const char **best, unsigned *least)
{
	unsigned d = value_distance(known, typed);

	if (d >= *least)
		return;
	*least = d;
	*best = known;
}

static int unknown(const char *name)
{
	const char *best = NULL;
	unsigned least = 3;

	for (size_t i = 0; i < nitems(subcommands); i++)
		nearer(subcommands[i].name, name, &best, &least);
	for (size_t i = 0; i < ncommands; i++)
		nearer(commands[i].name, name, &best, &least);
	fprintf(stderr, "hearth: there is no command \"%s\"", name);
	if (best)
		fprintf(stderr, "; did you mean \"%s\"?\n", best);
	else if (*name == '-')
		fprintf(stderr, "; options stand behind it, as in \"hearth status -s SOCKET\"\n");
	else
		fprintf(stderr, "; see hearth --help\n");
	return EX_USAGE;
}

/* "help run" is "run --help". */
static void turn_around(int argc, char **argv)
{
	static char option[] = "--help";
	const char *name = argv[1];

	if (argc != 3 || argv[2][0] == '-' || (strcmp(name, "help") && strcmp(name, option)))
		return;
	argv[1] = argv[2];
	argv[2] = option;
}

/* `serve` has more to say, and says it itself. */
static bool asks_for_help(int argc, char **argv)
{
	return argc == 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0) &&
	       strcmp(argv[1], "serve") != 0;
}

static int help_of(const char *name, const char *usage, const char *where, const char *help)
{
	printf("usage: hearth %s%s%s%s\n%s\n", name, usage[0] ? " " : "", usage, where, help);
	return 0;
}

int main(int argc, char **argv)
{
	const struct command *c;
	const struct subcommand *s;

	if (fd_guard_std() < 0)
		return 71;
	log_open(NULL, LOG_AT_NOTICE);
	if (argc < 2) {
		fprintf(stderr, "usage: hearth COMMAND ...; see hearth --help\n");
		return EX_USAGE;
	}
	turn_around(argc, argv);
	c = command_find(argv[1]);
	if (c && asks_for_help(argc, argv))
		return help_of(c->name, c->usage, " [-s SOCKET | -c FILE]", c->help);
	if (c)
		return ctl_main(argc - 1, argv + 1);
	s = find(argv[1]);
	if (s && asks_for_help(argc, argv))
		return help_of(s->name, s->usage, "", s->help);
	return s ? s->fn(argc - 1, argv + 1) : unknown(argv[1]);
}
