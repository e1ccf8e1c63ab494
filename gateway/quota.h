/* SPDX-License-Identifier: MIT
 *
 * quota: so many bytes, that many holders share, in whatever lane they are.
 * Runs in: the gateway. Knows neither what the bytes are nor who holds them.
 */
#ifndef HEARTH_QUOTA_H
#define HEARTH_QUOTA_H

#include <stdatomic.h>

#include "common/clock.h"
#include "common/span.h"

/* What is complained about, each on its own. */
enum quota_complaint { QUOTA_REFUSES, QUOTA_DELAYS, QUOTA_COMPLAINTS };

struct quota {
	_Atomic unsigned refs;
	_Atomic uint64_t used, max;
	struct quota *of; /* the larger one that this is a part of, or NULL */
	char *name;       /* whose it is, for messages */
	_Atomic int64_t said[QUOTA_COMPLAINTS];
};

/* Everywhere below, NULL is a quota without a limit. */

/* Without a limit, until it is given one. */
struct quota *quota_new(const char *name, struct quota *of);
struct quota *quota_ref(struct quota *q);
void quota_unref(struct quota *q);
/* What is above the new limit stays with its holders. */
void quota_limit(struct quota *q, uint64_t max);

/* Takes n bytes from it and from what it is a part of; NULL. Or takes nothing: which one lacks
 * them. */
struct quota *quota_take(struct quota *q, uint64_t n);
void quota_give(struct quota *q, uint64_t n);

/* True once in a while: for a log that must not be flooded. *last is zero at first. */
bool quota_may_say(_Atomic int64_t *last, struct mono now);

#endif
