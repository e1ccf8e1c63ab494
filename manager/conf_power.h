/* SPDX-License-Identifier: MIT
 *
 * conf_power: what a configuration asks for that takes privilege, and what of it there is.
 * Runs in: the manager. Knows the directives, and not how a process is made.
 */
#ifndef HEARTH_CONF_POWER_H
#define HEARTH_CONF_POWER_H

#include "manager/conf.h"

/* The root of a pool's processes; NULL: ours, which is what they get without privilege. */
const char *conf_power_chroot(const struct conf_pool *pool);
/* Whether they get a nice value of their own. */
bool conf_power_nice(const char *priority, int *nice);
/* Whether hearth may give itself this one, and so others. */
bool conf_power_may_nice(int nice);

/* Each directive that was set and has no effect for want of privilege. `name` is how it is called,
 * `owner` who has it: "pool 'app'", "[gateway]". */
typedef void conf_power_sink(void *arg, const char *name, const char *owner,
	const struct conf_pool *pool, const struct conf_mark *mark);
void conf_power_each_vain(const struct conf *conf, conf_power_sink *sink, void *arg);
/* All of them as "user ([gateway], app), chroot (app)"; nothing if there is none. */
void conf_power_put_vain(const struct conf *conf, struct buf *out);

#endif
