/* SPDX-License-Identifier: MIT
 *
 * serve_advise: what `hearth serve` says of the scripts that it found; if it found none, what to do
 * about that, in a form that can be pasted into a shell.
 * Runs in: the manager, for `hearth serve`.
 */
#ifndef HEARTH_SERVE_ADVISE_H
#define HEARTH_SERVE_ADVISE_H

#include "manager/serve_find.h"

/* `url` is http://HOST:PORT/ */
void advise(const struct site *s, const char *url, struct buf *out);

#endif
