/* SPDX-License-Identifier: MIT
 *
 * conf_claims: no route at one host may belong to two pools, or stand twice in one.
 * Runs in: the manager. Does not know what a route may look like.
 */
#ifndef HEARTH_CONF_CLAIMS_H
#define HEARTH_CONF_CLAIMS_H

#include "manager/conf.h"

void conf_claims_check(const struct conf *conf, struct complaints *c);

#endif
