/* SPDX-License-Identifier: MIT
 *
 * outside_address: the addresses of an external pool come and go.
 * Runs in: the gateway, lane 0.
 */
#ifndef HEARTH_OUTSIDE_ADDRESS_H
#define HEARTH_OUTSIDE_ADDRESS_H

#include "gateway/outside.h"

/* Under the lock: one more, of this name; without a length: it is not known yet. */
void outside_address_add(struct outside *o, size_t name, const struct fcgi_peer *peer);

/* A name that was looked up leads to these now. */
void outside_lead(
	struct outside *o, struct outside_name *of, const struct fcgi_peer *peers, size_t n);
/* It cannot be looked up; what addresses there are serve on. */
void outside_lead_nowhere(struct outside *o, struct outside_name *of, const char *why);

#endif
