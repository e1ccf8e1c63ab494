/* SPDX-License-Identifier: MIT
 *
 * conf_logs: see conf_logs.h.
 */
#include "manager/conf_logs.h"

#include "common/access_format.h"
#include "manager/slow_argument.h"

/* ---- access logs ---- */

static void check_paths(struct check *k, const struct conf_marks *marks, const struct pairs *paths)
{
	const struct conf_mark *mark = check_mark(k, marks, "access.suppress_path", NULL);

	for (size_t i = 0; i < paths->n; i++)
		if (paths->at[i].value[0] != '/' || strchr(paths->at[i].value, '?'))
			complain(k->c, mark->file, mark->line,
				"access.suppress_path: '%s' is no path: give one such as /ping",
				paths->at[i].value);
}

void conf_logs_check(struct check *k)
{
	const struct conf_gateway *g = &k->conf->gateway;
	const struct conf_mark *mark = check_mark(k, &g->marks, "access.format", NULL);
	char why[256];

	check_log(k, &k->conf->global.marks, "error_log", k->conf->global.error_log);
	check_log(k, &g->marks, "access.log", g->access_log);
	if (!access_format_check(g->access_format, why, sizeof why))
		complain(k->c, mark->file, mark->line, "access.format: %s", why);
	check_paths(k, &g->marks, &g->suppress_path);
}

void conf_logs_check_pool(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "access.format", NULL);
	char why[256];

	check_log(k, &pool->marks, "access.log", pool->access_log);
	if (pool->access_format && !access_format_check(pool->access_format, why, sizeof why))
		complain(k->c, mark->file, mark->line, "access.format of pool '%s': %s", pool->name,
			why);
	check_paths(k, &pool->marks, &pool->suppress_path);
	mark = conf_mark_find(&pool->marks, "access.suppress_path", NULL);
	if (mark && !pool->access_log && !k->conf->gateway.access_log)
		complain_mildly(k->c, mark->file, mark->line,
			"access.suppress_path has no effect in pool '%s': there is no access log",
			pool->name);
}

/* ---- slowlogs ---- */

/* A slowlog alone is what files of php-fpm often have; and a 0 that somebody has written says that
 * it is switched off for now. */
static void check_slow_effect(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *file = conf_mark_find(&pool->marks, "slowlog", NULL);
	const struct conf_mark *command = conf_mark_find(&pool->marks, "slowlog_command", NULL);

	if (check_is_set(&pool->marks, "request_slowlog_timeout"))
		return;
	if (file)
		complain_mildly(k->c, file->file, file->line,
			"slowlog of pool '%s' stays empty: set request_slowlog_timeout as well",
			pool->name);
	if (command)
		complain(k->c, command->file, command->line,
			"slowlog_command has no effect in pool '%s': it needs a "
			"\"request_slowlog_timeout\"",
			pool->name);
}

void conf_logs_check_slow(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "request_slowlog_timeout", NULL);
	uint64_t slow = pool->request_slowlog_timeout, end = pool->request_terminate_timeout;

	if (slow && end && slow >= end)
		complain(k->c, mark->file, mark->line,
			"request_slowlog_timeout of pool '%s' is not shorter than its "
			"request_terminate_timeout, which ends the request before: make it shorter",
			pool->name);
	check_slow_effect(k, pool);
	check_log(k, &pool->marks, "slowlog", pool->slowlog);
	if (pool->slowlog_command.n == 0)
		return;
	check_program(k, pool, "slowlog_command", NULL, &pool->slowlog_command.at[0]);
	mark = check_mark(k, &pool->marks, "slowlog_command", NULL);
	for (size_t i = 1; i < pool->slowlog_command.n; i++) {
		const char *why = slow_argument_check(pool->slowlog_command.at[i]);
		if (why)
			complain(k->c, mark->file, mark->line,
				"slowlog_command of pool '%s': '%s' %s: write %%%% for a percent "
				"sign",
				pool->name, pool->slowlog_command.at[i], why);
	}
}
