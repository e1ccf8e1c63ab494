/* SPDX-License-Identifier: MIT
 *
 * vouched: see vouched.h. They lie one behind the other, as "NAME", NUL, "value", NUL: no value
 * that cgi_head lets through has a control byte.
 */
#include "gateway/vouched.h"

#include "common/variable.h"
#include "gateway/fcgi_given.h"

bool vouched_is(struct span field, struct span *name)
{
	static const char before[] = "Variable-";
	const size_t n = sizeof before - 1;

	if (field.n < n || strncasecmp(field.p, before, n) != 0)
		return false;
	*name = span_from(field, n);
	return true;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = upper(s.p[i]);
		if (!(c >= 'A' && c <= 'Z') && c != '_' && !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return s.n > 0 && s.n <= VOUCHED_NAME;
}

/* Who it is that asks is what an authorizer is there to say; nobody is authenticated by us. */
static bool is_theirs(struct span name)
{
	return span_is(name, "REMOTE_USER") || span_is(name, "AUTH_TYPE");
}

/* REDIRECT_URL: with it PHP takes PATH_TRANSLATED for the script (php_script), which is what the
 * client has put behind it. FCGI_*: what the protocol says, FCGI_ROLE. */
static bool is_dangerous(struct span name)
{
	return fcgi_given_is_barred(name) || fcgi_given_is_php_value(name) ||
	       fcgi_given_is_unsafe(name) || span_is(name, "REDIRECT_URL") ||
	       span_starts(name, SPAN_LIT("FCGI_"));
}

static const char *bars(struct span name)
{
	if (variable_is_computed(name) && !is_theirs(name))
		return "that is for hearth to say";
	return is_dangerous(name) ? "it would have a program do something else" : NULL;
}

static struct span in_capitals(struct span name, char to[VOUCHED_NAME])
{
	for (size_t i = 0; i < name.n; i++)
		to[i] = upper(name.p[i]);
	return (struct span){to, name.n};
}

const char *vouched_bars(struct span name)
{
	char text[VOUCHED_NAME];

	return is_name(name) ? bars(in_capitals(name, text)) : "that is no name of a variable";
}

static size_t count(struct span all)
{
	struct span name, value;
	size_t n = 0;

	while (vouched_next(&all, &name, &value))
		n++;
	return n;
}

static bool put(struct buf *all, struct span name, struct span value)
{
	return buf_put_span(all, name) && buf_put(all, "", 1) && buf_put_span(all, value) &&
	       buf_put(all, "", 1);
}

enum vouched_put vouched_put(struct buf *all, struct span name, struct span value)
{
	char text[VOUCHED_NAME];

	name = in_capitals(name, text);
	if (vouched_find(buf_span(all), name).p)
		return VOUCHED_TWICE;
	if (buf_len(all) + name.n + value.n + 2 > VOUCHED_BYTES ||
		count(buf_span(all)) >= VOUCHED_MAX)
		return VOUCHED_TOO_MUCH;
	return put(all, name, value) ? VOUCHED_PUT : VOUCHED_NO_MEMORY;
}

static struct span take(struct span *all)
{
	struct span s = {all->p, strnlen(all->p, all->n)};

	*all = span_from(*all, s.n + 1);
	return s;
}

bool vouched_next(struct span *all, struct span *name, struct span *value)
{
	if (all->n == 0)
		return false;
	*name = take(all);
	*value = take(all);
	return true;
}

struct span vouched_find(struct span all, struct span name)
{
	struct span is, value;

	while (vouched_next(&all, &is, &value))
		if (span_eq(is, name))
			return value;
	return SPAN_NONE;
}
