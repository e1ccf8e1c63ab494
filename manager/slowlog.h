/* SPDX-License-Identifier: MIT
 *
 * slowlog: a request runs for too long: what was asked, and what its process is doing, becomes one
 * record in the slowlog of its pool, or lines of the error log.
 * Runs in: the manager. The gateway, which says so, may be anybody: only processes of that pool are
 * looked at, so many in a second, and what it names is escaped.
 */
#ifndef HEARTH_SLOWLOG_H
#define HEARTH_SLOWLOG_H

#include "manager/journal.h"
#include "manager/pool.h"
#include "manager/slow_command.h"

/* Records of a second: of all pools together. Looking costs the manager some milliseconds. */
#define SLOWLOG_A_SECOND 20

struct slowlog {
	struct loop *loop;
	const struct journal *journal;
	struct slow_command command;
	struct timer second; /* armed while one is being counted */
	unsigned told, left_out;
};

void slowlog_init(struct slowlog *s, struct loop *l, const struct journal *journal);
void slowlog_take(struct slowlog *s, struct pool *p, const struct msg_fact_slow *f);
/* Nothing is begun any more, and what waits for a command is written without. Idempotent. */
void slowlog_end(struct slowlog *s);

#endif
