/* SPDX-License-Identifier: MIT
 *
 * slow_command: runs the slowlog_command of pools, one at a time, and collects what it says.
 * Runs in: the manager. Knows no pool and no log: whoever orders gets what was said.
 *
 * The program runs as whoever the manager is, so its arguments are never given to a shell. It has
 * SLOW_COMMAND_MS, and then its process group is killed.
 */
#ifndef HEARTH_SLOW_COMMAND_H
#define HEARTH_SLOW_COMMAND_H

#include "common/buf.h"
#include "manager/reap.h"

#define SLOW_COMMAND_MS      10000
#define SLOW_COMMAND_OUTPUT  (64u * 1024)
#define SLOW_COMMAND_WAITING 16

struct slow_order {
	struct list link;
	char **argv;      /* ends with NULL */
	pid_t pid;        /* of whom it is to look at */
	uint64_t started; /* with that, the process that was meant */
	struct buf report;
	void *arg;
};

struct slow_command {
	struct loop *loop;
	struct list waiting;
	unsigned nwaiting;
	struct slow_order *at; /* runs now, or NULL */
	struct child child;
	struct timer deadline;
	struct io out;
	int news;
	struct buf raw; /* what it has said */
	size_t said;    /* bytes, those that were thrown away among them */
	bool late, ended;
	struct mono began;
	/* The report of an order is complete, as lines; the order is the caller's again. */
	void (*done)(struct slow_command *c, struct slow_order *order);
};

void slow_command_init(struct slow_command *c, struct loop *l,
	void (*done)(struct slow_command *c, struct slow_order *order));
/* False: too many wait already. */
bool slow_command_order(struct slow_command *c, struct slow_order *order);
/* Nothing is run any more; orders are done as they are. Idempotent. */
void slow_command_end(struct slow_command *c);

#endif
