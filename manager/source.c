/* SPDX-License-Identifier: MIT
 *
 * source: see source.h.
 */
#include "manager/source.h"

#include <ctype.h>
#include <stdio.h>

#define COMPLAIN(src, ...) complain((src)->c, (src)->file, (src)->line, __VA_ARGS__)

/* Cuts the next line into src->text; false if there is none. */
static bool take_line(struct source *src)
{
	const char *end = src->rest.n ? memchr(src->rest.p, '\n', src->rest.n) : NULL;
	size_t n = end ? (size_t)(end - src->rest.p) : src->rest.n;
	size_t kept = n <= SOURCE_LINE_MAX ? n : 0;

	if (src->rest.n == 0)
		return false;
	src->line++;
	memcpy(src->text, src->rest.p, kept);
	src->text[kept] = '\0';
	src->rest = span_from(src->rest, n + (end != NULL));
	if (kept < n)
		COMPLAIN(src, "the line is longer than %d bytes: make it shorter", SOURCE_LINE_MAX);
	if (strlen(src->text) < kept) {
		COMPLAIN(src, "there is a NUL byte: this is not a text file");
		src->rest = SPAN_NONE;
		src->text[0] = '\0';
	}
	return true;
}

static bool is_clean(struct source *src)
{
	char *p = src->text;
	size_t n = strlen(p);

	if (n > 0 && p[n - 1] == '\r')
		p[n - 1] = '\0';
	while ((unsigned char)*p >= ' ' ? *p != 0x7f : *p == '\t')
		p++;
	if (*p)
		COMPLAIN(src, "there is a control character (\\x%02x): remove it", *p);
	return *p == '\0';
}

/* In php-fpm's files a value may be in single quotes; elsewhere they are signs like others. */
static bool opens_value(const char *text, const char *p)
{
	const char *equals = strchr(text, '=');

	return *p == '\'' && equals && equals + 1 + strspn(equals + 1, " \t") == p &&
	       strchr(p + 1, '\'');
}

/* Of the text only what means something stays; false if that cannot be told. */
static bool strip_line(struct source *src)
{
	char *start = src->text + strspn(src->text, " \t"), *p;
	bool quoted = false;

	for (p = start; *p; p++) {
		if (!quoted && opens_value(start, p))
			p = strchr(p + 1, '\'');
		else if (*p == '"')
			quoted = !quoted;
		else if (quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		else if (!quoted && (*p == ';' || *p == '#') &&
			 (p == start || isblank((unsigned char)p[-1])))
			break;
	}
	if (quoted)
		COMPLAIN(src, "a double quote is never closed: close it, or write it \"\\\"\"");
	while (p > start && !quoted && (isblank((unsigned char)p[-1]) || p[-1] == ';'))
		p--;
	*p = '\0';
	memmove(src->text, start, (size_t)(p - start) + 1);
	return !quoted;
}

static const char *section_wrong(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	if (*name == '\0')
		return "needs a name between its brackets";
	if (name[strspn(name, allowed)] != '\0')
		return "may have letters, digits, dots, dashes and underscores in its name only";
	return strlen(name) > SOURCE_SECTION_MAX ? "has a name longer than 31 bytes" : NULL;
}

static bool is_reserved(const char *name)
{
	return strcasecmp(name, "global") == 0 || strcasecmp(name, "gateway") == 0;
}

static void lower(struct source *src, char *name)
{
	bool upper = false;

	for (char *p = name; *p; p++) {
		upper |= isupper((unsigned char)*p) != 0;
		*p = (char)tolower((unsigned char)*p);
	}
	if (upper)
		COMPLAIN(src, "[%s] is written in lower case", name);
}

static void show_section(struct source *src, char *to, size_t room)
{
	char *name = src->text + 1;
	char *close = strchr(name, ']');
	const char *why;

	if (!close)
		COMPLAIN(src, "the section has no ] at its end");
	else if (close[1] != '\0')
		COMPLAIN(src,
			"there is something behind the section's ]: give it a line of its own");
	if (close)
		*close = '\0';
	why = section_wrong(name);
	if (why && close)
		COMPLAIN(src, "section [%.60s] %s", name, why);
	if (!close)
		why = "is not closed";
	if (is_reserved(name))
		lower(src, name);
	snprintf(to, room, "[%.*s]\n", SOURCE_SECTION_MAX, why ? SOURCE_NO_SECTION : name);
	src->announce = true;
}

/* False if there is nothing to show. */
static bool show_line(struct source *src, char *to, size_t room)
{
	char *text = src->text;
	char *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : 0;

	if (text[0] == '[') {
		show_section(src, to, room);
		return true;
	}
	while (n > 0 && isblank((unsigned char)text[n - 1]))
		n--;
	if (text[0] == '\0')
		return false;
	/* For inih, a colon is as good as an equals sign. */
	if (n == 0 || memchr(text, ':', n)) {
		COMPLAIN(src, "this is neither [section] nor name = value nor a comment");
		return false;
	}
	if (n > SOURCE_NAME_MAX) {
		COMPLAIN(src, "the name is longer than %d bytes", SOURCE_NAME_MAX);
		return false;
	}
	snprintf(to, room, "%.*s =\n", (int)n, text);
	src->value = equals + 1 + strspn(equals + 1, " \t");
	return true;
}

void source_open(struct source *src, const char *file, struct span text, struct complaints *c)
{
	static const struct span mark = SPAN_LIT("\xef\xbb\xbf");

	*src = (struct source){.file = file, .rest = text, .c = c};
	if (span_starts(text, mark))
		src->rest = span_from(text, mark.n);
	complaints_file(c, file);
}

char *source_next(char *to, int room, void *source)
{
	struct source *src = source;

	if (src->announce) {
		src->announce = false;
		snprintf(to, (size_t)room, "=\n");
		return to;
	}
	while (take_line(src))
		if (is_clean(src) && strip_line(src) && show_line(src, to, (size_t)room))
			return to;
	return NULL;
}
