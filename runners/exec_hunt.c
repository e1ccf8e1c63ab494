/* SPDX-License-Identifier: MIT
 *
 * exec_hunt: see exec_hunt.h.
 *
 * A look costs a few system calls, and there are at most ten a second, and none where the runner
 * has no children left: a run that leaves nothing behind costs nothing here.
 */
#include "runners/exec_hunt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/span.h"

/* Between SIGTERM and SIGKILL for what a finished run left behind. */
#define LINGER_MS 500
#define LOOK_MS   100
/* After a SIGKILL: whoever forks faster than it is looked for is met sooner, too. What does not die
 * even so hangs in the kernel. */
#define AGAIN_MS      10
#define IN_VAIN       100
#define AGAIN_LATE_MS 1000
/* One line of the log stands for all that is left behind for so long. */
#define SAY_MS 10000

/* ---- who was told ---- */

static struct told *find(struct hunt *h, pid_t pid)
{
	for (size_t i = 0; i < h->ntold; i++)
		if (h->told[i].pid == pid)
			return &h->told[i];
	return NULL;
}

static bool make_room(struct hunt *h)
{
	size_t room = h->room ? 2 * h->room : 32;
	struct told *told = h->told;

	if (h->ntold < h->room)
		return true;
	told = reallocarray(told, room, sizeof *told);
	if (!told)
		return false;
	h->told = told;
	h->room = room;
	return true;
}

/* False: it was told before. Without memory it will be told twice. */
static bool note(struct hunt *h, pid_t pid, struct mono due)
{
	struct told *t = find(h, pid);

	if (!t) {
		if (make_room(h))
			h->told[h->ntold++] = (struct told){pid, due};
		return true;
	}
	if (mono_before(due, t->due))
		t->due = due;
	return false;
}

/* Who stopped itself would not hear the one without the other. */
static void tell(struct hunt *h, pid_t pid, struct mono due)
{
	if (!note(h, pid, due))
		return;
	kill(pid, SIGTERM);
	kill(pid, SIGCONT);
}

/* Those that were to be gone by now and are; and who died below another, unseen by us. */
static void forget_old(struct hunt *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->ntold; i++)
		if (mono_before(h->loop->now, mono_add_ms(h->told[i].due, 2 * AGAIN_LATE_MS)))
			h->told[kept++] = h->told[i];
	h->ntold = kept;
}

static struct mono earliest_due(const struct hunt *h)
{
	struct mono due = h->heritage;

	for (size_t i = 0; i < h->ntold; i++)
		if (mono_before(h->told[i].due, due))
			due = h->told[i].due;
	return due;
}

/* ---- families ---- */

/* Never the runner's own, and never "everybody". */
static void signal_group(pid_t member, int sig)
{
	pid_t group = getpgid(member);

	if (group > 1 && group != getpgrp())
		kill(-group, sig);
}

void hunt_tell(struct hunt *h, pid_t root, struct mono due)
{
	tree_clear(&h->below);
	if (!tree_below(&h->below, root))
		signal_group(root, SIGTERM); /* better some of them twice than others never */
	tell(h, root, due);
	for (size_t i = 0; i < h->below.n; i++)
		tell(h, h->below.at[i], due);
}

/* The group's signal reaches all of it at once, also those who fork at this moment: one by one
 * they might escape. */
void hunt_kill(struct hunt *h, pid_t root)
{
	tree_clear(&h->below);
	tree_below(&h->below, root);
	signal_group(root, SIGKILL);
	kill(root, SIGKILL);
	note(h, root, h->loop->now);
	for (size_t i = 0; i < h->below.n; i++) {
		kill(h->below.at[i], SIGKILL);
		note(h, h->below.at[i], h->loop->now);
	}
}

/* ---- leftovers ---- */

/* "12 (sleep) S 1 ...": its name, with the brackets; NULL if it is dead already. */
static const char *name_of(pid_t pid, char *room, size_t size)
{
	char path[32], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%d/stat", (int)pid);
	fd = tree_open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, room, size - 1);
	fd_close(&fd);
	room[n > 0 ? n : 0] = '\0';
	end = strrchr(room, ')');
	if (!end || strchr("ZX", end[1] ? end[2] : 'X'))
		return NULL;
	end[1] = '\0';
	return strchr(room, '(');
}

static void say(struct hunt *h, pid_t pid)
{
	char room[128];
	const char *name;

	if (mono_before(h->loop->now, h->said_at) || !(name = name_of(pid, room, sizeof room)))
		return;
	h->said_at = mono_add_ms(h->loop->now, SAY_MS);
	log_notice("a script has left process %d %s behind: it is ended", (int)pid, name);
}

static struct mono kill_it(struct hunt *h, pid_t pid)
{
	struct mono now = h->loop->now;

	hunt_kill(h, pid);
	h->in_vain++;
	return mono_add_ms(now, h->in_vain < IN_VAIN ? AGAIN_MS : AGAIN_LATE_MS);
}

/* When it has to be looked after again; never, if it is kept. */
static struct mono pursue(struct hunt *h, pid_t pid, struct mono due)
{
	const struct told *t = find(h, pid);

	if (t)
		due = t->due;
	else if (mono_is_never(due))
		note(h, pid, due);
	else
		say(h, pid);
	if (mono_is_never(due))
		return due;
	if (!mono_before(h->loop->now, due))
		return kill_it(h, pid);
	if (!t)
		hunt_tell(h, pid, due);
	return due;
}

/* If no run has ended meanwhile, who is new here comes from somebody who was told before, and has
 * no time of its own: whoever forks and goes, and again, would never come to an end. */
static struct mono due_of_new(const struct hunt *h)
{
	struct mono own = h->keeps ? MONO_NEVER : mono_add_ms(h->loop->now, LINGER_MS);
	struct mono inherited = h->fresh ? MONO_NEVER : earliest_due(h);

	return mono_before(inherited, own) ? inherited : own;
}

static void look(struct hunt *h)
{
	struct mono next = MONO_NEVER, due = due_of_new(h);
	unsigned in_vain = h->in_vain;

	h->looked = h->loop->now;
	h->fresh = false;
	tree_clear(&h->children);
	tree_children(&h->children, getpid());
	for (size_t i = 0; i < h->children.n; i++) {
		struct mono again;
		if (h->is_run(h->arg, h->children.at[i]))
			continue;
		again = pursue(h, h->children.at[i], due);
		next = mono_before(again, next) ? again : next;
	}
	if (h->in_vain == in_vain)
		h->in_vain = 0;
	if (mono_is_never(next))
		h->heritage = MONO_NEVER; /* nobody is left who could have it */
	forget_old(h);
	timer_set(h->loop, &h->timer, next);
}

static void on_timer(struct timer *t)
{
	look(container_of(t, struct hunt, timer));
}

static void look_soon(struct hunt *h)
{
	struct mono at = mono_add_ms(h->looked, LOOK_MS);

	if (mono_before(at, h->timer.due))
		timer_set(h->loop, &h->timer, at);
}

void hunt_run_ended(struct hunt *h)
{
	h->fresh |= !h->keeps;
	look_soon(h);
}

/* If it was one of those, its children may have come to us. Where leftovers are kept, those of runs
 * and others that nobody told to end have a time of their own: never. */
void hunt_reaped(struct hunt *h, pid_t pid)
{
	struct told *t = find(h, pid);

	h->fresh |= h->keeps && (!t || mono_is_never(t->due));
	if (!t)
		return;
	if (mono_before(t->due, h->heritage))
		h->heritage = t->due;
	*t = h->told[--h->ntold];
	look_soon(h);
}

void hunt_nobody(struct hunt *h)
{
	h->ntold = 0;
	h->in_vain = 0;
	h->fresh = false;
	h->heritage = MONO_NEVER;
	timer_set(h->loop, &h->timer, MONO_NEVER);
}

void hunt_init(struct hunt *h, struct loop *l, bool (*is_run)(void *arg, pid_t pid), void *arg)
{
	*h = (struct hunt){.loop = l, .heritage = MONO_NEVER, .is_run = is_run, .arg = arg};
	timer_init(&h->timer, on_timer);
}

/* The death of a child may bring us its children: again, until there are none. */
void hunt_end_all(struct hunt *h)
{
	do {
		tree_clear(&h->below);
		tree_below(&h->below, getpid());
		for (size_t i = 0; i < h->below.n; i++)
			kill(h->below.at[i], SIGKILL);
		if (h->below.n == 0 || wait4(-1, NULL, 0, NULL) < 0)
			return;
		while (wait4(-1, NULL, WNOHANG, NULL) > 0)
			;
	} while (true);
}
