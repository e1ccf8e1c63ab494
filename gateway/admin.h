/* SPDX-License-Identifier: MIT
 *
 * admin: the pages below admin_path, and who may read them: live, ready, status, metrics.
 * Runs in: the gateway, in the request's lane. They need no worker and wake no pool.
 */
#ifndef HEARTH_ADMIN_H
#define HEARTH_ADMIN_H

#include "gateway/request.h"

/* What answers this request, if it asks for such a page and may: else NULL, and the path means what
 * it would mean if there were no such pages. */
request_answer *admin_page(const struct request *r);

#endif
