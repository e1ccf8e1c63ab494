/* SPDX-License-Identifier: MIT
 *
 * renew: workers are replaced one by one, the new one ready before the old one leaves. A restart,
 * a limit that a worker has reached and an emergency all go this way.
 * Runs in: the manager. When one may follow, sizing decides.
 */
#ifndef HEARTH_RENEW_H
#define HEARTH_RENEW_H

#include "manager/pool.h"

/* Marks all there are, and goes on as far as it can; on_renewed is told in the end. `why` is a
 * constant. A worker that reaches a limit is marked by pool.c, one alone. */
void renew_all(struct pool *p, const char *why);

/* The duties of pool.h. */
void renew_go_on(struct pool *p, const struct sizing *s);
void renew_after_death(struct pool *p, const struct worker *w);

#endif
