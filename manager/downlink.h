/* SPDX-License-Identifier: MIT
 *
 * downlink: our end of the wall. Keeps one gateway alive, hands it the plan and the workers, and
 * takes its facts, none of which it believes without looking.
 * Runs in: the manager.
 */
#ifndef HEARTH_DOWNLINK_H
#define HEARTH_DOWNLINK_H

#include "manager/journal.h"
#include "manager/lookers.h"
#include "manager/plan.h"
#include "manager/slowlog.h"
#include "manager/wall.h"

struct downlink_owner {
	void (*active)(void *owner, uint32_t generation);
	void (*refused)(void *owner, const char *why);
	/* The gateway is dead. Unless the owner ends the downlink now, another will be started. */
	void (*lost)(void *owner);
};

struct downlink {
	struct loop *loop;
	struct worker gateway;
	struct worker_patience patience;
	struct wall wall; /* its channel, and whether it serves by a plan of ours */
	const struct identity *as;
	struct slowlog *slowlog;
	int binary;       /* hearth-gateway, open */
	struct plan plan; /* offered to every gateway that says hello */
	struct timer again;
	struct timer answer; /* a gateway must say hello, and answer to a plan, in time */
	unsigned streak;     /* early deaths in a row */
	bool greeted, ending;
	bool offered; /* the plan is in its hands, and not answered */
	bool has_access_log;
	uint64_t starts;
	struct msg_fact_totals totals, past;
	struct lookers lookers;
	const struct downlink_owner *ops;
	void *owner;
};

void downlink_init(
	struct downlink *d, struct loop *l, const struct downlink_owner *ops, void *owner);
void downlink_start(struct downlink *d);
/* Offers a plan: now if a gateway listens, else to the next that says hello. */
void downlink_offer(struct downlink *d, const struct plan *plan);
/* The plan for gateways to come; says nothing to this one. */
void downlink_fall_back(struct downlink *d, const struct plan *plan);
/* Hands over the log files again, after they were opened anew. */
void downlink_send_logs(struct downlink *d);
/* The end: LEAVE drains, STOP and KILL do not; no other gateway follows. */
void downlink_end(struct downlink *d, enum worker_event order, const char *why);
bool downlink_is_down(const struct downlink *d);

/* Asks the gateway for so many at most; without one the end comes at once. */
void downlink_look(struct downlink *d, struct looker *l, uint32_t most);

#endif
