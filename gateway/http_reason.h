/* SPDX-License-Identifier: MIT
 *
 * http_reason: what a status is called.
 * Runs in: the gateway. Pure.
 */
#ifndef HEARTH_HTTP_REASON_H
#define HEARTH_HTTP_REASON_H

/* "Unknown" for a status that nobody has registered; never NULL. */
const char *http_reason(int status);

#endif
