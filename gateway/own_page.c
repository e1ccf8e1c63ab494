/* SPDX-License-Identifier: MIT
 *
 * own_page: see own_page.h.
 */
#include "gateway/own_page.h"

int own_page_refuses(struct request *r)
{
	struct span method = request_method(r);

	if (span_is(method, "GET") || span_is(method, "HEAD"))
		return 0;
	return buf_puts(&r->answer.lines, "Allow: GET, HEAD\r\n") ? 405 : 503;
}

void own_page_send(
	struct request *r, int status, const char *type, const char *fields, struct span body)
{
	struct buf *lines = &r->answer.lines;

	if (!buf_puts(lines, fields) || !buf_putf(lines, "Content-Type: %s\r\n", type)) {
		request_fail(r, 503);
		return;
	}
	r->answer.status = status;
	r->answer.has_length = true;
	r->answer.length = body.n;
	r->front->begin(r);
	if (!span_is(request_method(r), "HEAD"))
		r->front->body(r, body);
	r->front->end(r);
}
