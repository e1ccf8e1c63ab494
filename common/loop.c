/* SPDX-License-Identifier: MIT
 *
 * loop: see loop.h. The timers are a binary heap of pointers sorted by in_heap; slot is the
 * index + 1, so that a zeroed timer is one that is not in it.
 */
#include "common/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/span.h"

#define EVENTS_A_TURN  256
#define SIGNALS_A_READ 4

int loop_init(struct loop *l)
{
	memset(l, 0, sizeof *l);
	l->signals.fd = -1;
	l->now = mono_now();
	l->fired = mem_array(NULL, EVENTS_A_TURN, sizeof *l->fired);
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	return l->epfd < 0 ? -1 : 0;
}

void loop_close(struct loop *l)
{
	fd_close(&l->signals.fd);
	fd_close(&l->epfd);
	free(l->heap);
	free(l->fired);
	l->heap = NULL;
	l->fired = NULL;
}

static int control(struct loop *l, int op, struct io *io, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = io};

	return epoll_ctl(l->epfd, op, io->fd, &ev);
}

int loop_add(struct loop *l, struct io *io, uint32_t events)
{
	return control(l, EPOLL_CTL_ADD, io, events);
}

int loop_mod(struct loop *l, struct io *io, uint32_t events)
{
	return control(l, EPOLL_CTL_MOD, io, events);
}

void loop_forget(struct loop *l, const struct io *io)
{
	for (int i = l->at; i < l->nfired; i++)
		if (l->fired[i].data.ptr == io)
			l->fired[i].data.ptr = NULL;
}

void loop_del(struct loop *l, struct io *io)
{
	int kept = errno;

	control(l, EPOLL_CTL_DEL, io, 0);
	errno = kept;
	loop_forget(l, io);
}

void loop_detach(struct loop *l, struct io *io)
{
	control(l, EPOLL_CTL_DEL, io, 0);
}

/* ---- timers ---- */

static void heap_place(struct loop *l, size_t i, struct timer *t)
{
	l->heap[i] = t;
	t->slot = i + 1;
}

static void heap_up(struct loop *l, size_t i)
{
	struct timer *t = l->heap[i];

	while (i > 0 && mono_before(t->in_heap, l->heap[(i - 1) / 2]->in_heap)) {
		heap_place(l, i, l->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_place(l, i, t);
}

static void heap_down(struct loop *l, size_t i)
{
	struct timer *t = l->heap[i];

	for (size_t child; (child = 2 * i + 1) < l->timers; i = child) {
		if (child + 1 < l->timers &&
			mono_before(l->heap[child + 1]->in_heap, l->heap[child]->in_heap))
			child++;
		if (!mono_before(l->heap[child]->in_heap, t->in_heap))
			break;
		heap_place(l, i, l->heap[child]);
	}
	heap_place(l, i, t);
}

static void heap_insert(struct loop *l, struct timer *t)
{
	if (l->timers == l->heap_cap) {
		l->heap_cap = l->heap_cap ? 2 * l->heap_cap : 64;
		l->heap = mem_array(l->heap, l->heap_cap, sizeof(struct timer *));
	}
	t->in_heap = t->due;
	l->heap[l->timers] = t;
	heap_up(l, l->timers++);
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){.due = MONO_NEVER, .fn = fn};
}

void timer_set(struct loop *l, struct timer *t, struct mono due)
{
	t->due = due;
	if (t->slot == 0) {
		if (!mono_is_never(due))
			heap_insert(l, t);
	} else if (mono_before(due, t->in_heap)) {
		t->in_heap = due;
		heap_up(l, t->slot - 1);
	}
}

void timer_set_ms(struct loop *l, struct timer *t, int64_t ms)
{
	timer_set(l, t, mono_add_ms(l->now, ms));
}

void timer_stop(struct loop *l, struct timer *t)
{
	size_t i = t->slot - 1;
	struct timer *last;

	t->due = MONO_NEVER;
	if (t->slot == 0)
		return;
	t->slot = 0;
	last = l->heap[--l->timers];
	if (last == t)
		return;
	heap_place(l, i, last);
	heap_up(l, i);
	heap_down(l, last->slot - 1);
}

/* The top's time has come: it fires if it is really due, else goes to where it belongs now. */
static void timer_settle(struct loop *l, struct timer *t)
{
	struct mono due = t->due;

	if (!mono_before(l->now, due)) {
		timer_stop(l, t);
		t->fn(t);
	} else if (mono_is_never(due)) {
		timer_stop(l, t);
	} else {
		t->in_heap = due;
		heap_down(l, t->slot - 1);
	}
}

static void fire_timers(struct loop *l)
{
	while (l->timers && !l->stop && !mono_before(l->now, l->heap[0]->in_heap))
		timer_settle(l, l->heap[0]);
}

/* Milliseconds until the first timer, rounded up so that we do not spin before it. */
static int wait_ms(const struct loop *l, int max_ms)
{
	int64_t us;
	int ms;

	if (l->timers == 0)
		return max_ms;
	us = mono_us_between(l->now, l->heap[0]->in_heap);
	ms = us <= 0 ? 0 : us > 3600 * 1000000LL ? 3600 * 1000 : (int)((us + 999) / 1000);
	return max_ms >= 0 && max_ms < ms ? max_ms : ms;
}

/* ---- signals ---- */

static void on_signalfd(struct io *io, uint32_t events)
{
	struct loop *l = container_of(io, struct loop, signals);
	struct signalfd_siginfo si[SIGNALS_A_READ];
	size_t n;

	(void)events;
	do {
		ssize_t got = read(io->fd, si, sizeof si);
		n = got < 0 ? 0 : (size_t)got / sizeof si[0];
		for (size_t i = 0; i < n; i++)
			l->on_signal(l, (int)si[i].ssi_signo);
	} while (n == SIGNALS_A_READ); /* fewer: there are no more */
}

int loop_signals(struct loop *l, const sigset_t *set, void (*fn)(struct loop *l, int signo))
{
	if (sigprocmask(SIG_BLOCK, set, NULL) < 0)
		return -1;
	l->signals.fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->signals.fn = on_signalfd;
	l->on_signal = fn;
	return l->signals.fd < 0 ? -1 : loop_add(l, &l->signals, EPOLLIN);
}

/* ---- the turn ---- */

void loop_turn(struct loop *l, int max_ms)
{
	int n = epoll_wait(l->epfd, l->fired, EVENTS_A_TURN, wait_ms(l, max_ms));

	if (n < 0 && errno != EINTR)
		fatal(71, "epoll_wait: %m");
	l->now = mono_now();
	l->nfired = n < 0 ? 0 : n;
	for (l->at = 0; l->at < l->nfired && !l->stop;) {
		struct epoll_event ev = l->fired[l->at++];
		struct io *io = ev.data.ptr;
		if (io)
			io->fn(io, ev.events);
	}
	l->nfired = 0;
	fire_timers(l);
}

void loop_run(struct loop *l)
{
	while (!l->stop)
		loop_turn(l, -1);
}
