/* SPDX-License-Identifier: MIT
 *
 * upkeep: see upkeep.h. Each process has its own timer, which starts anywhere within the first
 * period: so however many there are, they are not all looked at in the same moment.
 */
#include "manager/upkeep.h"

#include <sys/random.h>

#include "manager/footprint.h"
#include "manager/sizing.h"

/* How often memory is looked at. */
#define LOOK_MS 10000

uint64_t upkeep_random(void)
{
	uint64_t r = 0;

	/* Nobody's secret depends on it; just after boot the clock is good enough. */
	if (getrandom(&r, sizeof r, GRND_NONBLOCK) != (ssize_t)sizeof r)
		r = (uint64_t)mono_now().us * 0x9e3779b97f4a7c15;
	return r;
}

static void set_next(struct upkeep *u, int64_t look_ms)
{
	struct mono next = u->max_memory ? mono_add_ms(u->loop->now, look_ms) : MONO_NEVER;

	timer_set(u->loop, &u->timer, mono_before(u->end, next) ? u->end : next);
}

static void on_time(struct timer *t)
{
	struct upkeep *u = container_of(t, struct upkeep, timer);

	if (!mono_before(u->loop->now, u->end))
		u->due(u, "pm.max_lifetime");
	else if (u->max_memory && footprint_of(u->pid, &u->bytes) && u->bytes > u->max_memory)
		u->due(u, "pm.max_memory");
	else
		set_next(u, LOOK_MS);
}

void upkeep_begin(struct upkeep *u, struct loop *l, int pid, const struct upkeep_terms *t,
	void (*due)(struct upkeep *u, const char *limit))
{
	uint64_t life = sizing_jitter(t->max_lifetime, t->jitter, upkeep_random());

	*u = (struct upkeep){.loop = l,
		.pid = pid,
		.max_requests = (uint32_t)sizing_jitter(
			t->max_requests, t->jitter, upkeep_random()),
		.max_memory = t->max_memory,
		.end = life ? mono_add_ms(l->now, (int64_t)life) : MONO_NEVER,
		.due = due};
	timer_init(&u->timer, on_time);
	if (life || u->max_memory)
		set_next(u, (int64_t)(upkeep_random() % LOOK_MS));
}

void upkeep_end(struct upkeep *u)
{
	if (u->loop)
		timer_stop(u->loop, &u->timer);
}
