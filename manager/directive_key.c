/* SPDX-License-Identifier: MIT
 *
 * directive_key: see directive_key.h.
 */
#include "manager/directive_key.h"

#include <ctype.h>

#include "common/limit.h"

static bool is_name(const char *s)
{
	if (isdigit((unsigned char)*s) || *s == '\0')
		return false;
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return *s == '\0';
}

static bool is_setting(const char *s)
{
	const char *p = s;

	while (isalnum((unsigned char)*p) || (*p && strchr("_.-", *p)))
		p++;
	return p > s && *p == '\0';
}

static bool is_extension(const char *s)
{
	return s[0] == '.' && s[1] != '\0' && s[strcspn(s, " \t/\"")] == '\0';
}

const char *directive_key(const struct directive *d, const char *key)
{
	if (d->key == KEY_NONE && key)
		return "takes nothing in brackets";
	if (d->key == KEY_EXTENSION && key && !is_extension(key))
		return "needs an extension such as .py in its brackets";
	if (d->key == KEY_NAME && (!key || !is_name(key)))
		return "needs a name in brackets";
	if (d->key == KEY_SETTING && (!key || !is_setting(key)))
		return "needs the name of a setting in brackets, such as memory_limit";
	if (d->key == KEY_FLAG && (!key || !is_setting(key)))
		return "needs the name of a setting in brackets, such as display_errors";
	if (d->key == KEY_LIST && (!key || *key))
		return "needs empty brackets, one line for each";
	if (d->key == KEY_LIMIT && (!key || !limit_find(span_of(key))))
		return "needs as, core, cpu, data, fsize, memlock, nofile, nproc or stack in its "
		       "brackets";
	return NULL;
}

void directive_title(const struct directive *d, struct buf *out)
{
	static const char *const brackets[] = {[KEY_NONE] = "",
		[KEY_NAME] = "[NAME]",
		[KEY_SETTING] = "[NAME]",
		[KEY_FLAG] = "[NAME]",
		[KEY_EXTENSION] = "[.EXTENSION]",
		[KEY_LIMIT] = "[LIMIT]",
		[KEY_LIST] = "[]"};

	buf_putf(out, "%s%s", d->name, brackets[d->key]);
}
