/* SPDX-License-Identifier: MIT
 *
 * C with libfcgi's simplest face: fcgi_stdio.h turns a CGI program into one that stays. The loop is
 * all that is new; a request's parameters are the environment, its body is stdin, its answer
 * stdout, and what goes to stderr is logged by hearth under the request's id. One request at a
 * time.
 */
#include <fcgi_stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *parameter(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static void begin(const char *type)
{
	printf("Content-Type: %s\r\n\r\n", type);
}

static void hello(void)
{
	begin("text/plain");
	printf("Hello from C, process %d\n", (int)getpid());
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void env(void)
{
	size_t n = 0;

	while (environ[n])
		n++;
	qsort(environ, n, sizeof *environ, by_text);
	begin("text/plain");
	for (size_t i = 0; i < n; i++)
		printf("%s\n", environ[i]);
}

static void echo(void)
{
	static char some[65536];
	size_t n;

	begin("application/octet-stream");
	while ((n = fread(some, 1, sizeof some, stdin)) > 0)
		fwrite(some, 1, n, stdout);
}

static void slow(void)
{
	int ms = 0;

	sscanf(parameter("QUERY_STRING"), "ms=%d", &ms);
	usleep((useconds_t)ms * 1000);
	begin("text/plain");
	printf("%d ms, 1 at once\n", ms);
}

static void crash(void)
{
	kill(getpid(), SIGKILL);
}

static void say(void)
{
	fprintf(stderr, "C has something to say\n");
	begin("text/plain");
	printf("said\n");
}

static void lost(void)
{
	printf("Status: 404 Not Found\r\n");
	begin("text/plain");
	printf("no such page\n");
}

static const struct page {
	const char *path;
	void (*show)(void);
} pages[] = {
	{"/hello", hello},
	{"/env", env},
	{"/echo", echo},
	{"/slow", slow},
	{"/crash", crash},
	{"/say", say},
	{NULL, lost},
};

int main(void)
{
	while (FCGI_Accept() >= 0) {
		const struct page *p = pages;

		while (p->path && strcmp(p->path, parameter("PATH_INFO")) != 0)
			p++;
		p->show();
	}
	return 0;
}
