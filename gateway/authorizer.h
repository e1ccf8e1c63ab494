/* SPDX-License-Identifier: MIT
 *
 * authorizer: a request goes to the authorizer of its pool before it goes there (FastCGI 1.0 6.3).
 * Runs in: the gateway. Knows neither faces nor routes: where a request goes when it was let in is
 * reception's to find.
 */
#ifndef HEARTH_AUTHORIZER_H
#define HEARTH_AUTHORIZER_H

#include "gateway/request.h"

/* Has somebody to be asked before this pool (or NULL) may have it? */
bool authorizer_is_due(const struct request *r, const struct plan_pool *pool);
/* Has he said that it may go there, or is there nobody to ask? Also if another was asked for its
 * next step since: that one's variables hold. */
bool authorizer_has_let_in(const struct request *r, const struct plan_pool *pool);
/* Asks him; r->pool is the pool that it is for. It may be answered when this returns. */
void authorizer_ask(struct request *r);
/* He lets it in, with this head: its variables are kept, and it is the request again that it was.
 * 0; or the status to fail with. */
int authorizer_heed(struct request *r, const struct cgi_head *h, const char *base);
/* Whatever it was asked is asked no more: it goes elsewhere. */
void authorizer_forget(struct request *r);

#endif
