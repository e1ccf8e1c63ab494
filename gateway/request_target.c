/* SPDX-License-Identifier: MIT
 *
 * request_target: see request_target.h.
 */
#include "gateway/request_target.h"

/* The host that the request is for, without its port; the target's wins (RFC 9112 3.2.2). */
static struct span host_of(const struct request *r)
{
	struct span host = r->target.authority.n ? r->target.authority
						 : request_span(r, r->head.host);

	for (size_t i = host.n; i-- > 0;) {
		if (host.p[i] == ']')
			break; /* an IPv6 address has colons of its own */
		if (host.p[i] == ':')
			return (struct span){host.p, i};
	}
	return host;
}

/* A local redirect leads to the same host (RFC 3875 6.2.2), also if the target had named that. */
static void keep_authority(struct request *r, const struct http_target *before)
{
	r->target.scheme = before->scheme;
	r->target.authority = before->authority;
}

int request_read_target(struct request *r)
{
	struct span raw = request_target(r);
	struct span method = request_method(r);
	struct http_target before = r->target;
	int status;

	r->fell_back = false;
	buf_clear(&r->path);
	if (!buf_reserve(&r->path, raw.n + 2))
		return 503;
	status = http_target_parse(raw, span_is(method, "OPTIONS"), span_is(method, "CONNECT"),
		buf_tail(&r->path), buf_room(&r->path), &r->target);
	if (status)
		return -status;
	if (request_is_moved(r))
		keep_authority(r, &before);
	buf_grew(&r->path, r->target.path.n);
	r->host = host_of(r);
	return 0;
}

bool request_fall_back(struct request *r)
{
	r->fell_back = true;
	buf_clear(&r->path);
	if (!request_path_lengthen(r, span_of(r->plan->fallback)))
		return false;
	r->target.path = request_path(r);
	return true;
}
