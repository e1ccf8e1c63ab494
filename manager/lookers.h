/* SPDX-License-Identifier: MIT
 *
 * lookers: questions to the gateway about what runs, until they are answered.
 * Runs in: the manager. Pure: what is on the wire is the downlink's.
 */
#ifndef HEARTH_LOOKERS_H
#define HEARTH_LOOKERS_H

#include "common/msg.h"

/* Somebody who wants to see what runs. `end` is called once, and last. */
struct looker {
	struct list link;
	uint32_t question;
	void (*row)(struct looker *l, const struct msg_fact_running *m);
	void (*end)(struct looker *l);
};

struct lookers {
	struct list all;
	uint32_t last_question;
};

void lookers_init(struct lookers *ls);
/* Gets a number that no other has. */
void lookers_add(struct lookers *ls, struct looker *l);
/* What the gateway says. A question that nobody asks any more is nothing bad. */
void lookers_row(struct lookers *ls, const struct msg_fact_running *m);
void lookers_end(struct lookers *ls, uint32_t question);
void lookers_end_all(struct lookers *ls);
/* The end now, whatever else may come. */
void looker_end(struct looker *l);

#endif
