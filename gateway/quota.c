/* SPDX-License-Identifier: MIT
 *
 * quota: see quota.h.
 */
#include "gateway/quota.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"

#define SAY_EVERY_US 10000000

struct quota *quota_new(const char *name, struct quota *of)
{
	struct quota *q = mem_zalloc(sizeof *q);

	q->refs = 1;
	q->max = UINT64_MAX;
	q->name = mem_strndup(name, strlen(name));
	q->of = quota_ref(of);
	return q;
}

struct quota *quota_ref(struct quota *q)
{
	if (q)
		atomic_fetch_add_explicit(&q->refs, 1, memory_order_relaxed);
	return q;
}

void quota_unref(struct quota *q)
{
	if (!q || atomic_fetch_sub_explicit(&q->refs, 1, memory_order_acq_rel) != 1)
		return;
	must(q->used == 0);
	quota_unref(q->of);
	free(q->name);
	free(q);
}

void quota_limit(struct quota *q, uint64_t max)
{
	if (q)
		q->max = max;
}

static bool take(struct quota *q, uint64_t n)
{
	uint64_t used = q->used;

	do {
		if (n > UINT64_MAX - used || used + n > q->max)
			return false;
	} while (!atomic_compare_exchange_weak(&q->used, &used, used + n));
	return true;
}

struct quota *quota_take(struct quota *q, uint64_t n)
{
	struct quota *lacks;

	if (!q)
		return NULL;
	if (!take(q, n))
		return q;
	lacks = quota_take(q->of, n);
	if (lacks)
		atomic_fetch_sub(&q->used, n);
	return lacks;
}

void quota_give(struct quota *q, uint64_t n)
{
	for (; q; q = q->of)
		must(atomic_fetch_sub(&q->used, n) >= n);
}

bool quota_may_say(_Atomic int64_t *last, struct mono now)
{
	int64_t was = *last;

	if (was && now.us - was < SAY_EVERY_US)
		return false;
	return atomic_compare_exchange_strong(last, &was, now.us ? now.us : 1);
}
