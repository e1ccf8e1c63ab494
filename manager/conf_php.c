/* SPDX-License-Identifier: MIT
 *
 * conf_php: see conf_php.h.
 */
#include "manager/conf_php.h"

#include <string.h>

#include "manager/php_command.h"

static const char extensions[] = "security.limit_extensions";

static void add(struct conf *conf, struct words *list, const char *word)
{
	list->at = conf_extend(conf, list->at, list->n, sizeof *list->at);
	list->at[list->n++] = conf_strdup(conf, word);
}

void conf_php_settle(struct conf *conf, struct conf_pool *pool)
{
	if (!php_command_is_php(&pool->command) || pool->limit_extensions.n > 0 ||
		check_is_set(&pool->marks, extensions))
		return;
	add(conf, &pool->limit_extensions, ".php");
	add(conf, &pool->limit_extensions, ".phar");
}

void conf_php_check(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, extensions, NULL);

	for (size_t i = 0; i < pool->limit_extensions.n; i++) {
		const char *one = pool->limit_extensions.at[i];
		if (one[0] != '.' || !one[1] || strchr(one, '/'))
			complain(k->c, mark->file, mark->line,
				"%s: '%s' of pool '%s' is no extension: give one with its dot, "
				"such as .php",
				extensions, one, pool->name);
	}
}
