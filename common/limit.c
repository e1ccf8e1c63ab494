/* SPDX-License-Identifier: MIT
 *
 * limit: see limit.h.
 */
#include "common/limit.h"

#include <errno.h>
#include <stdio.h>

static const struct limit_row rows[LIMITS_MAX] = {
	{"as", RLIMIT_AS, LIMIT_BYTES},
	{"core", RLIMIT_CORE, LIMIT_BYTES},
	{"cpu", RLIMIT_CPU, LIMIT_SECONDS},
	{"data", RLIMIT_DATA, LIMIT_BYTES},
	{"fsize", RLIMIT_FSIZE, LIMIT_BYTES},
	{"memlock", RLIMIT_MEMLOCK, LIMIT_BYTES},
	{"nofile", RLIMIT_NOFILE, LIMIT_COUNT},
	{"nproc", RLIMIT_NPROC, LIMIT_COUNT},
	{"stack", RLIMIT_STACK, LIMIT_BYTES},
};

const struct limit_row *limit_find(struct span name)
{
	for (size_t i = 0; i < nitems(rows); i++)
		if (span_is(name, rows[i].name))
			return &rows[i];
	return NULL;
}

/* ---- as an argument ---- */

static const char unlimited[] = "unlimited";

void limit_put(const struct limit *l, char to[static LIMIT_TEXT_MAX])
{
	const rlim_t both[] = {l->is.rlim_cur, l->is.rlim_max};
	char text[nitems(both)][24];

	for (size_t i = 0; i < nitems(both); i++)
		if (both[i] == RLIM_INFINITY)
			strcpy(text[i], unlimited);
		else
			snprintf(text[i], sizeof text[i], "%llu", (unsigned long long)both[i]);
	snprintf(to, LIMIT_TEXT_MAX, "%s=%s:%s", l->row->name, text[0], text[1]);
}

static bool parse_one(struct span text, rlim_t *n)
{
	*n = RLIM_INFINITY;
	if (span_is(text, unlimited))
		return true;
	*n = 0;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9' || __builtin_mul_overflow(*n, 10u, n) ||
			__builtin_add_overflow(*n, (rlim_t)(text.p[i] - '0'), n))
			return false;
	return text.n > 0;
}

bool limit_parse(const char *argument, struct limit *l)
{
	struct span text = span_of(argument);
	const char *is = strchr(argument, '='), *colon = is ? strchr(is, ':') : NULL;

	if (!colon)
		return false;
	l->row = limit_find((struct span){argument, (size_t)(is - argument)});
	return l->row &&
	       parse_one((struct span){is + 1, (size_t)(colon - is) - 1}, &l->is.rlim_cur) &&
	       parse_one(span_from(text, (size_t)(colon - argument) + 1), &l->is.rlim_max);
}

/* ---- in force ---- */

int limit_set(const struct limit *l)
{
	struct rlimit now;

	if (setrlimit(l->row->resource, &l->is) < 0 || getrlimit(l->row->resource, &now) < 0)
		return -1;
	if (now.rlim_cur == l->is.rlim_cur && now.rlim_max == l->is.rlim_max)
		return 0;
	errno = EPERM;
	return -1;
}

int limit_allow(const struct limit *l)
{
	struct limit more = *l;

	if (getrlimit(l->row->resource, &more.is) < 0)
		return -1;
	if (more.is.rlim_max >= l->is.rlim_max) /* RLIM_INFINITY is the largest number */
		return 0;
	more.is.rlim_max = l->is.rlim_max;
	return limit_set(&more);
}
