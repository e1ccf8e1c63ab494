/* SPDX-License-Identifier: MIT
 *
 * facts: what the manager is told about pools and the front, each second and when it could help.
 * Runs in: the gateway, lane 0.
 */
#ifndef HEARTH_FACTS_H
#define HEARTH_FACTS_H

#include "common/chan.h"
#include "gateway/dispatch.h"

void facts_begin(struct lane *l, struct chan *up);
/* Right now, for one pool: requests wait for workers that do not exist. */
void facts_tell(struct dispatch *d);

#endif
