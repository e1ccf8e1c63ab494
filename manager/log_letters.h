/* SPDX-License-Identifier: MIT
 *
 * log_letters: the log files, handed to the gateway: at its start, and whenever they were opened
 * anew. Those of pools come with the plan as well.
 * Runs in: the manager.
 */
#ifndef HEARTH_LOG_LETTERS_H
#define HEARTH_LOG_LETTERS_H

#include "manager/plan.h"

/* `had`: it has an access log of [gateway], which has to be taken out of its hands if none is kept
 * any more. Says whether it has one now. */
bool log_letters(const struct plan *p, bool had, struct chan *to);

#endif
