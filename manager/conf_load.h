/* SPDX-License-Identifier: MIT
 *
 * conf_load: configuration files become a struct conf, or complaints that name file and line.
 * Runs in: the manager. Knows sections and includes; lines are source's, values directive's, rules
 * conf_check's.
 */
#ifndef HEARTH_CONF_LOAD_H
#define HEARTH_CONF_LOAD_H

#include "manager/conf.h"

/* Reads and checks the file and all that it includes. NULL if there were complaints; warnings
 * alone do not prevent it. */
struct conf *conf_load(const char *path, struct complaints *c);
/* The same for a text made by ourselves, `name` standing for the file. It includes nothing;
 * relative paths start at the working directory. */
struct conf *conf_load_text(const char *name, const char *text, struct complaints *c);

#endif
