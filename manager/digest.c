/* SPDX-License-Identifier: MIT
 *
 * digest: see digest.h.
 */
#include "manager/digest.h"

#include "manager/pool_facts.h"

static const char *const kinds[] = {
	[POOL_FASTCGI] = "fastcgi", [POOL_CGI] = "cgi", [POOL_EXTERNAL] = "external"};

static const char *pm_name(const struct pool *p)
{
	static const char *const names[] = {
		[PM_STATIC] = "static", [PM_DYNAMIC] = "dynamic", [PM_ONDEMAND] = "ondemand"};

	return pool_hires(p) ? names[p->conf->pm] : "";
}

static int64_t pause_ms(const struct pool *p)
{
	int64_t since = mono_ms_between(p->last_early, p->set->loop->now);

	return sizing_backoff_ms(p->streak, p->limits.backoff_ms) - since;
}

/* While a worker is on trial, nobody waits for another start. */
static void judge(struct pool *p, struct digest *d)
{
	int64_t pause = p->streak ? pause_ms(p) : 0;

	d->retry_ms = -1;
	d->state = "open";
	if (p->door == DOOR_DRAINED)
		d->state = list_empty(&p->workers) && !p->facts.waiting ? "drained" : "draining";
	else if (p->door == DOOR_BROKEN)
		d->state = "broken";
	else if (pause > 0)
		d->state = "backing off";
	if (pause > 0 && p->door != DOOR_DRAINED)
		d->retry_ms = pause;
}

static unsigned children_of(struct pool *p)
{
	unsigned n = 0;

	list_for_each (it, &p->workers)
		n++;
	return n;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

struct digest digest_of(struct pool *p)
{
	const struct msg_fact_pool *now = &p->facts, *past = &p->past;
	struct digest d = {.kind = kinds[p->kind],
		.pm = pm_name(p),
		.oldest_wait_ms = now->oldest_wait_ms,
		.most = pool_most(p),
		.configured = (unsigned)p->conf->max_children,
		.streak = p->streak,
		.row = {
			[DIGEST_IDLE] = {"idle", now->idle},
			[DIGEST_BUSY] = {"busy", now->busy},
			[DIGEST_WAITING] = {"waiting", now->waiting},
			[DIGEST_REQUESTS] = {"requests", now->requests + past->requests},
			[DIGEST_REFUSED] = {"refused", now->refused + past->refused},
			[DIGEST_TIMED_OUT] = {"timed_out", now->timed_out + past->timed_out},
			[DIGEST_RESTARTS] = {"restarts", p->died},
			[DIGEST_SLOW] = {"slow", now->slow + past->slow},
			[DIGEST_STARTED] = {"started", p->started},
			[DIGEST_RECYCLED] = {"recycled", p->recycled},
			[DIGEST_FULL] = {"full", p->full},
			[DIGEST_STARTING] = {"starting", pool_count(p, WORKER_STARTING)},
			[DIGEST_CHILDREN] = {"children", children_of(p)},
			[DIGEST_MAX_WAITING] = {"max_waiting",
				larger(now->max_waiting, past->max_waiting)},
			[DIGEST_MAX_BUSY] = {"max_busy", larger(now->max_busy, past->max_busy)},
			[DIGEST_MAX_QUEUE] = {"max_queue", p->conf->max_queue},
		}};

	judge(p, &d);
	return d;
}

const char *digest_config(const struct house *h)
{
	return h->path ? h->path : house_conf(h)->path;
}

bool digest_shows(const struct pool *p, const struct pool *wanted)
{
	return p->conf && !p->fresh && (!wanted || p == wanted);
}
