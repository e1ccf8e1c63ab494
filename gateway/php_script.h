/* SPDX-License-Identifier: MIT
 *
 * php_script: which script a web server means by SCRIPT_FILENAME, as php-fpm understands it, and
 * whether security.limit_extensions lets it run.
 * Runs in: the gateway. Looks at names and kinds of files only; the program opens them by itself.
 */
#ifndef HEARTH_PHP_SCRIPT_H
#define HEARTH_PHP_SCRIPT_H

#include "gateway/request.h"

/* Of a request for a pool of FastCGI programs, which has its script_file. If that must not be run,
 * own_page is what answers it. */
void php_script_check(struct request *r);
/* ... which a web server has sent. It also takes off what Apache puts before the path of a script,
 * and then finds SCRIPT_NAME and PATH_INFO, which are part of what Apache takes for the script.
 * 0, or the status to refuse with. */
int php_script_find(struct request *r);

#endif
