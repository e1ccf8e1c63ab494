/* SPDX-License-Identifier: MIT
 *
 * uplink: see uplink.h.
 */
#include "gateway/uplink.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/chan.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "gateway/access_log.h"
#include "gateway/adoption.h"
#include "gateway/backend_fcgi.h"
#include "gateway/backend_run.h"
#include "gateway/door.h"
#include "gateway/facts.h"
#include "gateway/fcgi_seat.h"
#include "gateway/listener.h"
#include "gateway/log_letter.h"
#include "gateway/longest.h"
#include "gateway/outside_facts.h"
#include "gateway/outside_plan.h"
#include "gateway/pool_figures.h"
#include "gateway/reception.h"
#include "gateway/scoreboard.h"
#include "gateway/slow.h"

static struct {
	struct chan chan;
	struct plan *building; /* between BEGIN and COMMIT */
	const char *broken;    /* what was wrong with one of its rows */
	unsigned drained;
	uint32_t cut;
} up;

/* ---- what workers have to say ---- */

static void say_left(uint32_t worker)
{
	chan_send(&up.chan, MSG_WORKER_LEFT, &(struct msg_worker_left){.worker = worker}, NULL);
}

static void on_buried(struct crew *c)
{
	if (!c->gone)
		say_left(c->id);
}

static void say_broken(uint32_t worker, uint32_t pid, const char *why)
{
	chan_send(&up.chan, MSG_FACT_BROKEN,
		&(struct msg_fact_broken){.worker = worker, .pid = pid, .why = span_of(why)}, NULL);
}

/* From any lane: the complaint travels to lane 0, which has the channel. */
struct complaint {
	struct mail mail;
	uint32_t worker, pid;
	char why[128];
};

static void deliver_complaint(struct lane *l, struct mail *m)
{
	struct complaint *c = container_of(m, struct complaint, mail);

	(void)l;
	say_broken(c->worker, c->pid, c->why);
	free(c);
}

static void on_broken(struct worker *w, const char *why)
{
	struct complaint *c = mem_zalloc(sizeof *c);

	c->worker = w->id;
	c->pid = w->pid;
	log_escape(c->why, sizeof c->why, why, strlen(why));
	lane_post(&lanes[0], &c->mail, deliver_complaint);
}

struct praise {
	struct mail mail;
	struct msg_fact_worked fact;
};

static void deliver_praise(struct lane *l, struct mail *m)
{
	struct praise *p = container_of(m, struct praise, mail);

	(void)l;
	chan_send(&up.chan, MSG_FACT_WORKED, &p->fact, NULL);
	free(p);
}

/* A worker or a runner. */
static void praise(uint32_t pool, uint32_t id)
{
	struct praise *p = mem_zalloc(sizeof *p);

	p->fact = (struct msg_fact_worked){pool, id};
	lane_post(&lanes[0], &p->mail, deliver_praise);
}

static void on_worked(struct worker *w)
{
	praise(dispatch_pool_id(w->dispatch), w->id);
}

/* ---- the plan ---- */

static const char *on_hello(void *owner, const union msg *m, int *fds)
{
	(void)owner, (void)fds;
	return m->hello.version == MSG_VERSION ? NULL : "the manager speaks another version";
}

static const char *on_plan_begin(void *owner, const union msg *m, int *fds)
{
	(void)owner, (void)fds;
	plan_unref(up.building);
	up.building = plan_new(m->plan_begin.generation);
	up.broken = NULL;
	return NULL;
}

/* A row that is wrong spoils the plan, not the channel. */
static const char *row(const char *why)
{
	if (why && !up.broken)
		up.broken = why;
	return NULL;
}

#define ROW(letter, call)                                                              \
	static const char *on_plan_##letter(void *owner, const union msg *m, int *fds) \
	{                                                                              \
		(void)owner, (void)fds;                                                \
		return up.building ? row(call) : "a row came without a plan";          \
	}

ROW(gateway, plan_set_gateway(up.building, &m->plan_gateway))
ROW(types, plan_set_types(up.building, &m->plan_types, &fds[0]))
ROW(trusted, plan_add_trusted(up.building, &m->plan_trusted))
ROW(admin, plan_add_admin(up.building, &m->plan_admin))
ROW(listener, plan_add_listener(up.building, &m->plan_listener, &fds[0]))
ROW(pool, plan_add_pool(up.building, &m->plan_pool))
ROW(interpreter, plan_add_interpreter(up.building, &m->plan_interpreter))
ROW(backend, plan_add_backend(up.building, &m->plan_backend))
ROW(env, plan_add_env(up.building, &m->plan_env))
ROW(access, plan_add_access(up.building, &m->plan_access, &fds[0]))
ROW(suppress, plan_add_suppress(up.building, &m->plan_suppress))
ROW(route, plan_add_route(up.building, &m->plan_route))

/* It spoils the plan that it is of; and a log is where it was. */
static bool on_cut(void *owner, enum msg_type type)
{
	bool of_log = type == MSG_LOG_FILE || type == MSG_ACCESS_FILE;

	(void)owner;
	row("no descriptor is left in the gateway for what it brings: raise rlimit_files");
	if (of_log)
		log_error("a log is not opened anew: no descriptor is left for it");
	return of_log || up.building;
}

static void say_active(uint32_t generation)
{
	chan_send(&up.chan, MSG_PLAN_ACTIVE, &(struct msg_plan_active){.generation = generation},
		NULL);
}

static const char *on_plan_commit(void *owner, const union msg *m, int *fds)
{
	struct plan *p = up.building;
	const char *why = up.broken;

	(void)owner, (void)fds;
	if (!p || p->generation != m->plan_commit.generation)
		return "a plan was committed that was not begun";
	up.building = NULL;
	if (!why)
		why = plan_seal(p);
	if (!why)
		why = adopt(p, say_active);
	if (why) {
		chan_send(&up.chan, MSG_PLAN_REFUSED,
			&(struct msg_plan_refused){
				.generation = p->generation, .why = span_of(why)},
			NULL);
		plan_unref(p);
	}
	return NULL;
}

/* ---- workers ---- */

static const struct plan_pool *pool_of(uint32_t id)
{
	return lanes[0].plan ? plan_pool(adopted(), id) : NULL;
}

static bool join(const struct plan_pool *pool, const struct msg_worker_join *j)
{
	struct crew *c = crew_new(pool->dispatch, j->worker, j->pid, j->max_requests);

	c->met = j->met != 0;
	if (fcgi_worker_join(c, pool->concurrency, j->path))
		return true;
	crew_free(c);
	return false;
}

static const char *on_worker_join(void *owner, const union msg *m, int *fds)
{
	const struct msg_worker_join *j = &m->worker_join;
	const struct plan_pool *pool = pool_of(j->pool);

	(void)owner, (void)fds;
	if (crew_find(j->worker))
		return "this worker has joined already";
	if (!j->pid)
		return "a worker joins that is no process";
	if (pool && pool->kind == POOL_FASTCGI && join(pool, j)) {
		tally_time(&pool->dispatch->tally.spawn, j->spawn_us);
		return NULL;
	}
	log_warn("worker %u (pid %u) joins a pool that there is not", j->worker, j->pid);
	say_left(j->worker);
	return NULL;
}

static const char *on_runner_join(void *owner, const union msg *m, int *fds)
{
	const struct msg_runner_join *j = &m->runner_join;
	const struct plan_pool *pool = pool_of(j->pool);

	(void)owner;
	if (!pool || pool->kind != POOL_CGI) {
		say_left(j->worker);
		return NULL;
	}
	scoreboard_opens(pool->dispatch);
	runner_join(pool->dispatch, pool->max_children, j->worker, j->pid, fd_take(&fds[0]));
	return NULL;
}

static const char *on_worker_leave(void *owner, const union msg *m, int *fds)
{
	struct crew *c = crew_find(m->worker_leave.worker);

	(void)owner, (void)fds;
	if (c)
		roster_leave(c);
	else if (!runner_leave(m->worker_leave.worker))
		say_left(m->worker_leave.worker); /* we have no use for it anyhow */
	return NULL;
}

static const char *on_worker_gone(void *owner, const union msg *m, int *fds)
{
	struct crew *c = crew_find(m->worker_gone.worker);

	(void)owner, (void)fds;
	if (c) {
		roster_gone(c);
		door_look(c->dispatch);
	} else {
		runner_gone(m->worker_gone.worker);
	}
	return NULL;
}

static const char *on_pool_trim(void *owner, const union msg *m, int *fds)
{
	const struct msg_pool_trim *t = &m->pool_trim;
	const struct plan_pool *pool = pool_of(t->pool);

	(void)owner, (void)fds;
	if (!pool || pool->kind == POOL_EXTERNAL) /* which sees to that itself */
		return NULL;
	if (!dispatch_is_permits(pool->dispatch))
		roster_trim(pool->dispatch, t->idle_ms, t->keep);
	else if (t->keep == 0 && dispatch_close_if_idle(pool->dispatch, t->idle_ms))
		runner_leave_all(pool->dispatch);
	return NULL;
}

static const char *on_pool_scale(void *owner, const union msg *m, int *fds)
{
	const struct msg_pool_scale *s = &m->pool_scale;
	const struct plan_pool *pool = pool_of(s->pool);

	(void)owner, (void)fds;
	if (!pool)
		return NULL;
	dispatch_scale(pool->dispatch, s->max_children);
	if (pool->kind == POOL_CGI)
		run_permits_scale(pool->dispatch, pool->name, s->max_children);
	else if (pool->kind == POOL_EXTERNAL)
		outside_scale(pool->dispatch, s->max_children);
	else /* the manager hears that we use them no more, and stops them */
		roster_shed(pool->dispatch, s->max_children);
	return NULL;
}

static const char *on_pool_standing(void *owner, const union msg *m, int *fds)
{
	const struct plan_pool *pool = pool_of(m->pool_standing.pool);

	(void)owner, (void)fds;
	if (m->pool_standing.door > DOOR_DRAINED)
		return "no such door";
	if (pool)
		door_take_standing(pool->dispatch, &m->pool_standing);
	return NULL;
}

/* ---- the house ---- */

static const char *on_log_file(void *owner, const union msg *m, int *fds)
{
	(void)owner;
	log_letter_heed(&m->log_file, fds[0]);
	return NULL;
}

static const char *on_access_file(void *owner, const union msg *m, int *fds)
{
	const struct msg_access_file *f = &m->access_file;

	(void)owner;
	if (f->pool == 0)
		access_log_open(fd_take(&fds[0]), f->flush != 0);
	else
		access_log_open_pool(f->pool, fd_take(&fds[0]), f->flush != 0);
	return NULL;
}

static void on_drained(uint32_t cut)
{
	chan_send(&up.chan, MSG_DRAINED, &(struct msg_drained){.cut = cut}, NULL);
}

static const char *on_drain(void *owner, const union msg *m, int *fds)
{
	(void)owner, (void)fds;
	drain(m->drain.deadline_ms, on_drained);
	return NULL;
}

static const char *on_look(void *owner, const union msg *m, int *fds)
{
	static struct longest rows[LONGEST_MAX];
	uint32_t question = m->look.question, most = m->look.most;
	size_t n = 0;

	(void)owner, (void)fds;
	facts_tell_news();
	if (adopted())
		n = longest_find(adopted(), rows, most < LONGEST_MAX ? most : LONGEST_MAX);
	for (size_t i = 0; i < n; i++)
		chan_send(&up.chan, MSG_FACT_RUNNING,
			&(struct msg_fact_running){.question = question,
				.pool = rows[i].pool,
				.pid = rows[i].pid,
				.ms = (uint32_t)(rows[i].us / 1000),
				.request = rows[i].request,
				.line = span_of(rows[i].line)},
			NULL);
	chan_send(&up.chan, MSG_FACT_LOOKED, &(struct msg_fact_looked){.question = question}, NULL);
	return NULL;
}

static chan_handler *const handlers[MSG_TYPES] = {
	[MSG_HELLO] = on_hello,
	[MSG_PLAN_BEGIN] = on_plan_begin,
	[MSG_PLAN_GATEWAY] = on_plan_gateway,
	[MSG_PLAN_LISTENER] = on_plan_listener,
	[MSG_PLAN_POOL] = on_plan_pool,
	[MSG_PLAN_INTERPRETER] = on_plan_interpreter,
	[MSG_PLAN_ENV] = on_plan_env,
	[MSG_PLAN_ROUTE] = on_plan_route,
	[MSG_PLAN_TYPES] = on_plan_types,
	[MSG_PLAN_TRUSTED] = on_plan_trusted,
	[MSG_PLAN_ADMIN] = on_plan_admin,
	[MSG_PLAN_ACCESS] = on_plan_access,
	[MSG_PLAN_BACKEND] = on_plan_backend,
	[MSG_PLAN_SUPPRESS] = on_plan_suppress,
	[MSG_PLAN_COMMIT] = on_plan_commit,
	[MSG_WORKER_JOIN] = on_worker_join,
	[MSG_RUNNER_JOIN] = on_runner_join,
	[MSG_WORKER_LEAVE] = on_worker_leave,
	[MSG_WORKER_GONE] = on_worker_gone,
	[MSG_POOL_STANDING] = on_pool_standing,
	[MSG_POOL_TRIM] = on_pool_trim,
	[MSG_POOL_SCALE] = on_pool_scale,
	[MSG_LOG_FILE] = on_log_file,
	[MSG_ACCESS_FILE] = on_access_file,
	[MSG_DRAIN] = on_drain,
	[MSG_LOOK] = on_look,
};

/* Without a manager nobody minds the workers: finish the logs and go. */
static void on_lost(void *owner, const char *why)
{
	(void)owner;
	log_debug("the manager is gone (%s)", why);
	finish();
}

static void on_signal(struct loop *l, int signo)
{
	(void)l, (void)signo;
	finish();
}

void uplink_open(int fd)
{
	sigset_t set;

	slow_begin(&up.chan);
	worker_on_worked(on_worked);
	roster_on_buried(on_buried);
	fcgi_seat_init(on_broken);
	runner_init(&run_events, say_left, say_broken);
	runner_on_worked(praise);
	outside_facts_begin(&up.chan);
	outside_init(outside_facts_tell);
	adoption_init(facts_tell);
	reception_init();
	pool_figures_init();
	if (fd_nonblock(fd) < 0 || fd_cloexec(fd, true) < 0 ||
		chan_open(&up.chan, &lanes[0].loop, fd, "manager", GATEWAY, MANAGER, handlers, &up,
			on_lost) < 0)
		fatal(71, "descriptor %d is no channel to a manager: %m", fd);
	up.chan.on_cut = on_cut;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (loop_signals(&lanes[0].loop, &set, on_signal) < 0)
		fatal(71, "signalfd: %m");
	facts_begin(&lanes[0], &up.chan);
	chan_send(&up.chan, MSG_HELLO,
		&(struct msg_hello){.version = MSG_VERSION, .pid = (uint32_t)getpid()}, NULL);
}
