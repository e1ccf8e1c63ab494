/* SPDX-License-Identifier: MIT
 *
 * fcgi_given: see fcgi_given.h.
 */
#include "gateway/fcgi_given.h"

#define NAMED(s)                   \
	{                          \
		(s), sizeof(s) - 1 \
	}

static const struct span names[GIVENS] = {
	[GIVEN_METHOD] = NAMED("REQUEST_METHOD"),
	[GIVEN_URI] = NAMED("REQUEST_URI"),
	[GIVEN_SCRIPT_NAME] = NAMED("SCRIPT_NAME"),
	[GIVEN_PATH_INFO] = NAMED("PATH_INFO"),
	[GIVEN_QUERY] = NAMED("QUERY_STRING"),
	[GIVEN_SCRIPT_FILENAME] = NAMED("SCRIPT_FILENAME"),
	[GIVEN_DOCUMENT_ROOT] = NAMED("DOCUMENT_ROOT"),
	[GIVEN_CONTENT_LENGTH] = NAMED("CONTENT_LENGTH"),
	[GIVEN_REMOTE_ADDR] = NAMED("REMOTE_ADDR"),
	[GIVEN_REMOTE_PORT] = NAMED("REMOTE_PORT"),
	[GIVEN_HTTPS] = NAMED("HTTPS"),
	[GIVEN_HOST] = NAMED("HTTP_HOST"),
	[GIVEN_PROTOCOL] = NAMED("SERVER_PROTOCOL"),
	[GIVEN_ID] = NAMED("REQUEST_ID"),
};

static const struct span php_values[] = {NAMED("PHP_VALUE"), NAMED("PHP_ADMIN_VALUE")};

/* What begins like one of these; or, of the others, is it. */
static const struct span unsafe_beginnings[] = {NAMED("LD_"), NAMED("BASH_"), NAMED("PERL5"),
	NAMED("PYTHON"), NAMED("RUBY"), NAMED("NODE_"), NAMED("LUA_"), NAMED("MALLOC_"),
	NAMED("GLIBC_"), NAMED("GCONV_"), NAMED("JAVA_"), NAMED("TCL")};
static const struct span unsafe[] = {NAMED("PATH"), NAMED("ENV"), NAMED("IFS"), NAMED("SHELL"),
	NAMED("HOME"), NAMED("TMPDIR"), NAMED("PERLLIB"), NAMED("PHPRC"), NAMED("PHP_INI_SCAN_DIR"),
	NAMED("SHELLOPTS"), NAMED("PS4"), NAMED("CDPATH"), NAMED("LOCPATH")};

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool has_control(struct span s)
{
	size_t i = 0;

	while (i < s.n && !is_control(s.p[i]))
		i++;
	return i < s.n;
}

/* What can stand before the = of an environment. */
static bool is_name(struct span s)
{
	return s.n > 0 && !memchr(s.p, '=', s.n) && !has_control(s);
}

static const char *look_at(struct span name, struct span value, struct fcgi_given *to)
{
	for (size_t i = 0; i < GIVENS; i++) {
		if (!span_eq(name, names[i]))
			continue;
		to->at[i] = value;
		return has_control(value) ? "a parameter has a control byte in it" : NULL;
	}
	return NULL;
}

const char *fcgi_given_read(struct span pairs, struct fcgi_given *to)
{
	struct span name, value;
	const char *why = NULL;

	*to = (struct fcgi_given){0};
	while (!why && fcgi_given_next(&pairs, &name, &value)) {
		if (!is_name(name))
			why = "a parameter's name is no name of a variable";
		else if (value.n && memchr(value.p, '\0', value.n))
			why = "a parameter has a NUL in it";
		else
			why = look_at(name, value, to);
	}
	return why || pairs.n == 0 ? why : "its parameters are no list of names and values";
}

/* FastCGI 1.0 3.4: one byte, or four with the top bit of the first set. */
static bool take_length(struct span *s, size_t *length)
{
	const unsigned char *p = (const unsigned char *)s->p;
	size_t n = s->n && p[0] >= 0x80 ? 4 : 1;

	if (s->n < n)
		return false;
	*length = n == 1 ? p[0]
			 : (size_t)(p[0] & 0x7f) << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
				   p[3];
	*s = span_from(*s, n);
	return true;
}

/* All of them lie there, so each is in one piece. A length is held against what is left before it
 * is added to anything (libfcgi CVE-2025-23016). */
bool fcgi_given_next(struct span *pairs, struct span *name, struct span *value)
{
	struct span rest = *pairs;
	size_t n, v;

	if (!take_length(&rest, &n) || !take_length(&rest, &v) || n > rest.n || v > rest.n - n)
		return false;
	*name = (struct span){rest.p, n};
	*value = (struct span){rest.p + n, v};
	*pairs = span_from(rest, n + v);
	return true;
}

static bool is_among(struct span name, const struct span *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(name, all[i]))
			return true;
	return false;
}

bool fcgi_given_is_barred(struct span name)
{
	return span_is(name, "HTTP_PROXY") || span_is(name, "HTTP_REDIRECT_STATUS");
}

bool fcgi_given_is_php_value(struct span name)
{
	return is_among(name, php_values, nitems(php_values));
}

bool fcgi_given_is_unsafe(struct span name)
{
	for (size_t i = 0; i < nitems(unsafe_beginnings); i++)
		if (span_starts(name, unsafe_beginnings[i]))
			return true;
	return is_among(name, unsafe, nitems(unsafe));
}
