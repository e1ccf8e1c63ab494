/* SPDX-License-Identifier: MIT
 *
 * script: from a routed path to a script's file, and from there to SCRIPT_NAME and PATH_INFO.
 * Runs in: the gateway. Looks at names and modes only; opens and runs nothing.
 */
#ifndef HEARTH_SCRIPT_H
#define HEARTH_SCRIPT_H

#include "gateway/request.h"

/* Not a status: the path is that of a directory of scripts, with or without its slash. Which script
 * answers for it is not decided here. */
#define SCRIPT_DIRECTORY 1

/* Fills script_name, path_info, script_file, path_translated, interpreter of a request whose pool
 * and match are known. 0, SCRIPT_DIRECTORY, or the status to refuse with (what is wrong is logged
 * if it is the administrator's to mend). */
int script_find(struct request *r);
/* The same for a request of a cgi pool that a web server has sent by FastCGI: by the file that it
 * names, which must lie below the pool's directory. */
int script_find_given(struct request *r);

#endif
