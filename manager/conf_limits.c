/* SPDX-License-Identifier: MIT
 *
 * conf_limits: see conf_limits.h.
 */
#include "manager/conf_limits.h"

#include <sys/prctl.h>

#include "manager/conf_power.h"
#include "manager/value.h"

/* ---- what pools inherit ---- */

static void inherit(char **field, const char *pool_says, char *global)
{
	if (!*field && !pool_says)
		*field = global;
}

static const char *limit_said(const struct conf_pool *pool, const char *limit)
{
	for (size_t i = 0; i < pool->rlimit.n; i++)
		if (strcmp(pool->rlimit.at[i].key, limit) == 0)
			return pool->rlimit.at[i].value;
	return NULL;
}

void conf_limits_inherit(const struct conf_global *g, struct conf_pool *pool)
{
	inherit(&pool->priority, NULL, g->priority);
	inherit(&pool->rlimit_files, limit_said(pool, "nofile"), g->rlimit_files);
	inherit(&pool->rlimit_core, limit_said(pool, "core"), g->rlimit_core);
}

/* ---- limits and priority ---- */

static void refuse_priority(
	struct check *k, const struct conf_marks *marks, const char *of, const char *priority)
{
	const struct conf_mark *mark = check_mark(k, marks, "process.priority", NULL);
	int nice;

	if (k->root && priority && value_nice(priority, &nice) && !conf_power_may_nice(nice))
		complain(k->c, mark->file, mark->line,
			"process.priority = %s%s is more than hearth itself may have: it lacks "
			"CAP_SYS_NICE",
			priority, of);
}

void conf_limits_check(struct check *k)
{
	const struct conf_global *g = &k->conf->global;

	check_limit(k, check_mark(k, &g->marks, "rlimit_files", NULL), "rlimit_files",
		limit_find(SPAN_LIT("nofile")), " of [global]", g->rlimit_files);
	check_limit(k, check_mark(k, &g->marks, "rlimit_core", NULL), "rlimit_core",
		limit_find(SPAN_LIT("core")), " of [global]", g->rlimit_core);
	refuse_priority(k, &g->marks, " of [global]", g->priority);
}

/* php-fpm's names for two of the limits. */
static const struct {
	const char *directive, *limit;
	size_t offset;
} old_limits[] = {
	{"rlimit_files", "nofile", offsetof(struct conf_pool, rlimit_files)},
	{"rlimit_core", "core", offsetof(struct conf_pool, rlimit_core)},
};

static void check_old_limit(struct check *k, const struct conf_pool *pool, size_t i)
{
	const char *name = old_limits[i].directive, *limit = old_limits[i].limit;
	const char *of = conf_printf(k->conf, " of pool '%s'", pool->name);
	const struct conf_mark *mark = check_mark(k, &pool->marks, name, NULL);
	const struct conf_mark *other = conf_mark_find(&pool->marks, "rlimit", limit);
	char *const *value = (char *const *)((const char *)pool + old_limits[i].offset);

	if (other && conf_mark_find(&pool->marks, name, NULL))
		complain(k->c, mark->file, mark->line,
			"%s%s and rlimit[%s] (%s:%u) are the same limit: keep one of them", name,
			of, limit, other->file, other->line);
	else
		check_limit(k, mark, name, limit_find(span_of(limit)), of, *value);
}

void conf_limits_check_pool(struct check *k, struct conf_pool *pool)
{
	const char *of = conf_printf(k->conf, " of pool '%s'", pool->name);

	refuse_priority(k, &pool->marks, of, pool->priority);
	for (size_t i = 0; i < pool->rlimit.n; i++) {
		const struct pair *p = &pool->rlimit.at[i];
		check_limit(k, check_mark(k, &pool->marks, "rlimit", p->key),
			conf_printf(k->conf, "rlimit[%s]", p->key), limit_find(span_of(p->key)), of,
			p->value);
	}
	for (size_t i = 0; i < nitems(old_limits); i++)
		check_old_limit(k, pool, i);
}

/* ---- privilege ---- */

/* Nobody gets back what the manager itself has given up. */
void conf_limits_check_gain(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "no_new_privs", NULL);

	if (!pool->no_new_privs && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		complain_mildly(k->c, mark->file, mark->line,
			"no_new_privs = no of pool '%s' has no effect: hearth itself was started "
			"with no_new_privs (systemd calls it NoNewPrivileges)",
			pool->name);
}

static void warn_of(void *arg, const char *name, const char *owner, const struct conf_pool *pool,
	const struct conf_mark *mark)
{
	struct check *k = arg;

	complain_mildly(k->c, mark->file, mark->line,
		"%s of %s%s%s has no effect: hearth was not "
		"started by root",
		name, pool ? "pool '" : "", owner, pool ? "'" : "");
}

void conf_limits_check_vain(struct check *k)
{
	conf_power_each_vain(k->conf, warn_of, k);
}
