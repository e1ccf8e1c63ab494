/* SPDX-License-Identifier: MIT
 *
 * slow: a request that runs for longer than request_slowlog_timeout is told to the manager, which
 * can look at the process that serves it.
 * Runs in: the gateway. Knows nothing of /proc, nor what becomes of the word.
 */
#ifndef HEARTH_SLOW_H
#define HEARTH_SLOW_H

struct chan;

/* Lane 0, which has the channel. */
void slow_begin(struct chan *up);

#endif
