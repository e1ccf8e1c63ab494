/* SPDX-License-Identifier: MIT
 *
 * strays: the last way out of the house is closed: when a runner has died, whatever it left of its
 * scripts is killed. A runner that ends in order leaves nobody; one that was killed cannot hunt any
 * more, and its scripts' descendants come to us, who are the next reaper above.
 * Runs in: the manager.
 *
 * Orphans of FastCGI workers come to us, too, and are nobody's business. Scripts are known by what
 * every CGI program is given and hands on to those it starts: GATEWAY_INTERFACE in the environment.
 */
#ifndef HEARTH_STRAYS_H
#define HEARTH_STRAYS_H

#include "common/loop.h"

/* A runner has died. Goes on by itself until nobody is left. */
void strays_hunt(struct loop *l);
/* The house closes: for at most so long. */
void strays_end(int ms);

#endif
