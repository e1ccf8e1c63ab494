/* SPDX-License-Identifier: MIT
 *
 * adoption: see adoption.h.
 *
 * A round is one letter to every lane and back. Rounds follow one another: the next begins when
 * the last lane has answered.
 */
#include "gateway/adoption.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "gateway/access_log.h"
#include "gateway/backend_run.h"
#include "gateway/fcgi_front.h"
#include "gateway/http_front.h"
#include "gateway/listener.h"
#include "gateway/outside_plan.h"
#include "gateway/proxy_front.h"
#include "gateway/reception.h"

static struct {
	void (*need)(struct dispatch *d);
	struct plan *plan, *before; /* before: until every lane has left it */
	void (*active)(uint32_t generation);
	unsigned adopting, draining, finishing; /* lanes that have not answered yet */
	void (*drained)(uint32_t cut);
	uint32_t cut, deadline_ms;
	struct mail adopt_mail[LANES_MAX], drain_mail[LANES_MAX], finish_mail[LANES_MAX];
} state;

void adoption_init(void (*need)(struct dispatch *d))
{
	state.need = need;
}

struct plan *adopted(void)
{
	return state.plan;
}

/* ---- a new plan ---- */

static void attach_dispatch(struct plan_pool *pool, const struct plan *before)
{
	struct plan_pool *was = before ? plan_pool(before, pool->id) : NULL;

	pool->drop_dispatch = dispatch_unref;
	if (was && was->kind == pool->kind) {
		pool->dispatch = dispatch_ref(was->dispatch);
	} else {
		pool->dispatch = dispatch_new(pool);
		dispatch_on_need(pool->dispatch, state.need);
		if (pool->kind == POOL_CGI)
			run_permits_join(pool->dispatch, pool->name, pool->max_children);
	}
	if (pool->kind == POOL_EXTERNAL)
		outside_follow(pool->dispatch, pool);
}

static void attach_access_file(struct plan_pool *pool)
{
	if (!pool->has_access)
		return;
	pool->access_file = access_log_of_pool(pool->id, pool->name);
	pool->drop_access_file = access_log_unref;
	access_file_open(pool->access_file, fd_take(&pool->access_fd), pool->access_flush);
}

static bool is_kept(const struct plan_pool *pool)
{
	const struct plan_pool *now = plan_pool(state.plan, pool->id);

	return now && now->dispatch == pool->dispatch;
}

static void dissolve(const struct plan_pool *pool)
{
	if (pool->kind == POOL_CGI)
		run_permits_leave(pool->dispatch, pool->name);
	if (pool->kind == POOL_EXTERNAL)
		outside_leave(pool->dispatch);
	roster_dissolve(pool->dispatch);
}

/* Every lane has it: what only the old plan had goes. */
static void all_adopted(void)
{
	struct plan *before = state.before;

	state.before = NULL;
	if (before) {
		plan_close_listeners(before);
		for (size_t i = 0; i < before->npools; i++)
			if (!is_kept(before->pools[i]))
				dissolve(before->pools[i]);
		plan_unref(before);
	}
	state.active(state.plan->generation);
}

static void lane_has_adopted(struct lane *l, struct mail *m)
{
	(void)l, (void)m;
	if (--state.adopting == 0)
		all_adopted();
}

static void lane_adopts(struct lane *l, struct mail *m)
{
	struct plan *old = l->plan;

	l->plan = plan_ref(state.plan);
	if (!l->draining)
		listener_follow_plan(l);
	reception_move(l);
	plan_unref(old);
	lane_post(&lanes[0], m, lane_has_adopted);
}

const char *adopt(struct plan *p, void (*active)(uint32_t generation))
{
	if (state.adopting)
		return "another plan is still being adopted";
	if (!state.plan)
		lanes_start(p->threads);
	else if (p->threads != nlanes)
		return "the number of threads cannot change while we run";
	for (size_t i = 0; i < p->npools; i++) {
		attach_dispatch(p->pools[i], state.plan);
		attach_access_file(p->pools[i]);
	}
	plan_carry_quotas(p, state.plan);
	state.before = state.plan;
	state.plan = p;
	state.active = active;
	state.adopting = nlanes;
	for (unsigned i = 0; i < nlanes; i++)
		lane_post(&lanes[i], &state.adopt_mail[i], lane_adopts);
	return NULL;
}

/* ---- draining ---- */

static void lane_has_drained(struct lane *l, struct mail *m)
{
	(void)l, (void)m;
	if (--state.draining)
		return;
	for (unsigned i = 0; i < nlanes; i++)
		state.cut += lanes[i].cut;
	state.drained(state.cut);
}

static void on_emptied(struct lane *l)
{
	l->emptied = NULL;
	timer_stop(&l->loop, &l->drain_deadline);
	access_log_write(l);
	lane_post(&lanes[0], &state.drain_mail[l->index], lane_has_drained);
}

static void on_drain_deadline(struct timer *t)
{
	struct lane *l = container_of(t, struct lane, drain_deadline);

	list_for_each (it, &l->conns) {
		struct conn *c = container_of(it, struct conn, link);
		l->cut += conn_is_open(c);
		conn_lost(c);
	}
}

static void lane_drains(struct lane *l, struct mail *m)
{
	(void)m;
	l->draining = true;
	l->emptied = on_emptied;
	listener_stop(l);
	timer_init(&l->drain_deadline, on_drain_deadline);
	timer_set_ms(&l->loop, &l->drain_deadline, state.deadline_ms);
	list_for_each (it, &l->conns) {
		struct conn *c = container_of(it, struct conn, link);
		if (c->face == &proxy_face)
			proxy_front_drain(c);
		else if (c->face == &fcgi_face)
			fcgi_front_drain(c);
		else
			http_front_drain(c);
	}
	if (l->nconns == 0 && l->emptied)
		on_emptied(l);
}

void drain(uint32_t deadline_ms, void (*drained)(uint32_t cut))
{
	if (state.draining || state.drained)
		return;
	state.drained = drained;
	state.deadline_ms = deadline_ms;
	state.draining = nlanes;
	for (unsigned i = 0; i < nlanes; i++)
		lane_post(&lanes[i], &state.drain_mail[i], lane_drains);
}

/* ---- the end ---- */

static void lane_has_finished(struct lane *l, struct mail *m)
{
	(void)l, (void)m;
	if (--state.finishing == 0)
		_exit(0);
}

static void lane_finishes(struct lane *l, struct mail *m)
{
	access_log_finish(l);
	lane_post(&lanes[0], m, lane_has_finished);
}

void finish(void)
{
	if (state.finishing)
		return;
	state.finishing = nlanes;
	for (unsigned i = 0; i < nlanes; i++)
		lane_post(&lanes[i], &state.finish_mail[i], lane_finishes);
}
