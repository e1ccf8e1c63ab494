/* SPDX-License-Identifier: MIT
 *
 * variable: which variables of a program are not for a configuration to set.
 * Runs in: the manager (which refuses a configuration that tries), the gateway (which computes
 * them). Pure.
 */
#ifndef HEARTH_VARIABLE_H
#define HEARTH_VARIABLE_H

#include "common/span.h"

/* It is one of variable.def. Names are compared as the environment does, in their case. */
bool variable_is_computed(struct span name);

#endif
