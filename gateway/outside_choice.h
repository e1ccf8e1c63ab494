/* SPDX-License-Identifier: MIT
 *
 * outside_choice: which address of an external pool the next request goes to, and for how long one
 * that fails is left alone.
 * Runs in: the gateway. Pure. Knows nothing of sockets, connections and requests.
 */
#ifndef HEARTH_OUTSIDE_CHOICE_H
#define HEARTH_OUTSIDE_CHOICE_H

#include <stddef.h>

#include "common/clock.h"

#define OUTSIDE_NOBODY SIZE_MAX

/* How an address stands, as far as the choice goes. */
struct outside_standing {
	uint32_t busy;           /* requests that it has */
	unsigned failures;       /* one after the other; 0: it is well */
	struct mono rests_until; /* while there are failures */
	bool barred;             /* it is the name of a host whose addresses are not known */
};

/* The least busy of those that do not rest, which is the first from `turn` on if there are several.
 * OUTSIDE_NOBODY: all rest. */
size_t outside_choose(
	const struct outside_standing *const *at, size_t n, size_t turn, struct mono now);

/* Who has rested is tried by one request, and by the next only after this time, as long as nobody
 * knows what has become of the first. */
#define OUTSIDE_TRIAL_MS 1000

/* The rest after so many failures: 100 ms, then twice as long each time, up to most_ms; less by up
 * to a quarter, so that not all gateways come back at once. random: any number. */
uint32_t outside_rest_ms(unsigned failures, uint32_t most_ms, uint32_t random);

/* So many broken answers in a row, none that was good between them, are not the fault of requests,
 * though it may be that of a script that many ask for: so not of an address that has no other
 * beside it now. */
#define OUTSIDE_BROKEN_MOST 5
bool outside_is_spoilt(unsigned broken, bool has_another);

/* All have failed for so long that nobody shall wait for them. */
bool outside_is_down(const struct outside_standing *const *at, size_t n);
/* When the first of them may be tried. MONO_NEVER: there are none. */
struct mono outside_soonest(const struct outside_standing *const *at, size_t n);

#endif
