/* SPDX-License-Identifier: MIT
 *
 * reload: a new configuration beside the old: load, check, offer; then commit, or keep the old.
 * Runs in: the manager. The first configuration comes in the same way, with no old one to keep.
 */
#ifndef HEARTH_RELOAD_H
#define HEARTH_RELOAD_H

#include "manager/house.h"

/* What the gateway's answers lead to. */
extern const struct downlink_owner reload_ops;

/* The first: takes conf. False: `why`. */
bool reload_first(struct house *h, struct conf *conf, char *why, size_t size);
/* From the file again. asker (or NULL) is answered when it serves or was refused. */
void reload_begin(struct house *h, struct asker *asker);

#endif
