/* SPDX-License-Identifier: MIT
 *
 * adoption: what all lanes do together: take a new plan, drain, end.
 * Runs in: the gateway. Begun in lane 0, done in every lane, reported in lane 0.
 */
#ifndef HEARTH_ADOPTION_H
#define HEARTH_ADOPTION_H

#include "gateway/dispatch.h"

/* need: see dispatch_on_need. */
void adoption_init(void (*need)(struct dispatch *d));
/* Serves a sealed plan, whose reference is taken; `active` when every lane has it. NULL, or why
 * it cannot be (the reference is then the caller's still). */
const char *adopt(struct plan *p, void (*active)(uint32_t generation));
/* The newest plan adopted, lanes may still be coming to it. */
struct plan *adopted(void);
/* Nothing new is accepted; `drained` when the last connection is gone, or was cut at the deadline.
 */
void drain(uint32_t deadline_ms, void (*drained)(uint32_t cut));
/* Writes what the access log still has and ends the process. */
void finish(void);

#endif
