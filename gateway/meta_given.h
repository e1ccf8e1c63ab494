/* SPDX-License-Identifier: MIT
 *
 * meta_given: the meta-variables of a request that came by FastCGI: those that a web server has
 * given, but for what is ours to say. Runs in: the gateway. And what both kinds of requests have to
 * look at.
 */
#ifndef HEARTH_META_GIVEN_H
#define HEARTH_META_GIVEN_H

#include "gateway/request.h"

/* False ends the enumeration: no memory. */
typedef bool meta_sink(void *arg, struct span name, struct span value);

/* In the order in which they came. */
bool meta_given_each(const struct request *r, meta_sink *sink, void *arg);

/* Does the value look like a function for bash? That is logged, by the variable's name. */
bool meta_is_function(const struct request *r, const char *name, struct span value);
/* Does the pool itself say what this variable is? */
bool meta_is_configured(const struct plan_pool *pool, struct span name);

#endif
