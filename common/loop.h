/* SPDX-License-Identifier: MIT
 *
 * loop: epoll, a heap of timers, and signals as events. One loop belongs to one thread.
 * Runs in: every process. Knows descriptors and time, nothing of what they mean.
 *
 * An io or a timer is embedded in its owner, which gets back to itself with container_of.
 * After loop_del no event reaches the io any more, not even one already fetched, so the owner
 * may be freed inside its own callback.
 */
#ifndef HEARTH_LOOP_H
#define HEARTH_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "common/clock.h"

struct io {
	int fd; /* owned by whoever embeds this */
	void (*fn)(struct io *io, uint32_t events);
};

/* Set often, fires rarely: moving a deadline further away only writes `due`; the heap learns of
 * it when the old deadline comes. So a timer costs no heap work and no system call a request. */
struct timer {
	struct mono due;     /* when it shall fire */
	struct mono in_heap; /* what the heap sorts by, never later than due */
	size_t slot;         /* place in the heap + 1; 0: not in it */
	void (*fn)(struct timer *t);
};

struct loop {
	int epfd;
	struct mono now; /* read once a turn */
	bool stop;
	struct timer **heap;
	size_t timers, heap_cap;
	struct epoll_event *fired; /* this turn's events, for loop_del */
	int nfired, at;
	struct io signals; /* signalfd, if loop_signals was called */
	void (*on_signal)(struct loop *l, int signo);
};

int loop_init(struct loop *l);
void loop_close(struct loop *l);

int loop_add(struct loop *l, struct io *io, uint32_t events);
int loop_mod(struct loop *l, struct io *io, uint32_t events);
void loop_del(struct loop *l, struct io *io);
/* The same from another thread: the loop's own may still meet an event that it has fetched, and
 * must be able to tell. */
void loop_detach(struct loop *l, struct io *io);
/* The loop's own thread: an event of a detached io that was fetched already reaches nobody. */
void loop_forget(struct loop *l, const struct io *io);

void timer_init(struct timer *t, void (*fn)(struct timer *t));
/* (Re)arms; MONO_NEVER disarms. */
void timer_set(struct loop *l, struct timer *t, struct mono due);
void timer_set_ms(struct loop *l, struct timer *t, int64_t ms);
/* Out of the heap for good: call before the memory goes. */
void timer_stop(struct loop *l, struct timer *t);

/* Blocks the signals in set and reports them through fn, one call each. */
int loop_signals(struct loop *l, const sigset_t *set, void (*fn)(struct loop *l, int signo));

/* One turn: wait (at most max_ms, -1: as long as the timers allow), fire events, fire timers. */
void loop_turn(struct loop *l, int max_ms);
/* Turns until l->stop. */
void loop_run(struct loop *l);

#endif
