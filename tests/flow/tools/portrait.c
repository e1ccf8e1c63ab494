/* SPDX-License-Identifier: MIT
 *
 * portrait: a program that tells what it was born with, before it has done anything about it.
 * Runs in: the pools of the flow tests, as a CGI script or as a FastCGI worker. Knows nothing of
 * hearth.
 *
 *	env NAME=value      its environment, one line each; in FastCGI, that of the worker
 *	arg N TEXT          its arguments, itself being the first
 *	fds 0 1 2           its open descriptors
 *	SigBlk ...          and other lines of /proc/self/status, if there is a /proc
 *	session own         and group: own, or not
 *	terminal none       whether it has a controlling one
 *	cwd, umask, user, group, groups
 *	root DEVICE:INODE   of /
 *	nice N, parent-death SIGNAL, securebits N
 *	dumpable N, proc-owner UID
 *	limit NAME SOFT HARD
 *	stdin TEXT          the body, if it is a script
 *	param NAME=value    the request's variables, if it is a worker
 *
 * A query of the form spend=cpu makes it use CPU for ever, fill=N writes a file of N bytes.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char *text;
static size_t text_len;
static FILE *to;

/* First of all, while no descriptor is ours. Not by way of /proc, which need not be there. */
static void descriptors(void)
{
	fprintf(to, "fds");
	for (int fd = 0; fd < 65536; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			fprintf(to, " %d", fd);
	fprintf(to, "\n");
}

static void status(void)
{
	static const char *const wanted[] = {"SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:",
		"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:"};
	FILE *f = fopen("/proc/self/status", "re");
	char line[4096], *tab;

	while (f && fgets(line, sizeof line, f))
		for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0) {
				if ((tab = strchr(line, '\t')))
					*tab = ' ';
				fputs(line, to);
			}
	if (f)
		fclose(f);
}

static void place(void)
{
	char cwd[4096] = "?";
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	gid_t groups[256];
	int n = getgroups(256, groups);
	mode_t mask = umask(0);

	fprintf(to, "session %s\n", getsid(0) == getpid() ? "own" : "another");
	fprintf(to, "group %s\n", getpgrp() == getpid() ? "own" : "another");
	fprintf(to, "terminal %s\n", tty < 0 ? "none" : "there");
	fprintf(to, "cwd %s\n", getcwd(cwd, sizeof cwd) ? cwd : "?");
	fprintf(to, "umask %04o\n", (unsigned)mask);
	umask(mask);
	fprintf(to, "user %u %u\ngid %u %u\ngroups", getuid(), geteuid(), getgid(), getegid());
	for (int i = 0; i < n; i++)
		fprintf(to, " %u", groups[i]);
	fprintf(to, "\n");
	if (tty >= 0)
		close(tty);
}

static void standing(void)
{
	struct stat root, proc;
	int signal = -1;

	prctl(PR_GET_PDEATHSIG, &signal);
	if (stat("/", &root) == 0)
		fprintf(to, "root %llu:%llu\n", (unsigned long long)root.st_dev,
			(unsigned long long)root.st_ino);
	errno = 0;
	fprintf(to, "nice %d\nparent-death %d\n", getpriority(PRIO_PROCESS, 0), signal);
	fprintf(to, "securebits %d\ndumpable %d\n", prctl(PR_GET_SECUREBITS),
		prctl(PR_GET_DUMPABLE));
	if (stat("/proc/self/fd", &proc) == 0)
		fprintf(to, "proc-owner %u\n", proc.st_uid);
}

static void put_limit(rlim_t n)
{
	if (n == RLIM_INFINITY)
		fprintf(to, " unlimited");
	else
		fprintf(to, " %llu", (unsigned long long)n);
}

static void limits(void)
{
	static const struct {
		const char *name;
		int resource;
	} all[] = {{"as", RLIMIT_AS}, {"core", RLIMIT_CORE}, {"cpu", RLIMIT_CPU},
		{"data", RLIMIT_DATA}, {"fsize", RLIMIT_FSIZE}, {"memlock", RLIMIT_MEMLOCK},
		{"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC}, {"stack", RLIMIT_STACK}};
	struct rlimit is;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		getrlimit(all[i].resource, &is);
		fprintf(to, "limit %s", all[i].name);
		put_limit(is.rlim_cur);
		put_limit(is.rlim_max);
		fprintf(to, "\n");
	}
}

static void words(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		fprintf(to, "arg %d %s\n", i, argv[i]);
	for (char **e = environ; *e; e++)
		fprintf(to, "env %s\n", *e);
}

static void deeds(const char *query)
{
	static const char some[4096];

	if (strncmp(query, "spend=cpu", 9) == 0)
		for (volatile unsigned long n = 0;; n++)
			;
	if (strncmp(query, "fill=", 5) == 0) {
		FILE *file = tmpfile();
		for (long left = atol(query + 5); file && left > 0; left -= (long)sizeof some)
			fwrite(some, 1, sizeof some, file);
	}
}

static int script(void)
{
	char some[65536];
	size_t n;

	deeds(getenv("QUERY_STRING") ? getenv("QUERY_STRING") : "");
	printf("Content-Type: text/plain\r\n\r\n%sstdin ", text);
	while ((n = fread(some, 1, sizeof some, stdin)) > 0)
		fwrite(some, 1, n, stdout);
	printf("\n");
	return 0;
}

static int worker(void)
{
	FCGX_Request r;

	FCGX_Init();
	FCGX_InitRequest(&r, 0, 0);
	while (FCGX_Accept_r(&r) == 0) {
		const char *query = FCGX_GetParam("QUERY_STRING", r.envp);
		deeds(query ? query : "");
		FCGX_PutS("Content-Type: text/plain\r\n\r\n", r.out);
		FCGX_PutS(text, r.out);
		for (char **e = r.envp; *e; e++)
			FCGX_FPrintF(r.out, "param %s\n", *e);
	}
	return 0;
}

int main(int argc, char **argv)
{
	to = open_memstream(&text, &text_len);
	descriptors();
	status();
	place();
	standing();
	limits();
	words(argc, argv);
	fclose(to);
	return FCGX_IsCGI() ? script() : worker();
}
