/* SPDX-License-Identifier: MIT
 *
 * serve_conf: the configuration that `hearth serve` makes up, read by the ordinary loader: there
 * is no second way into the house.
 * Runs in: the manager, for `hearth serve`.
 */
#ifndef HEARTH_SERVE_CONF_H
#define HEARTH_SERVE_CONF_H

#include "manager/conf.h"
#include "manager/serve_find.h"

struct serve_wish {
	const struct site *site;
	struct words listen; /* addresses */
	const char *user;    /* runs scripts and gateway; NULL: whoever started us */
	const char *runtime; /* a directory for sockets and the like */
};

/* Makes the directory above the scripts the working directory. NULL: the complaints are said. */
struct conf *serve_conf(const struct serve_wish *w);

#endif
