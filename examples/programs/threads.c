/* SPDX-License-Identifier: MIT
 *
 * C with threads: each has a request of its own (FCGX_Request), accepts from the one listening
 * socket and keeps the connection that it got. pm.concurrency must not be larger than THREADS, or a
 * request waits behind another with nobody to take it.
 */
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 8

static atomic_int at_work;

static const char *parameter(const FCGX_Request *r, const char *name)
{
	const char *value = FCGX_GetParam(name, r->envp);

	return value ? value : "";
}

static void begin(FCGX_Request *r, const char *type)
{
	FCGX_FPrintF(r->out, "Content-Type: %s\r\n\r\n", type);
}

static void hello(FCGX_Request *r)
{
	begin(r, "text/plain");
	FCGX_FPrintF(r->out, "Hello from C with threads, process %d\n", (int)getpid());
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void env(FCGX_Request *r)
{
	size_t n = 0;

	while (r->envp[n])
		n++;
	qsort(r->envp, n, sizeof *r->envp, by_text);
	begin(r, "text/plain");
	for (size_t i = 0; i < n; i++)
		FCGX_FPrintF(r->out, "%s\n", r->envp[i]);
}

static void echo(FCGX_Request *r)
{
	char some[65536];
	int n;

	begin(r, "application/octet-stream");
	while ((n = FCGX_GetStr(some, sizeof some, r->in)) > 0)
		FCGX_PutStr(some, n, r->out);
}

static void slow(FCGX_Request *r)
{
	int ms = 0, together;

	atomic_fetch_add(&at_work, 1);
	sscanf(parameter(r, "QUERY_STRING"), "ms=%d", &ms);
	usleep((useconds_t)ms * 1000);
	together = atomic_fetch_sub(&at_work, 1);
	begin(r, "text/plain");
	FCGX_FPrintF(r->out, "%d ms, %d at once\n", ms, together);
}

static void crash(FCGX_Request *r)
{
	(void)r;
	kill(getpid(), SIGKILL);
}

static void say(FCGX_Request *r)
{
	FCGX_FPrintF(r->err, "C with threads has something to say\n");
	begin(r, "text/plain");
	FCGX_FPrintF(r->out, "said\n");
}

static void lost(FCGX_Request *r)
{
	FCGX_FPrintF(r->out, "Status: 404 Not Found\r\n");
	begin(r, "text/plain");
	FCGX_FPrintF(r->out, "no such page\n");
}

static const struct page {
	const char *path;
	void (*show)(FCGX_Request *r);
} pages[] = {
	{"/hello", hello},
	{"/env", env},
	{"/echo", echo},
	{"/slow", slow},
	{"/crash", crash},
	{"/say", say},
	{NULL, lost},
};

static void *serve(void *unused)
{
	FCGX_Request r;

	(void)unused;
	FCGX_InitRequest(&r, 0, 0);
	while (FCGX_Accept_r(&r) >= 0) {
		const struct page *p = pages;

		while (p->path && strcmp(p->path, parameter(&r, "PATH_INFO")) != 0)
			p++;
		p->show(&r);
		FCGX_Finish_r(&r); /* now, not when the next has come */
	}
	return NULL;
}

int main(void)
{
	pthread_t thread;

	FCGX_Init();
	for (int i = 1; i < THREADS; i++)
		if (pthread_create(&thread, NULL, serve, NULL) != 0)
			return 1;
	serve(NULL);
	return 0;
}
