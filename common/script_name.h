/* SPDX-License-Identifier: MIT
 *
 * script_name: what the name of a file says against running it.
 * Runs in: the gateway, and the manager for `hearth serve`. Pure: no I/O, no clock, no allocation,
 * no log; it does not know which files exist.
 */
#ifndef HEARTH_SCRIPT_NAME_H
#define HEARTH_SCRIPT_NAME_H

#include "common/span.h"

/* The name of the file of which this one is a copy that an editor, a merge or a package manager has
 * left behind ("x.cgi~", "#x.cgi#", "x.cgi.dpkg-old"), in any case; the name itself if it does not
 * look like one. */
struct span script_name_original(struct span name);

static inline bool script_name_is_leftover(struct span name)
{
	return script_name_original(name).n < name.n;
}

/* The name of a program that runs what it is given, with or without a version behind it ("php",
 * "python3.11", "php8.2-cgi"); in any case. As a script it would run whatever a client sends. */
bool script_name_is_interpreter(struct span name);

/* The last segment of a path, and what stands behind its last dot. */
struct span script_name_of(struct span path);
struct span script_name_extension(struct span name);

#endif
