/* SPDX-License-Identifier: MIT
 *
 * fcgi-probe: a FastCGI worker that does what the last part of the path asks for, good or bad.
 * Runs in: the pools of the flow tests. Knows nothing of hearth.
 *
 *	/hello          a greeting                /pid          its process id and its request count
 *	/env            its parameters            /echo         the request's body
 *	/slow?ms=N      answers after N ms        /big?n=N      N bytes
 *	/held?PATH      makes PATH, and answers when somebody has taken it away
 *	/stderr?TEXT    TEXT to the error stream  /status?N     a status of its own
 *	/ends?N         a greeting, and N at its end, as a program's exit status
 *	/crash          dies of SIGSEGV           /half         half an answer, then dies
 *	/garbage        nonsense on its socket    /silent       never answers
 *	/exit           exits after its answer    /nohead       an answer without a head
 *	/last?n=N       as big, then as exit
 *	/hints          interim responses first   /only         nothing but one
 *	/lines          the body, line by line    /tell?PATH    how the body ended, into PATH
 *	/wait?PATH      as held, then the number of the body's bytes
 *	/say?PATH       the bytes of that file, as all of its output
 *	/grow?mb=N      takes so many megabytes for good
 *	/mutter?PATH    the bytes of that file to stdout, stderr and the error stream
 *	/events?PATH    five events, each but the first when somebody has made PATH.1 and so on
 *
 *	/together?n=N   answers when N requests are in it at once: its process id and N
 *	/linger?PATH    an answer, and behind it as held
 *	/fork?PATH      a child that does nothing, its process id in PATH; and never answers
 *
 * Asked as an authorizer by hearth, it does what the field X-Ask says: yes (with variables), 401,
 * 403, 302, odd, many, long (variables that it may not set), early (interim responses first), env
 * (403, with its parameters), or one of the above, as "held". Without that field it is 401.
 *
 * With an argument, say "echo", it does that for every path. With "threads=N" it takes N requests
 * at once.
 */
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic unsigned long served;

static void head(FCGX_Request *r)
{
	FCGX_PutS("Content-Type: text/plain\r\n\r\n", r->out);
}

/* The number behind "NAME=" in the query, or otherwise. */
static long number(FCGX_Request *r, const char *name, long otherwise)
{
	const char *query = FCGX_GetParam("QUERY_STRING", r->envp);
	const char *at = query ? strstr(query, name) : NULL;

	return at && at[strlen(name)] == '=' ? atol(at + strlen(name) + 1) : otherwise;
}

static void hello(FCGX_Request *r)
{
	head(r);
	FCGX_PutS("hello from the probe\n", r->out);
}

static void pid(FCGX_Request *r)
{
	head(r);
	FCGX_FPrintF(r->out, "%d %lu\n", (int)getpid(), (unsigned long)served);
}

static void env(FCGX_Request *r)
{
	head(r);
	for (char **e = r->envp; *e; e++)
		FCGX_FPrintF(r->out, "%s\n", *e);
}

static void echo(FCGX_Request *r)
{
	char some[16384];
	int n;

	FCGX_PutS("Content-Type: application/octet-stream\r\n\r\n", r->out);
	while ((n = FCGX_GetStr(some, sizeof some, r->in)) > 0)
		FCGX_PutStr(some, n, r->out);
}

static void slow(FCGX_Request *r)
{
	usleep((useconds_t)number(r, "ms", 1000) * 1000);
	pid(r);
}

static void held(FCGX_Request *r)
{
	const char *path = FCGX_GetParam("QUERY_STRING", r->envp);

	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
	while (access(path, F_OK) == 0)
		usleep(10000);
	pid(r);
}

/* What FCGX_Finish_r() ends has no parameters any more. */
static void linger(FCGX_Request *r)
{
	char path[4096];

	snprintf(path, sizeof path, "%s", FCGX_GetParam("QUERY_STRING", r->envp));
	pid(r);
	FCGX_Finish_r(r);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
	while (access(path, F_OK) == 0)
		usleep(10000);
}

static void big(FCGX_Request *r)
{
	char some[4096];

	memset(some, 'x', sizeof some);
	head(r);
	for (long left = number(r, "n", 1000000); left > 0; left -= (long)sizeof some)
		FCGX_PutStr(some, left < (long)sizeof some ? (int)left : (int)sizeof some, r->out);
}

static void to_stderr(FCGX_Request *r)
{
	FCGX_FPrintF(r->err, "%s\n", FCGX_GetParam("QUERY_STRING", r->envp));
	hello(r);
}

static void own_status(FCGX_Request *r)
{
	FCGX_FPrintF(r->out, "Status: %s Probed\r\n", FCGX_GetParam("QUERY_STRING", r->envp));
	hello(r);
}

static void ends(FCGX_Request *r)
{
	hello(r);
	FCGX_SetExitStatus(atoi(FCGX_GetParam("QUERY_STRING", r->envp)), r->out);
}

static void crash(FCGX_Request *r)
{
	(void)r;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void half(FCGX_Request *r)
{
	FCGX_PutS("Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\nonly this", r->out);
	FCGX_FFlush(r->out);
	_exit(3);
}

static void garbage(FCGX_Request *r)
{
	static const char nonsense[] = "HTTP/1.1 200 I am no FastCGI server at all\r\n\r\n";

	if (write(r->ipcFd, nonsense, sizeof nonsense - 1) < 0)
		_exit(1);
	pause();
}

static void silent(FCGX_Request *r)
{
	(void)r;
	for (;;)
		pause();
}

static void leave(FCGX_Request *r)
{
	hello(r);
	FCGX_Finish_r(r);
	exit(0);
}

static void last(FCGX_Request *r)
{
	big(r);
	FCGX_Finish_r(r);
	exit(0);
}

static void nohead(FCGX_Request *r)
{
	FCGX_PutS("these are words and not a header field\r\nat all\r\n\r\n", r->out);
}

static void lines(FCGX_Request *r)
{
	int c;

	head(r);
	FCGX_FFlush(r->out);
	while ((c = FCGX_GetChar(r->in)) >= 0) {
		FCGX_PutChar(c, r->out);
		if (c == '\n')
			FCGX_FFlush(r->out);
	}
}

static unsigned long drink(FCGX_Request *r)
{
	char some[16384];
	unsigned long all = 0;
	int n;

	while ((n = FCGX_GetStr(some, sizeof some, r->in)) > 0)
		all += (unsigned long)n;
	return all;
}

static void tell(FCGX_Request *r)
{
	const char *length = FCGX_GetParam("CONTENT_LENGTH", r->envp);
	unsigned long all = drink(r);
	FILE *f = fopen(FCGX_GetParam("QUERY_STRING", r->envp), "w");

	if (f) {
		fprintf(f, "%s %lu of %s\n", FCGX_GetError(r->in) ? "broken" : "whole", all,
			length ? length : "unknown");
		fclose(f);
	}
	hello(r);
}

static void wait_and_drink(FCGX_Request *r)
{
	const char *path = FCGX_GetParam("QUERY_STRING", r->envp);

	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
	while (access(path, F_OK) == 0)
		usleep(10000);
	head(r);
	FCGX_FPrintF(r->out, "%lu\n", drink(r));
}

static void say(FCGX_Request *r)
{
	FILE *f = fopen(FCGX_GetParam("QUERY_STRING", r->envp), "r");
	char some[4096];
	size_t n;

	while (f && (n = fread(some, 1, sizeof some, f)) > 0)
		FCGX_PutStr(some, (int)n, r->out);
	if (f)
		fclose(f);
}

static void mutter(FCGX_Request *r)
{
	int fd = open(FCGX_GetParam("QUERY_STRING", r->envp), O_RDONLY | O_CLOEXEC);
	char some[8192];
	ssize_t n;

	while ((n = read(fd, some, sizeof some)) > 0) {
		if (write(STDOUT_FILENO, some, (size_t)n) < 0 ||
			write(STDERR_FILENO, some, (size_t)n) < 0)
			_exit(1);
		FCGX_PutStr(some, (int)n, r->err);
	}
	close(fd);
	hello(r);
}

static void events(FCGX_Request *r)
{
	char path[4096];

	FCGX_PutS("Content-Type: text/event-stream\r\n\r\n", r->out);
	for (int i = 1; i <= 5; i++) {
		FCGX_FPrintF(r->out, "data: %d\n\n", i);
		FCGX_FFlush(r->out);
		snprintf(path, sizeof path, "%s.%d", FCGX_GetParam("QUERY_STRING", r->envp), i);
		while (access(path, F_OK) != 0)
			usleep(1000);
	}
}

static void grow(FCGX_Request *r)
{
	size_t n = (size_t)number(r, "mb", 1) << 20;
	volatile char *some = malloc(n);

	for (size_t i = 0; some && i < n; i += 1024)
		some[i] = 1; /* and nobody frees it */
	pid(r);
}

static void only(FCGX_Request *r)
{
	FCGX_PutS("Status: 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n", r->out);
	FCGX_FFlush(r->out);
}

static void hints(FCGX_Request *r)
{
	only(r);
	FCGX_PutS("Status: 100\r\n\r\nStatus: 101\r\n\r\nStatus: 102\r\n\r\n", r->out);
	head(r);
	FCGX_PutS("the answer", r->out);
}

static void together(FCGX_Request *r)
{
	static _Atomic long inside, most;
	long wanted = number(r, "n", 2), now = ++inside, was = most;

	while (was < now && !atomic_compare_exchange_weak(&most, &was, now))
		;
	while (most < wanted)
		usleep(1000);
	head(r);
	FCGX_FPrintF(r->out, "%d %ld\n", (int)getpid(), (long)most);
	inside--;
}

static void with_child(FCGX_Request *r)
{
	pid_t child = fork();
	FILE *f;

	if (child > 0 && (f = fopen(FCGX_GetParam("QUERY_STRING", r->envp), "w"))) {
		fprintf(f, "%d\n", (int)child);
		fclose(f);
	}
	silent(r);
}

static const struct {
	const char *path;
	void (*fn)(FCGX_Request *r);
} deeds[] = {
	{"/hello", hello},
	{"/pid", pid},
	{"/grow", grow},
	{"/env", env},
	{"/echo", echo},
	{"/slow", slow},
	{"/held", held},
	{"/big", big},
	{"/stderr", to_stderr},
	{"/status", own_status},
	{"/ends", ends},
	{"/crash", crash},
	{"/half", half},
	{"/garbage", garbage},
	{"/silent", silent},
	{"/exit", leave},
	{"/last", last},
	{"/nohead", nohead},
	{"/hints", hints},
	{"/only", only},
	{"/lines", lines},
	{"/tell", tell},
	{"/wait", wait_and_drink},
	{"/say", say},
	{"/events", events},
	{"/together", together},
	{"/fork", with_child},
	{"/linger", linger},
	{"/mutter", mutter},
};

static bool ends_with(const char *path, const char *tail)
{
	size_t n = strlen(path), m = strlen(tail);

	return n >= m && strcmp(path + n - m, tail) == 0;
}

static void many(FCGX_Request *r)
{
	FCGX_PutS("Status: 200\r\n", r->out);
	for (int i = 0; i < 65; i++)
		FCGX_FPrintF(r->out, "Variable-V%d: x\r\n", i);
	FCGX_PutS("\r\n", r->out);
}

static void lengthy(FCGX_Request *r)
{
	static char x[17000];

	memset(x, 'x', sizeof x - 1);
	FCGX_FPrintF(r->out, "Status: 200\r\nVariable-X: %s\r\n\r\n", x);
}

static void forbidden_env(FCGX_Request *r)
{
	FCGX_PutS("Status: 403\r\n", r->out);
	env(r);
}

static const struct {
	const char *word, *text;
	void (*fn)(FCGX_Request *r);
} verdicts[] = {
	{"yes",
		"Status: 200 OK\r\nVariable-REMOTE_USER: alice\r\nVariable-Auth_Type: Probe\r\n"
		"variable-group: staff and others\r\nVariable-HTTP_X_FROM: the authorizer\r\n"
		"Set-Cookie: lost=1\r\nContent-Type: text/plain\r\n\r\nnobody sees this\n",
		NULL},
	{"401",
		"Status: 401 Who is it\r\nWWW-Authenticate: Basic realm=\"probe\"\r\n"
		"Content-Type: text/plain\r\n\r\nwho are you?\n",
		NULL},
	{"403", "Status: 403\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nnever", NULL},
	{"302", "Location: http://example.org/login\r\n\r\n", NULL},
	{"odd",
		"Status: 200\r\nVariable-REMOTE_ADDR: 1.2.3.4\r\nVariable-HTTP_PROXY: evil\r\n"
		"Variable-PHP_VALUE: evil\r\nVariable-LD_PRELOAD: evil\r\nVariable-A-B: evil\r\n"
		"Variable-FIXED: evil\r\nVariable-SHELLY: () { evil; }\r\nVariable-TWICE: good\r\n"
		"Variable-Twice: evil\r\n\r\n",
		NULL},
	{"early", "Status: 103\r\nLink: </x>\r\n\r\nStatus: 200\r\n\r\n", NULL},
	{"control", "Status: 200\r\nVariable-X: a\001b\r\n\r\n", NULL},
	{"local", "Location: /open/hello\r\n\r\n", NULL},
	{"many", NULL, many},
	{"long", NULL, lengthy},
	{"env", NULL, forbidden_env},
};

/* NULL: what is to be done stands in the path, as ever. */
static const char *asked_for(FCGX_Request *r)
{
	const char *role = FCGX_GetParam("FCGI_ROLE", r->envp);
	const char *word = FCGX_GetParam("HTTP_X_ASK", r->envp);

	if (!role || strcmp(role, "AUTHORIZER") != 0 || FCGX_GetParam("SCRIPT_NAME", r->envp))
		return NULL;
	return word ? word : "401";
}

static bool gives_verdict(FCGX_Request *r, const char *word)
{
	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
		if (strcmp(word, verdicts[i].word) != 0)
			continue;
		if (verdicts[i].fn)
			verdicts[i].fn(r);
		else
			FCGX_PutS(verdicts[i].text, r->out);
		return true;
	}
	return false;
}

static void do_deed(FCGX_Request *r, const char *always)
{
	const char *path = always ? always : FCGX_GetParam("PATH_INFO", r->envp);

	if (!path || !*path)
		path = FCGX_GetParam("SCRIPT_NAME", r->envp);
	for (size_t i = 0; path && i < sizeof deeds / sizeof *deeds; i++) {
		if (ends_with(path, deeds[i].path + (always != NULL))) {
			deeds[i].fn(r);
			return;
		}
	}
	FCGX_PutS(
		"Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno such deed\n", r->out);
}

static void answer(FCGX_Request *r, const char *always)
{
	const char *asked = always ? NULL : asked_for(r);

	if (!asked || !gives_verdict(r, asked))
		do_deed(r, asked ? asked : always);
}

static void *serve(void *always)
{
	FCGX_Request r;

	if (FCGX_InitRequest(&r, 0, 0) != 0)
		return NULL;
	while (FCGX_Accept_r(&r) == 0) {
		served++;
		r.appStatus = 0; /* libfcgi keeps that of the request before */
		answer(&r, always);
		FCGX_Finish_r(&r);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const char many[] = "threads=";
	int threads = 1;
	pthread_t t;

	if (argc > 1 && strncmp(argv[1], many, sizeof many - 1) == 0) {
		threads = atoi(argv[1] + sizeof many - 1);
		argc--, argv++;
	}
	if (FCGX_Init() != 0)
		return 1;
	while (--threads > 0)
		if (pthread_create(&t, NULL, serve, NULL) != 0)
			return 1;
	serve(argc > 1 ? argv[1] : NULL);
	return 0;
}
