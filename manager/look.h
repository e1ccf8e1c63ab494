/* SPDX-License-Identifier: MIT
 *
 * look: somebody wants to see what runs at this moment. Only the gateway knows, so the one who asks
 * waits for its answer, but not for long.
 * Runs in: the manager.
 */
#ifndef HEARTH_LOOK_H
#define HEARTH_LOOK_H

#include "manager/house.h"

#define LOOK_MOST 20

struct running {
	uint32_t pool, pid, ms;
	uint64_t request;
	char line[200]; /* escaped */
};

struct seen {
	struct running at[LOOK_MOST]; /* as the gateway says it: the longest first */
	size_t n;
};

/* `tell` is called once, with what was seen until then, unless the asker hangs up before; at once
 * if there is no gateway to be asked. */
void look(struct house *h, struct asker *a,
	void (*tell)(struct house *h, struct asker *a, const struct seen *seen));

#endif
