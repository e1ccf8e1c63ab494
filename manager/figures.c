/* SPDX-License-Identifier: MIT
 *
 * figures: see figures.h.
 */
#include "manager/figures.h"

#include <inttypes.h>
#include <unistd.h>

#include "manager/digest.h"

static void put_house(struct house *h, struct buf *out)
{
	buf_putf(out, "house\t%s\t%d\t%" PRId64 "\t%s\t%u\n", HEARTH_VERSION, (int)getpid(),
		mono_ms_between(h->born, h->loop.now), house_mood_names[h->mood], h->generation);
}

static void put_gateway(const struct downlink *d, struct buf *out)
{
	bool down = downlink_is_down(d);

	buf_putf(out,
		"gateway\t%d\t%" PRId64 "\t%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		"\n",
		down ? 0 : d->gateway.pid, down ? 0 : worker_age_ms(&d->gateway),
		d->totals.connections, d->totals.accepted + d->past.accepted,
		d->totals.requests + d->past.requests, d->totals.errors + d->past.errors,
		d->starts);
}

static void put_pool(struct pool *p, struct buf *out)
{
	static const enum digest_figure shown[] = {DIGEST_IDLE, DIGEST_BUSY, DIGEST_STARTING,
		DIGEST_WAITING, DIGEST_MAX_QUEUE, DIGEST_REQUESTS, DIGEST_REFUSED, DIGEST_TIMED_OUT,
		DIGEST_RESTARTS, DIGEST_SLOW};
	struct digest d = digest_of(p);

	buf_putf(out, "pool\t%s\t%s\t%s\t%s\t%" PRId64 "\t%u", p->name, d.kind, d.pm, d.state,
		d.retry_ms, d.most);
	for (size_t i = 0; i < nitems(shown); i++)
		buf_putf(out, "\t%" PRIu64, d.row[shown[i]].value);
	buf_puts(out, "\n");
}

/* What runs in a pool that a reload has replaced runs under its name all the same. */
static void put_running(struct house *h, const struct running *r, struct buf *out)
{
	const struct pool *p = pools_find(&h->pools, r->pool);

	buf_putf(out, "running\t%s\t%u\t%u\t%016" PRIx64 "\t%s\n", p ? p->name : "-", r->pid, r->ms,
		r->request, r->line);
}

bool figures_put(struct house *h, const struct seen *seen, struct buf *out)
{
	put_house(h, out);
	put_gateway(&h->downlink, out);
	list_for_each (it, &h->pools.all) {
		struct pool *p = container_of(it, struct pool, link);
		if (digest_shows(p, NULL))
			put_pool(p, out);
	}
	for (size_t i = 0; i < seen->n; i++)
		put_running(h, &seen->at[i], out);
	return buf_puts(out, "");
}
