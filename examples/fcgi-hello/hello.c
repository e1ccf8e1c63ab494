/* SPDX-License-Identifier: MIT
 *
 * hello: the smallest useful FastCGI worker. It starts once, keeps what it knows in plain
 * variables, and answers one request after the other: that is all "warm" means.
 *
 *	cc -o hello hello.c -lfcgi
 */
#include <fcgi_stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	const time_t born = time(NULL);
	unsigned long served = 0;

	/* Everything dear (opening a database, loading a model) goes here, before the loop. */

	while (FCGI_Accept() >= 0) {
		const char *path = getenv("PATH_INFO");

		printf("Content-Type: text/plain\r\n\r\n");
		printf("Hello from process %d, kept warm by hearth.\n", (int)getpid());
		printf("This is my request number %lu in %ld s", ++served,
			(long)(time(NULL) - born));
		printf("; you asked for %s.\n", path && *path ? path : "/");
	}
	return 0;
}
