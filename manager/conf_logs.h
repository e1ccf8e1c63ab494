/* SPDX-License-Identifier: MIT
 *
 * conf_logs: the rules about logs: the error log, access logs and slowlogs, where they lie and what
 * is written into them.
 * Runs in: the manager. Rules for conf_check; looks at the file system, and opens no log.
 */
#ifndef HEARTH_CONF_LOGS_H
#define HEARTH_CONF_LOGS_H

#include "manager/conf_world.h"

/* Those of the house. */
void conf_logs_check(struct check *k);
/* A pool's access log. */
void conf_logs_check_pool(struct check *k, struct conf_pool *pool);
/* ... and its slowlog, with what looks at a slow process. */
void conf_logs_check_slow(struct check *k, struct conf_pool *pool);

#endif
