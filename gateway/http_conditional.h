/* SPDX-License-Identifier: MIT
 *
 * http_conditional: what the preconditions of a request come to (RFC 9110 13).
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log.
 */
#ifndef HEARTH_HTTP_CONDITIONAL_H
#define HEARTH_HTTP_CONDITIONAL_H

#include "gateway/http_parse.h"

/* What is there: an entity tag with its quotes, but without a "W/"; and when it was changed. */
struct http_validators {
	struct span etag;
	int64_t modified; /* seconds since 1970, as Last-Modified says them */
	bool weak;        /* the tag is: scripts' may be, ours never are */
};

enum http_condition {
	HTTP_PROCEED,
	HTTP_NOT_MODIFIED, /* 304 */
	HTTP_FAILED,       /* 412 */
};

/* The header fields of a request for a file that are more than its target, gathered in one walk.
 * A list may come in several fields and is met by any of them; what must be one field but came
 * several times is as if it were malformed: ignored, and an If-Range then is not met. */
struct http_wishes {
	const struct http_head *head;
	const char *base;
	bool has_match, has_none_match, has_coding;
	bool many_since, many_until, many_if_range, many_range;
	struct span since, until; /* If-Modified-Since, If-Unmodified-Since */
	struct span if_range, range;
};

void http_wishes_read(const struct http_head *head, const char *base, struct http_wishes *out);

/* GET or HEAD of something that is there, in the order of RFC 9110 13.2.2, but for Range. A date
 * that cannot be read does not count, and If-None-Match takes If-Modified-Since's place. */
enum http_condition http_condition(
	const struct http_wishes *w, const struct http_validators *v, int64_t now);

/* May the Range be answered in part (13.1.5)? Without If-Range always; else only if its tag or its
 * date is exactly ours and strong: a date is if it is at least a second old (8.8.2.2). */
bool http_range_is_wanted(
	const struct http_wishes *w, const struct http_validators *v, int64_t now);

#endif
