/* SPDX-License-Identifier: MIT
 *
 * downlink: see downlink.h. The gateway lives a worker's life: worker.c starts it, stops it and
 * writes its obituary; what is here is what is said to it.
 */
#include "manager/downlink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "manager/conf_power.h"
#include "manager/hire.h"
#include "manager/log_letters.h"
#include "manager/pool_backends.h"
#include "manager/value.h"

#define ANSWER_MS 30000

/* What the gateway's restart waits for at most, however often it died. */
#define BACKOFF_MAX_MS 10000

/* The gateway ends its drain by itself when the time is over; we step in a little later. */
#define DRAIN_EXTRA_MS 500

#define CHANNEL_FD 3

/* ---- logs and plan ---- */

void downlink_send_logs(struct downlink *d)
{
	if (d->greeted && d->plan.conf)
		d->has_access_log = log_letters(&d->plan, d->has_access_log, &d->wall.chan);
}

void downlink_fall_back(struct downlink *d, const struct plan *plan)
{
	d->plan = *plan;
}

void downlink_offer(struct downlink *d, const struct plan *plan)
{
	d->plan = *plan;
	if (!d->greeted)
		return;
	d->offered = true;
	plan_send(&d->plan, &d->wall.chan);
	timer_set_ms(d->loop, &d->answer, ANSWER_MS);
}

/* ---- what the gateway says ---- */

static const char *on_hello(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;
	struct msg_hello hello = {.version = MSG_VERSION, .pid = (uint32_t)getpid()};

	(void)fds;
	if (m->hello.version != MSG_VERSION)
		return "the gateway is of another version: install both programs together";
	if (d->greeted)
		return "it said hello twice";
	d->greeted = true;
	timer_set(d->loop, &d->answer, MONO_NEVER);
	chan_send(&d->wall.chan, MSG_HELLO, &hello, NULL);
	downlink_send_logs(d);
	if (d->plan.conf)
		downlink_offer(d, &d->plan);
	return NULL;
}

static const char *on_plan_active(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;

	(void)fds;
	if (!d->offered || m->plan_active.generation != d->plan.generation)
		return "nobody offered that plan";
	d->offered = false;
	timer_set(d->loop, &d->answer, MONO_NEVER);
	d->wall.active = true;
	d->ops->active(d->owner, d->plan.generation);
	list_for_each (it, &d->plan.pools->all)
		wall_show(&d->wall, container_of(it, struct pool, link));
	return NULL;
}

static const char *on_plan_refused(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;
	char why[512];

	(void)fds;
	if (!d->offered || m->plan_refused.generation != d->plan.generation)
		return "nobody offered that plan";
	d->offered = false;
	timer_set(d->loop, &d->answer, MONO_NEVER);
	log_escape(why, sizeof why, m->plan_refused.why.p, m->plan_refused.why.n);
	d->ops->refused(d->owner, why);
	return NULL;
}

/* A worker may have died while the letter was on its way, so a wrong number is nothing bad. */
static struct worker *worker_of(struct downlink *d, uint32_t id, const char *letter)
{
	struct worker *w = pools_find_worker(d->plan.pools, id);

	if (!w || !w->introduced) {
		log_debug("the gateway's %s names worker %u, whom it cannot know", letter, id);
		return NULL;
	}
	return w;
}

static const char *on_worker_left(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct worker *w = worker_of(owner, m->worker_left.worker, "WORKER_LEFT");

	(void)fds;
	if (w)
		pool_take_left(w);
	return NULL;
}

static const char *on_broken(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct worker *w = worker_of(owner, m->fact_broken.worker, "FACT_BROKEN");
	char why[128];

	(void)fds;
	if (!w || (uint32_t)w->pid != m->fact_broken.pid)
		return NULL;
	log_escape(why, sizeof why, m->fact_broken.why.p, m->fact_broken.why.n);
	worker_event(w, WORKER_ON_BROKEN, why);
	return NULL;
}

static const char *on_worked(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;
	struct pool *p = pools_find(d->plan.pools, m->fact_worked.pool);
	struct worker *w = pools_find_worker(d->plan.pools, m->fact_worked.worker);

	(void)fds;
	if (p && (!w || (w->introduced && w->pool == p)))
		pool_take_proof(p, w, m->fact_worked.worker);
	return NULL;
}

static const char *on_fact_pool(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;
	struct pool *p = pools_find(d->plan.pools, m->fact_pool.pool);

	(void)fds;
	if (p)
		pool_take_facts(p, &m->fact_pool);
	else
		log_debug("the gateway has facts on pool %u, which is no more", m->fact_pool.pool);
	return NULL;
}

static const char *on_fact_backend(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;
	struct pool *p = pools_find(d->plan.pools, m->fact_backend.pool);

	(void)fds;
	if (!p || !pool_backends_take(p, &m->fact_backend))
		log_debug("the gateway has facts on an address of pool %u, which is no more",
			m->fact_backend.pool);
	return NULL;
}

static const char *on_slow(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;
	struct pool *p = pools_find(d->plan.pools, m->fact_slow.pool);

	(void)fds;
	if (p)
		slowlog_take(d->slowlog, p, &m->fact_slow);
	return NULL;
}

static const char *on_fact_totals(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;

	(void)fds;
	d->totals = m->fact_totals;
	return NULL;
}

static const char *on_drained(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;

	(void)fds;
	if (d->gateway.state != WORKER_LEAVING)
		return "nobody asked it to drain";
	if (m->drained.cut)
		log_warn("%u requests were cut: they took longer than process_control_timeout",
			m->drained.cut);
	worker_event(&d->gateway, WORKER_ON_LEFT, NULL);
	return NULL;
}

/* ---- who looks ---- */

static const char *on_running(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;

	(void)fds;
	lookers_row(&d->lookers, &m->fact_running);
	return NULL;
}

static const char *on_looked(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct downlink *d = owner;

	(void)fds;
	lookers_end(&d->lookers, m->fact_looked.question);
	return NULL;
}

void downlink_look(struct downlink *d, struct looker *l, uint32_t most)
{
	struct msg_look m = {.most = most};

	lookers_add(&d->lookers, l);
	m.question = l->question;
	if (!d->wall.active || !chan_send(&d->wall.chan, MSG_LOOK, &m, NULL))
		looker_end(l);
}

static chan_handler *const handlers[MSG_TYPES] = {
	[MSG_HELLO] = on_hello,
	[MSG_PLAN_ACTIVE] = on_plan_active,
	[MSG_PLAN_REFUSED] = on_plan_refused,
	[MSG_WORKER_LEFT] = on_worker_left,
	[MSG_FACT_POOL] = on_fact_pool,
	[MSG_FACT_BACKEND] = on_fact_backend,
	[MSG_FACT_TOTALS] = on_fact_totals,
	[MSG_FACT_BROKEN] = on_broken,
	[MSG_FACT_WORKED] = on_worked,
	[MSG_FACT_RUNNING] = on_running,
	[MSG_FACT_LOOKED] = on_looked,
	[MSG_FACT_SLOW] = on_slow,
	[MSG_DRAINED] = on_drained,
};

static void on_lost(void *owner, const char *why)
{
	struct downlink *d = owner;
	char text[128];

	snprintf(text, sizeof text, "its channel: %s", why);
	worker_event(&d->gateway, WORKER_ON_BROKEN, text);
}

/* ---- its life ---- */

/* Ready is not said by the exec here: the gateway says hello. */
static void on_ready(struct worker *w)
{
	log_debug("%s %d runs", w->title, w->pid);
}

static bool on_leave(struct worker *w)
{
	struct downlink *d = container_of(w, struct downlink, gateway);
	struct msg_drain m = {.deadline_ms = (uint32_t)(d->patience.leave_ms - DRAIN_EXTRA_MS)};

	return d->wall.active && chan_send(&d->wall.chan, MSG_DRAIN, &m, NULL);
}

static void forget(struct downlink *d)
{
	chan_close(&d->wall.chan);
	lookers_end_all(&d->lookers);
	timer_set(d->loop, &d->answer, MONO_NEVER);
	d->greeted = d->wall.active = d->offered = d->has_access_log = false;
	d->past.accepted += d->totals.accepted;
	d->past.requests += d->totals.requests;
	d->past.errors += d->totals.errors;
	d->totals = (struct msg_fact_totals){0};
}

static void start_later(struct downlink *d)
{
	timer_set_ms(d->loop, &d->again, sizing_backoff_ms(d->streak, BACKOFF_MAX_MS));
}

static void on_dead(struct worker *w, const char *how)
{
	struct downlink *d = container_of(w, struct downlink, gateway);
	bool early = !d->greeted || worker_age_ms(w) < SIZING_EARLY_MS;

	(void)how;
	d->streak = early ? d->streak + 1 : 0;
	forget(d);
	pools_gateway_lost(d->plan.pools);
	d->ops->lost(d->owner);
	if (!d->ending)
		start_later(d);
}

static const struct worker_owner owner_ops = {
	.ready = on_ready, .leave = on_leave, .dead = on_dead};

static bool spawn_gateway(struct downlink *d, int null, int ends[2])
{
	char name[] = "hearth-gateway";
	char *argv[] = {name, NULL};
	struct hire_env env = {NULL, 0};
	struct job job = {.argv = argv,
		.binary = d->binary,
		.as = d->as,
		.umask = 022,
		.moves = {{null, STDIN_FILENO}, {ends[1], CHANNEL_FD}},
		.nmoves = 2,
		.death_signal = SIGTERM};
	const char *files = d->plan.conf->global.rlimit_files;
	struct limit limit = {.row = limit_find(SPAN_LIT("nofile"))};
	bool ok;

	if (files && !value_limit(files, limit.row, &limit.is)) {
		job.limits = &limit;
		job.nlimits = 1;
	}
	job.has_nice = conf_power_nice(d->plan.conf->global.priority, &job.nice);
	hire_env_put_common(&env);
	job.envp = env.at;
	ok = worker_start(&d->gateway, &job);
	hire_env_free(&env);
	return ok;
}

void downlink_start(struct downlink *d)
{
	int ends[2] = {-1, -1};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (d->ending)
		return;
	worker_init(&d->gateway, d->loop, &owner_ops, &d->patience);
	snprintf(d->gateway.title, sizeof d->gateway.title, "gateway");
	if (null >= 0 && fd_seqpair(ends) == 0 && spawn_gateway(d, null, ends)) {
		d->starts++;
		chan_open(&d->wall.chan, d->loop, fd_take(&ends[0]), "gateway", MANAGER, GATEWAY,
			handlers, d, on_lost);
		timer_set_ms(d->loop, &d->answer, ANSWER_MS);
	} else {
		log_error("cannot start the gateway: %m");
		d->streak++;
		start_later(d);
	}
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	fd_close(&null);
}

static void on_again(struct timer *t)
{
	downlink_start(container_of(t, struct downlink, again));
}

static void on_no_answer(struct timer *t)
{
	struct downlink *d = container_of(t, struct downlink, answer);

	worker_event(&d->gateway, WORKER_ON_BROKEN,
		d->greeted ? "it did not answer to the plan" : "it did not say hello");
}

void downlink_init(
	struct downlink *d, struct loop *l, const struct downlink_owner *ops, void *owner)
{
	*d = (struct downlink){.loop = l, .binary = -1, .ops = ops, .owner = owner};
	d->wall.chan.io.fd = -1;
	lookers_init(&d->lookers);
	d->wall.gateway = &d->gateway;
	worker_init(&d->gateway, l, &owner_ops, &d->patience);
	timer_init(&d->again, on_again);
	timer_init(&d->answer, on_no_answer);
}

void downlink_end(struct downlink *d, enum worker_event order, const char *why)
{
	const struct worker_patience *p = &d->plan.pools->patience;

	d->ending = true;
	d->patience = (struct worker_patience){p->leave_ms + DRAIN_EXTRA_MS, p->stop_ms};
	timer_stop(d->loop, &d->again);
	if (!downlink_is_down(d))
		worker_event(&d->gateway, order, why);
}

bool downlink_is_down(const struct downlink *d)
{
	return d->gateway.state == WORKER_DEAD;
}
