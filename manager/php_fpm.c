/* SPDX-License-Identifier: MIT
 *
 * php_fpm: see php_fpm.h. The rules for values are those of php.ini, which php-fpm reads its files
 * by (zend_ini_scanner).
 */
#include "manager/php_fpm.h"

#include <stdlib.h>

#include "manager/value.h"

/* ---- directives ---- */

static const struct php_fpm_stranger strangers[] = {
	{SECTION_POOL, "apparmor_hat",
		"begin command with aa-exec -p PROFILE -- and take the line away: the pool shall not "
		"run without the confinement that is asked for",
		true},
	{SECTION_GLOBAL, "events.mechanism", "leave it out: it is always epoll", false},
	{SECTION_POOL, "listen.setfib", "leave it out: Linux has no such tables", false},
	{SECTION_GLOBAL, "log_buffering", "leave it out: lines are always written whole", false},
	{SECTION_POOL, "request_slowlog_trace_depth",
		"leave it out: slowlog_command may show a stack as deep as you like", false},
	{SECTION_POOL, "request_terminate_timeout_track_finished",
		"leave it out: a request runs until its program says that it is over", false},
};

const struct php_fpm_stranger *php_fpm_stranger(enum conf_section section, const char *name)
{
	for (size_t i = 0; i < nitems(strangers); i++)
		if (strcmp(strangers[i].name, name) == 0 &&
			(section == SECTIONS || section == strangers[i].section))
			return &strangers[i];
	return NULL;
}

bool php_fpm_has(const struct directive *d)
{
	return d->section != SECTION_GATEWAY && d->also && strstr(d->also, "php-fpm ");
}

/* ---- values ---- */

static bool is_number(const struct directive *d)
{
	switch (d->type) {
	case TYPE_BOOL:
	case TYPE_ENUM:
	case TYPE_UINT:
	case TYPE_SIZE:
	case TYPE_TIME:
	case TYPE_PERCENT:
	case TYPE_MODE:
	case TYPE_LIMIT:
	case TYPE_NICE:
		return true;
	default:
		return false;
	}
}

/* Within double quotes, what it holds is no sign of ours. */
static void put_variable(struct conf *conf, struct span name, bool in_quotes, struct buf *out)
{
	const char *value = getenv(conf_strndup(conf, name.p, name.n));

	for (; value && *value; value++)
		buf_putf(out, "%s%c", in_quotes && strchr("\"\\", *value) ? "\\" : "", *value);
}

/* A variable, a sign behind a backslash, which only quotes give a meaning, or a byte. */
static const char *put_next(struct conf *conf, const char *p, bool in_quotes, struct buf *out)
{
	const char *end = strncmp(p, "${", 2) == 0 ? strchr(p, '}') : NULL;
	size_t n = in_quotes && p[0] == '\\' && p[1] ? 2 : 1;

	if (end) {
		put_variable(conf, (struct span){p + 2, (size_t)(end - p) - 2}, in_quotes, out);
		return end + 1;
	}
	buf_put(out, p, n);
	return p + n;
}

/* One that is not there is empty, as in php.ini. In single quotes nothing is replaced. */
static const char *with_environment(struct conf *conf, const char *text)
{
	bool in_quotes = *text == '"';
	struct buf out = BUF_INIT;

	if (*text == '\'' || !strstr(text, "${"))
		return text;
	while (*text)
		text = put_next(conf, text, in_quotes, &out);
	text = conf_strndup(conf, buf_head(&out), buf_len(&out));
	buf_free(&out);
	return text;
}

/* No number has a ; in it. */
static const char *cut(struct conf *conf, const char *text)
{
	size_t n = strcspn(text, ";");

	while (n > 0 && strchr(" \t", text[n - 1]))
		n--;
	return conf_strndup(conf, text, n);
}

/* What stands between a quote at either end; NULL if that is not how the text is. */
static const char *inside(struct conf *conf, const char *text)
{
	size_t n = strlen(text);
	char *to;

	if (n < 2 || text[0] != text[n - 1] || !strchr("'\"", text[0]))
		return NULL;
	if (text[0] == '\'')
		return strchr(text + 1, '\'') == text + n - 1 ? conf_strndup(conf, text + 1, n - 2)
							      : NULL;
	to = conf_alloc(conf, n + 1);
	return !value_word(&text, to) && *text == '\0' ? to : NULL;
}

static const char *quoted(struct conf *conf, const char *plain)
{
	struct buf out = BUF_INIT;
	const char *text;

	value_put_text(plain, &out);
	text = conf_strndup(conf, buf_head(&out), buf_len(&out));
	buf_free(&out);
	return text;
}

const char *php_fpm_value(struct conf *conf, const struct directive *d, const char *text)
{
	const char *plain;

	if (!php_fpm_has(d))
		return text;
	text = with_environment(conf, text);
	if (is_number(d))
		text = cut(conf, text);
	plain = inside(conf, text);
	if (d->type == TYPE_BOOL && strcasecmp(plain ? plain : text, "none") == 0)
		return "no";
	if (plain && (is_number(d) || (d->type == TYPE_WORDS && strcmp(d->name, "listen") != 0)))
		return plain;
	return plain && *text == '\'' ? quoted(conf, plain) : text;
}

bool php_fpm_is_unset(const struct directive *d, const char *text)
{
	return php_fpm_has(d) && !d->value && d->key == KEY_NONE && !(d->flags & MAY_BE_EMPTY) &&
	       (*text == '\0' || strcmp(text, "\"\"") == 0);
}
