/* SPDX-License-Identifier: MIT
 *
 * look: somebody wants to see how things are at this moment. Only the gateway knows, so the one who
 * asks waits for its answer, but not for long. Before that comes what the gateway has counted.
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

typedef void look_teller(struct house *h, struct asker *a, const char *of, const struct seen *seen);

/* `tell` is called once, with what was seen until then, unless the asker hangs up before; at once
 * if there is no gateway to be asked. At most so many requests are shown. `of` is kept for `tell`,
 * and may be NULL. */
void look(struct house *h, struct asker *a, uint32_t most, const char *of, look_teller *tell);

#endif
