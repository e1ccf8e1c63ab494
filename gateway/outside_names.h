/* SPDX-License-Identifier: MIT
 *
 * outside_names: names of hosts in backend are looked up, and again when their addresses are old.
 * Runs in: the gateway, lane 0.
 */
#ifndef HEARTH_OUTSIDE_NAMES_H
#define HEARTH_OUTSIDE_NAMES_H

#include "gateway/outside.h"

/* Of a pool whose names may have changed: asks what is due, and later again. */
void outside_names_begin(struct outside *o);
void outside_names_end(struct outside *o);

#endif
