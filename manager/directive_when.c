/* SPDX-License-Identifier: MIT
 *
 * directive_when: see directive_when.h.
 */
#include "manager/directive_when.h"

#include "manager/php_fpm.h"

static const char *name_condition(unsigned flags)
{
	return flags & ONLY_FASTCGI    ? "type = fastcgi"
	       : flags & ONLY_CGI      ? "type = cgi"
	       : flags & ONLY_EXTERNAL ? "type = external"
	       : flags & ONLY_HIRED    ? "type = fastcgi or cgi"
	       : flags & ONLY_SPOKEN   ? "type = fastcgi or external"
	       : flags & ONLY_ONDEMAND ? "pm = ondemand or type = external"
	       : flags & ONLY_DYNAMIC  ? "pm = dynamic"
	       : flags & ONLY_LISTEN   ? "listen = ADDRESS"
	       : flags & ONLY_SYSLOG   ? "error_log = syslog"
	       : flags & ONLY_LOGGED   ? "access.log"
	       : flags & ONLY_CAUGHT   ? "catch_workers_output = yes"
				       : NULL;
}

const char *directive_condition(const struct directive *d)
{
	return name_condition(d->flags);
}

/* FCGI_STDERR is no output of the process: it is caught in any case. */
static unsigned met_by_pool(const struct conf_pool *pool)
{
	static const unsigned by_type[] = {
		[POOL_FASTCGI] = ONLY_FASTCGI | ONLY_HIRED | ONLY_SPOKEN | ONLY_CAUGHT,
		[POOL_CGI] = ONLY_CGI | ONLY_HIRED,
		[POOL_EXTERNAL] = ONLY_EXTERNAL | ONLY_SPOKEN | ONLY_CAUGHT | ONLY_ONDEMAND,
	};

	return by_type[pool->type] | (pool->catch_output ? ONLY_CAUGHT : 0) |
	       (pool->pm == PM_ONDEMAND ? ONLY_ONDEMAND : 0) |
	       (pool->pm == PM_DYNAMIC ? ONLY_DYNAMIC : 0) | (pool->access_log ? ONLY_LOGGED : 0) |
	       (pool->listen.n || pool->status_listen ? ONLY_LISTEN : 0);
}

static unsigned met_by_global(const struct conf_global *g)
{
	return strcmp(g->error_log, "syslog") == 0 ? ONLY_SYSLOG : 0;
}

static unsigned unmet(const struct directive *d, const void *base)
{
	unsigned met = d->section == SECTION_POOL     ? met_by_pool(base)
		       : d->section == SECTION_GLOBAL ? met_by_global(base)
						      : 0;

	return d->flags & ~met;
}

const char *directive_unmet(const struct directive *d, const void *base)
{
	return name_condition(unmet(d, base));
}

bool directive_is_idle(const struct directive *d, const void *base)
{
	static const unsigned choices = ONLY_ONDEMAND | ONLY_DYNAMIC | ONLY_LISTEN | ONLY_SYSLOG |
					ONLY_LOGGED | ONLY_CAUGHT;

	return php_fpm_has(d) && !name_condition(unmet(d, base) & ~choices);
}

bool directive_applies(const struct directive *d, const void *base)
{
	return directive_unmet(d, base) == NULL;
}
