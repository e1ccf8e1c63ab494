/* SPDX-License-Identifier: MIT
 *
 * slow_argument: see slow_argument.h.
 */
#include "manager/slow_argument.h"

#include <inttypes.h>

#include "common/buf.h"
#include "common/mem.h"

const char *slow_argument_check(const char *argument)
{
	while ((argument = strchr(argument, '%'))) {
		if (argument[1] == '\0' || !strchr("prs%", argument[1]))
			return "has a % without p, r, s or another % behind it";
		argument += 2;
	}
	return NULL;
}

/* Web servers name it, and at the head of an argument a program would take "-x" for an option;
 * "./-x" is the same file. */
static void put_script(struct buf *b, struct span script)
{
	if (buf_len(b) == 0 && span_starts(script, SPAN_LIT("-")))
		buf_puts(b, "./");
	buf_put_span(b, script);
}

char *slow_argument(const char *configured, const struct slow_names *names)
{
	struct buf b = BUF_INIT;
	char *text;

	for (const char *p = configured; *p; p++) {
		if (*p != '%' || p[1] == '\0')
			buf_put(&b, p, 1);
		else if (*++p == 'p')
			buf_putf(&b, "%d", (int)names->pid);
		else if (*p == 'r')
			buf_putf(&b, "%016" PRIx64, names->request);
		else if (*p == 's')
			put_script(&b, names->script);
		else
			buf_put(&b, p, 1);
	}
	text = mem_strndup(buf_len(&b) ? buf_head(&b) : "", buf_len(&b));
	buf_free(&b);
	return text;
}
