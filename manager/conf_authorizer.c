/* SPDX-License-Identifier: MIT
 *
 * conf_authorizer: see conf_authorizer.h.
 */
#include "manager/conf_authorizer.h"

#include <string.h>

#include "manager/suggest.h"

static const char *what_is_wrong(struct check *k, const struct conf_pool *pool)
{
	const struct conf_pool *asked = conf_pool_find(k->conf, pool->authorizer);

	if (!asked) {
		const char *near = suggest_pool(k->conf, pool->authorizer);
		bool itself = near && strcmp(near, pool->name) == 0;
		return near && !itself ? conf_printf(k->conf,
						 "there is no such pool; did you mean %s?", near)
				       : "there is no such pool";
	}
	if (asked == pool)
		return "that is the pool itself: name one that may be asked about it";
	if (asked->type == POOL_CGI)
		return "its type is cgi: scripts have no such role, name a pool of FastCGI programs";
	if (asked->authorizer)
		return "it has an authorizer itself, and nobody is asked about a question: name one "
		       "that has none";
	return NULL;
}

void conf_authorizer_check(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "authorizer", NULL);
	const char *why = pool->authorizer ? what_is_wrong(k, pool) : NULL;

	if (!pool->authorizer)
		return;
	if (why)
		complain(k->c, mark->file, mark->line, "authorizer of pool '%s': '%s': %s",
			pool->name, pool->authorizer, why);
	if (!check_is_set(&pool->marks, "route"))
		complain(k->c, mark->file, mark->line,
			"authorizer has no effect in pool '%s': it needs a \"route\"; what comes by "
			"its listen the web server has to ask about",
			pool->name);
}

bool conf_authorizer_is(const struct conf *conf, const struct conf_pool *pool)
{
	for (size_t i = 0; i < conf->npools; i++)
		if (conf->pools[i] != pool && conf->pools[i]->authorizer &&
			strcmp(conf->pools[i]->authorizer, pool->name) == 0)
			return true;
	return false;
}
