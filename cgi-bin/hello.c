/* SPDX-License-Identifier: MIT
 *
 * hello-c: a compiled program is a script as any other. This one greets you by your name.
 *
 * What a visitor sends is decoded within bounds, and escaped on its way out.
 *
 *	cc -O2 -o hello-c hello.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_BYTES 200

static int hex(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) % 16 : -1;
}

/* Decodes up to the next field's & (%41 is A, + a blank). What does not fit is left out. */
static void decode(const char *from, char *to, size_t size)
{
	size_t n = 0;

	for (; *from && *from != '&' && n + 1 < size; from++) {
		char c = *from == '+' ? ' ' : *from;
		if (c == '%' && hex(from[1]) >= 0 && hex(from[2]) >= 0) {
			c = (char)(hex(from[1]) * 16 + hex(from[2]));
			from += 2;
		}
		if ((unsigned char)c >= ' ' && c != 0x7f)
			to[n++] = c;
	}
	to[n] = '\0';
}

/* The value of `name=`, or "" */
static const char *find(const char *query, const char *name)
{
	size_t n = strlen(name);

	for (; query; query = strchr(query, '&') ? strchr(query, '&') + 1 : NULL)
		if (strncmp(query, name, n) == 0 && query[n] == '=')
			return query + n + 1;
	return "";
}

static void put_escaped(const char *s)
{
	for (; *s; s++)
		if (strchr("&<>\"'", *s))
			printf("&#%d;", *s);
		else
			putchar(*s);
}

int main(void)
{
	const char *query = getenv("QUERY_STRING");
	char name[NAME_MAX_BYTES];

	decode(find(query ? query : "", "name"), name, sizeof name);
	printf("Content-Type: text/html; charset=utf-8\r\n\r\n"
	       "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	       "<title>Hello from C</title>\n"
	       "<link rel=\"icon\" href=\"/favicon.svg\">"
	       "<link rel=\"stylesheet\" href=\"/cgi-bin/style\">\n"
	       "</head><body><main>\n<h1>Hello, ");
	put_escaped(name[0] ? name : "world");
	printf("</h1>\n<p class=\"lead\">says process %d</p>\n"
	       "<form><label>Your name <input name=\"name\" maxlength=\"60\"></label> "
	       "<button>Say hello</button></form>\n"
	       "<p><a href=\"/\">Back</a></p>\n</main></body></html>\n",
		(int)getpid());
	return 0;
}
