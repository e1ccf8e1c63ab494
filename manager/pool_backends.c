/* SPDX-License-Identifier: MIT
 *
 * pool_backends: see pool_backends.h. A pool with other addresses is another pool (pools_prepare),
 * so the number of an address is good for as long as its pool lives.
 */
#include "manager/pool_backends.h"

#include "common/log.h"
#include "common/mem.h"

void pool_backends_init(struct pool *p)
{
	size_t n = p->kind == POOL_EXTERNAL ? p->conf->backend.n : 0;

	if (n > 0)
		p->backends = mem_array(NULL, n, sizeof *p->backends);
	for (size_t i = 0; i < n; i++)
		p->backends[i] = (struct pool_backend){.known = false};
}

static struct pool_backend *find(struct pool *p, struct span address)
{
	for (size_t i = 0; p->conf && p->backends && i < p->conf->backend.n; i++)
		if (span_is(address, p->conf->backend.at[i]))
			return &p->backends[i];
	return NULL;
}

bool pool_backends_take(struct pool *p, const struct msg_fact_backend *m)
{
	struct pool_backend *b = find(p, m->address);

	if (!b)
		return false;
	*b = (struct pool_backend){.known = true,
		.busy = m->busy,
		.idle = m->idle,
		.requests = m->requests,
		.failed = m->failed,
		.rests_until = mono_add_ms(p->set->loop->now, m->resting_ms)};
	log_escape(b->why, sizeof b->why, m->why.p, m->why.n);
	return true;
}

void pool_backends_forget(struct pool *p)
{
	for (size_t i = 0; p->conf && p->backends && i < p->conf->backend.n; i++)
		p->backends[i] = (struct pool_backend){.known = false};
}

int64_t pool_backends_rest_ms(const struct pool *p, size_t i)
{
	const struct pool_backend *b = &p->backends[i];
	int64_t ms = b->known ? mono_ms_between(p->set->loop->now, b->rests_until) : 0;

	return ms > 0 ? ms : 0;
}
