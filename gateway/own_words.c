/* SPDX-License-Identifier: MIT
 *
 * own_words: see own_words.h.
 */
#include "gateway/own_words.h"

#include "gateway/http_reason.h"

const char *own_words_reason(const struct request *r)
{
	return r->answer.reason[0] ? r->answer.reason : http_reason(r->answer.status);
}

char *own_words_put_id(const struct request *r, char *to)
{
	*to = '\0';
	if (!r->plan->id_header[0])
		return to;
	to = stpcpy(stpcpy(to, r->plan->id_header), ": ");
	return stpcpy(request_put_id(r, to), "\r\n");
}

bool own_words_put_id_text(const struct request *r, struct buf *page)
{
	char id[REQUEST_ID_DIGITS];

	request_put_id(r, id);
	return buf_putf(page, "<p>Request %.*s</p>", REQUEST_ID_DIGITS, id);
}

static bool put_page(struct request *r)
{
	struct buf *page = &r->reply.pending;
	const char *reason = own_words_reason(r);
	int status = r->answer.status;

	buf_clear(page);
	return buf_putf(page,
		       "<!DOCTYPE html>\n<html lang=\"en\"><head><title>%d %s</title></head>\n"
		       "<body><h1>%d %s</h1>",
		       status, reason, status, reason) &&
	       own_words_put_id_text(r, page) && buf_puts(page, "</body></html>\n");
}

static bool put_lines(struct answer *a)
{
	if (a->status != 301 && a->status != 405 && a->status != 416)
		buf_clear(&a->lines);
	if (a->status == 503 && !buf_putf(&a->lines, "Retry-After: %u\r\n",
					a->retry_after_s ? a->retry_after_s : 1))
		return false;
	return buf_puts(&a->lines, "Content-Type: text/html; charset=utf-8\r\n");
}

void own_words_refuse(struct request *r, int status)
{
	struct answer *a = &r->answer;

	a->status = status;
	a->reason[0] = '\0';
	a->app_status = 0;
	a->is_local = false;
	r->reply.dead |= !put_page(r) || !put_lines(a);
	a->has_length = true;
	a->length = buf_len(&r->reply.pending);
}
