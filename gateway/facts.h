/* SPDX-License-Identifier: MIT
 *
 * facts: what the manager is told about pools and the front: each second, if there is news, and
 * when it could help. Runs in: the gateway, lane 0.
 */
#ifndef HEARTH_FACTS_H
#define HEARTH_FACTS_H

#include "common/chan.h"
#include "gateway/dispatch.h"

void facts_begin(struct lane *l, struct chan *up);
/* Is that worth a letter? Pure. Anything that has happened is; but that idle workers are idle still
 * only now and then, and never when there are none. */
bool facts_are_news(const struct dispatch_facts *told, const struct dispatch_facts *now);

/* What is news, right now: somebody looks. */
void facts_tell_news(void);
/* Right now, for one pool: requests wait for workers that do not exist. */
void facts_tell(struct dispatch *d);

#endif
