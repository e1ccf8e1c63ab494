/* SPDX-License-Identifier: MIT
 *
 * exec_runs: see exec_runs.h.
 *
 * A group is signalled by the number of a main process that is reaped already. The number cannot
 * be given to anybody else while a member of the group lives; if none does, the kernel would have
 * to hand out every other pid within LINGER_MS before the wrong process could be met.
 */
#include "runners/exec_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

/* Between SIGTERM and SIGKILL for what a finished run left behind. */
#define LINGER_MS 500

void runs_init(struct runs *t, struct loop *l)
{
	t->loop = l;
	t->running = 0;
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

	kill(-r->pid, SIGKILL);
	if (r->ended)
		run_free(r);
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

static void kill_within(struct run *r, uint32_t grace_ms)
{
	struct loop *l = r->table->loop;
	struct mono due = mono_add_ms(l->now, grace_ms);

	if (mono_before(due, r->deadline.due))
		timer_set(l, &r->deadline, due);
}

void run_kill(struct run *r, uint32_t grace_ms)
{
	kill(-r->pid, grace_ms ? SIGTERM : SIGKILL);
	if (grace_ms)
		kill_within(r, grace_ms);
}

void run_ended(struct run *r)
{
	r->table->running--;
	if (kill(-r->pid, SIGTERM) != 0) { /* nobody is left: nearly always */
		run_free(r);
		return;
	}
	r->ended = true;
	list_remove(&r->by_id);
	list_remove(&r->by_pid);
	kill_within(r, LINGER_MS);
}

/* Whoever left the groups: orphans come to us, their subreaper. False: the kernel has no list. */
static bool kill_children(void)
{
	FILE *list = fopen("/proc/thread-self/children", "re");
	int pid;

	if (!list)
		return false;
	while (fscanf(list, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(list);
	return true;
}

void runs_end_all(struct runs *t)
{
	list_for_each (it, &t->all)
		kill(-container_of(it, struct run, all)->pid, SIGKILL);
	/* The death of a child may bring us its children: again, until there are none. */
	while (kill_children() && wait4(-1, NULL, 0, NULL) > 0)
		while (wait4(-1, NULL, WNOHANG, NULL) > 0)
			;
}
