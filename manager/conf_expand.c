/* SPDX-License-Identifier: MIT
 *
 * conf_expand: see conf_expand.h.
 */
#include "manager/conf_expand.h"

/* Again and again, for what is put in place may make another with what stands around it. */
static const char *replace(struct conf *conf, const char *text, const char *what, const char *by)
{
	const char *at;

	while (by && !strstr(by, what) && (at = strstr(text, what)))
		text = conf_printf(conf, "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
	return text;
}

const char *conf_expand(struct conf *conf, const struct conf_pool *pool, const char *text)
{
	if (!pool)
		return text;
	text = replace(conf, text, "$pool", pool->name);
	return replace(conf, text, "$prefix", pool->prefix);
}

/* Paths are made whole as they are read. A command is hardly ever one that begins here. */
static bool has_path(const struct directive *d)
{
	return d &&
	       (d->type == TYPE_PATH || d->type == TYPE_PROGRAM || strcmp(d->name, "listen") == 0);
}

const char *conf_expand_late(const struct directive *d, const struct conf_marks *before)
{
	if (d->section != SECTION_POOL || strcmp(d->name, "prefix") != 0)
		return NULL;
	for (size_t i = 0; i < before->n; i++)
		if (has_path(directive_find(SECTION_POOL, before->at[i].name)))
			return before->at[i].name;
	return NULL;
}
