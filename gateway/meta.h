/* SPDX-License-Identifier: MIT
 *
 * meta: the meta-variables of a request (RFC 3875 4.1), one by one.
 * Runs in: the gateway. What becomes of them (FastCGI parameters, an environment) is the sink's.
 *
 * Of a request that came by FastCGI they are those that the web server has given.
 *
 * Precedence is fixed: what we compute, then what the configuration says, then what an authorizer
 * has said, then what the client's header fields say; a later one never replaces an earlier one
 * (Apache CVE-2025-65082).
 */
#ifndef HEARTH_META_H
#define HEARTH_META_H

#include "gateway/conn.h"
#include "gateway/meta_given.h"

bool meta_each(const struct request *r, meta_sink *sink, void *arg);

#endif
