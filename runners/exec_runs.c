/* SPDX-License-Identifier: MIT
 *
 * exec_runs: see exec_runs.h.
 */
#include "runners/exec_runs.h"

#include <signal.h>
#include <stdlib.h>

static bool is_run(void *arg, pid_t pid)
{
	return runs_by_pid(arg, pid) != NULL;
}

void runs_init(struct runs *t, struct loop *l)
{
	t->loop = l;
	t->running = 0;
	hunt_init(&t->hunt, l, is_run, t);
	list_init(&t->all);
	for (size_t i = 0; i < RUN_BUCKETS; i++) {
		list_init(&t->by_id[i]);
		list_init(&t->by_pid[i]);
	}
}

static void run_free(struct run *r)
{
	timer_stop(r->table->loop, &r->deadline);
	list_remove(&r->by_id);
	list_remove(&r->by_pid);
	list_remove(&r->all);
	free(r);
}

static void on_deadline(struct timer *deadline)
{
	struct run *r = container_of(deadline, struct run, deadline);

	hunt_kill(&r->table->hunt, r->pid);
}

struct run *runs_add(struct runs *t, uint32_t id)
{
	struct run *r = malloc(sizeof *r);

	if (!r)
		return NULL;
	*r = (struct run){.table = t, .id = id};
	timer_init(&r->deadline, on_deadline);
	list_push_back(&t->all, &r->all);
	list_push_back(&t->by_id[id % RUN_BUCKETS], &r->by_id);
	list_init(&r->by_pid);
	return r;
}

void run_started(struct run *r, pid_t pid)
{
	r->pid = pid;
	r->table->running++;
	list_push_back(&r->table->by_pid[(unsigned)pid % RUN_BUCKETS], &r->by_pid);
}

void run_drop(struct run *r)
{
	if (r)
		run_free(r);
}

struct run *runs_by_id(struct runs *t, uint32_t id)
{
	list_for_each (it, &t->by_id[id % RUN_BUCKETS]) {
		struct run *r = container_of(it, struct run, by_id);
		if (r->id == id)
			return r;
	}
	return NULL;
}

struct run *runs_by_pid(struct runs *t, pid_t pid)
{
	list_for_each (it, &t->by_pid[(unsigned)pid % RUN_BUCKETS]) {
		struct run *r = container_of(it, struct run, by_pid);
		if (r->pid == pid)
			return r;
	}
	return NULL;
}

void run_kill(struct run *r, uint32_t grace_ms)
{
	struct loop *l = r->table->loop;
	struct mono due = mono_add_ms(l->now, grace_ms);

	if (grace_ms == 0) {
		hunt_kill(&r->table->hunt, r->pid);
		return;
	}
	if (mono_before(due, r->deadline.due))
		timer_set(l, &r->deadline, due);
	hunt_tell(&r->table->hunt, r->pid, r->deadline.due);
}

void run_ended(struct run *r)
{
	struct runs *t = r->table;

	t->running--;
	run_free(r);
	hunt_run_ended(&t->hunt);
}

/* By groups first: those die at once, also who is just forking. */
void runs_end_all(struct runs *t)
{
	list_for_each (it, &t->all)
		kill(-container_of(it, struct run, all)->pid, SIGKILL);
	hunt_end_all(&t->hunt);
}
