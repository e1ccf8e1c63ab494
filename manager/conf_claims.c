/* SPDX-License-Identifier: MIT
 *
 * conf_claims: see conf_claims.h.
 */
#include "manager/conf_claims.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

struct claim {
	const char *route, *host;
	const struct conf_pool *pool;
	size_t order;
};

static int by_route(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int cmp = strcmp(a->route, b->route);

	if (cmp == 0)
		cmp = strcmp(a->host, b->host);
	return cmp ? cmp : a->order < b->order ? -1 : a->order > b->order;
}

static size_t claim_routes(const struct conf_pool *pool, struct claim *to, size_t n)
{
	for (size_t i = 0; i < pool->route.n; i++)
		for (size_t j = 0; j < pool->host.n || j == 0; j++, n++)
			if (to)
				to[n] = (struct claim){pool->route.at[i],
					pool->host.n ? pool->host.at[j] : "", pool, n};
	return n;
}

static void complain_of(struct complaints *c, const struct claim *first, const struct claim *it)
{
	const struct conf_mark *mark = conf_mark_find(&it->pool->marks, "route", NULL);
	const struct conf_mark *before = conf_mark_find(&first->pool->marks, "route", NULL);
	const char *at = *it->host ? " at host " : "";

	if (it->pool == first->pool)
		complain(c, mark->file, mark->line, "route '%s'%s%s stands twice in pool '%s'",
			it->route, at, it->host, it->pool->name);
	else
		complain(c, mark->file, mark->line,
			"route '%s'%s%s of pool '%s' belongs to pool '%s' already (%s:%u)",
			it->route, at, it->host, it->pool->name, first->pool->name, before->file,
			before->line);
}

void conf_claims_check(const struct conf *conf, struct complaints *c)
{
	size_t n = 0, at = 0;
	struct claim *claims;

	for (size_t i = 0; i < conf->npools; i++)
		n = claim_routes(conf->pools[i], NULL, n);
	claims = mem_array(NULL, n, sizeof *claims);
	for (size_t i = 0; i < conf->npools; i++)
		at = claim_routes(conf->pools[i], claims, at);
	qsort(claims, n, sizeof *claims, by_route);
	for (size_t i = 1, first = 0; i < n; i++)
		if (strcmp(claims[i].route, claims[first].route) != 0 ||
			strcmp(claims[i].host, claims[first].host) != 0)
			first = i;
		else
			complain_of(c, &claims[first], &claims[i]);
	free(claims);
}
