/* SPDX-License-Identifier: MIT
 *
 * wall: see wall.h.
 */
#include "manager/wall.h"

#include "common/fd.h"
#include "manager/pool_facts.h"
#include "manager/standing.h"

/* A gateway that does not take what it is told has lost count of its workers: that is its end. */
static void told(struct wall *to, bool ok)
{
	if (!ok)
		worker_event(to->gateway, WORKER_ON_BROKEN, "it does not read its letters");
}

static void tell(struct wall *to, enum msg_type type, const void *payload, int *fds)
{
	told(to, chan_send(&to->chan, type, payload, fds));
}

/* From its birth to its being ready; workers may have been ready before this gateway was there. */
static uint32_t spawn_us(const struct worker *w)
{
	int64_t us = mono_is_never(w->ready_at) ? 0 : mono_us_between(w->born, w->ready_at);

	return us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static void join(void *wall, struct pool *p, struct worker *w)
{
	struct wall *to = wall;
	struct msg_worker_join worker = {.pool = p->number,
		.worker = w->id,
		.pid = (uint32_t)w->pid,
		.max_requests = w->upkeep.max_requests,
		.met = w->met,
		.spawn_us = spawn_us(w),
		.path = span_of(w->path)};
	struct msg_runner_join runner = {p->number, w->id, (uint32_t)w->pid};

	if (!to->active)
		return;
	if (p->kind == POOL_CGI && w->channel >= 0) {
		int fds[MSG_FDS_MAX] = {fd_take(&w->channel), -1, -1};
		tell(to, MSG_RUNNER_JOIN, &runner, fds);
	} else if (p->kind == POOL_FASTCGI) {
		tell(to, MSG_WORKER_JOIN, &worker, NULL);
	}
	w->introduced = true;
}

static bool let_leave(void *wall, struct worker *w)
{
	struct wall *to = wall;
	struct msg_worker_leave m = {.worker = w->id};

	return to->active && chan_send(&to->chan, MSG_WORKER_LEAVE, &m, NULL);
}

static void gone(void *wall, struct worker *w)
{
	struct wall *to = wall;
	struct msg_worker_gone m = {.worker = w->id};

	if (to->active)
		tell(to, MSG_WORKER_GONE, &m, NULL);
}

static void trim(void *wall, struct pool *p, int64_t idle_ms, unsigned keep)
{
	struct wall *to = wall;
	struct msg_pool_trim m = {.pool = p->number, .idle_ms = (uint32_t)idle_ms, .keep = keep};

	if (to->active)
		tell(to, MSG_POOL_TRIM, &m, NULL);
}

static void stand(void *wall, struct pool *p)
{
	struct wall *to = wall;

	told(to, standing_review(p, to->active ? &to->chan : NULL));
}

static void scale(void *wall, struct pool *p)
{
	struct wall *to = wall;
	struct msg_pool_scale m = {.pool = p->number, .max_children = pool_most(p)};

	if (to->active)
		tell(to, MSG_POOL_SCALE, &m, NULL);
}

const struct wall_ops wall_letters = {.join = join,
	.leave = let_leave,
	.gone = gone,
	.trim = trim,
	.stand = stand,
	.scale = scale};

/* First whether it takes requests, then who is there for them. */
void wall_show(struct wall *to, struct pool *p)
{
	told(to, standing_tell(p, &to->chan));
	pool_introduce(p);
	if (pool_has_surplus(p))
		scale(to, p);
}
