/* SPDX-License-Identifier: MIT
 *
 * php_path: names of scripts as web servers give them to PHP, and which of them it may run.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log.
 */
#ifndef HEARTH_PHP_PATH_H
#define HEARTH_PHP_PATH_H

#include "common/span.h"

/* Apache's mod_proxy_fcgi names a script by the URL of the backend: "proxy:fcgi://HOST:PORT/PATH",
 * "proxy:balancer://NAME/PATH" or "proxy:unix:SOCKET|fcgi://HOST/PATH". True: it is one of these,
 * and *path is PATH, without a query behind it. */
bool php_path_of_proxy(struct span name, struct span *path);

/* "%41" is "A"; what is no such thing stays as it is. Writes at most name.n bytes; how many. 0: it
 * would have a NUL in it. */
size_t php_path_decode(struct span name, char *to);

/* Its name ends with one of the extensions, and is more than that: names with a slash between them,
 * in their case; NULL: any may run. */
bool php_path_may_run(const char *extensions, struct span file);

#endif
