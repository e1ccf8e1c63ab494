/* SPDX-License-Identifier: MIT
 *
 * longest: see longest.h.
 */
#include "gateway/longest.h"

#include <stdio.h>

#include "common/log.h"
#include "gateway/pool_figures.h"

static struct longest entry_of(const struct plan_pool *pool, const struct score_row *row)
{
	const struct score_request *r = &row->request;
	char target[SCORE_TARGET_MAX], text[SCORE_METHOD + 1 + SCORE_TARGET_MAX];
	struct longest l = {.pool = pool->id, .pid = row->pid, .us = row->duration_us};
	int n = snprintf(text, sizeof text, "%s %s", r->method, score_target(r, target).p);

	l.request = r->id;
	log_escape(l.line, sizeof l.line, text, (size_t)n);
	return l;
}

/* Where it belongs among the n that are there; what falls off the end is forgotten. */
static size_t insert(struct longest *to, size_t n, size_t most, const struct longest *l)
{
	size_t i = n < most ? n : most - 1;

	if (n == most && to[i].us >= l->us)
		return n;
	for (; i > 0 && to[i - 1].us < l->us; i--)
		to[i] = to[i - 1];
	to[i] = *l;
	return n < most ? n + 1 : most;
}

size_t longest_find(const struct plan *p, struct longest *to, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; most && i < p->npools; i++) {
		struct pool_figures f;
		pool_figures_take(&f, p->pools[i], FIGURES_SEATS);
		for (size_t k = 0; k < f.nrows; k++) {
			struct longest l;
			if (f.rows[k].state == SCORE_IDLE ||
				(n == most && to[n - 1].us >= f.rows[k].duration_us))
				continue;
			l = entry_of(p->pools[i], &f.rows[k]);
			n = insert(to, n, most, &l);
		}
		pool_figures_free(&f);
	}
	return n;
}
