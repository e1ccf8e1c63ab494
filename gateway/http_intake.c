/* SPDX-License-Identifier: MIT
 *
 * http_intake: see http_intake.h.
 */
#include "gateway/http_intake.h"

#include "gateway/forwarded.h"
#include "gateway/http_reply.h"

#define READ_ROOM 4096u

/* Nothing of a request came, or nothing more will: back to rest. */
static void put_away(struct conn *c)
{
	request_free(c->request);
	c->request = NULL;
}

/* Reads to where the bytes belong: into the request. */
int http_intake_read(struct conn *c)
{
	struct request *r = c->request;
	ssize_t n;

	if (!c->readable)
		return INTAKE_DRY;
	if (!r && !(r = c->request = request_new(c->lane, &http_front, c)))
		return 503;
	if (!buf_reserve(&r->in, READ_ROOM))
		return 503;
	n = conn_read(c, buf_tail(&r->in), buf_room(&r->in));
	if (n > 0) {
		buf_grew(&r->in, (size_t)n);
		return INTAKE_MORE;
	}
	if (n < 0 || buf_len(&r->in) == 0)
		put_away(c);
	return n < 0 ? INTAKE_OVER : INTAKE_DRY;
}

static bool trusts(const void *plan, const struct ip *ip)
{
	return cidr_list_has(&((const struct plan *)plan)->trusted, ip);
}

/* Of several the last: a proxy may add its own behind what its client has sent (as HAProxy's
 * unique-id-header does). */
static struct span last_value(const struct request *r, const char *name)
{
	const char *base = buf_head(&r->in);

	for (uint32_t i = r->head.nheaders; i-- > 0;)
		if (span_is_nocase(http_span(base, r->head.headers[i].name), name))
			return http_span(base, r->head.headers[i].value);
	return SPAN_NONE;
}

/* A proxy that we trust may ask for somebody else. */
static void learn_client(struct request *r)
{
	struct forwarded f = {.client = r->client};

	if (!cidr_list_has(&r->plan->trusted, &r->client.ip))
		return;
	forwarded_read(&r->head, buf_head(&r->in), trusts, r->plan, &f);
	r->client = f.client;
	r->secure = f.secure;
	r->traced = f.traced;
	if (r->plan->id_header[0])
		request_adopt_id(r, last_value(r, r->plan->id_header));
}

int http_intake_parse(struct request *r)
{
	struct http_limits lim = {
		r->plan->max_header_size, r->plan->max_request_line, r->plan->max_headers};
	ssize_t n = http_parse_head(buf_head(&r->in), buf_len(&r->in), &r->scan, &lim, &r->head);

	if (n < 0)
		return (int)-n;
	if (n == 0)
		return INTAKE_DRY;
	r->head_len = r->used = (size_t)n;
	r->heard = r->lane->loop.now;
	learn_client(r);
	return INTAKE_WHOLE;
}

int http_intake_frame(struct request *r)
{
	uint64_t max = r->pool && r->pool->max_body ? r->pool->max_body : r->plan->max_body;
	struct http_body_limits lim = HTTP_BODY_LIMITS(max);
	int status = -http_body_start(&r->body_state, &r->head, &lim);

	r->read_whole = !status && http_body_done(&r->body_state);
	r->streams = !r->read_whole && r->pool && !r->pool->request_buffering;
	return status;
}

/* Payload goes to the spool. 0, or the status to refuse with; *used bytes were the body's. */
static int take_body(struct request *r, struct span bytes, size_t *used)
{
	struct span data;
	ssize_t n;

	*used = 0;
	while (bytes.n && !http_body_done(&r->body_state)) {
		n = http_body_feed(&r->body_state, bytes.p, bytes.n, &data);
		if (n < 0)
			return (int)-n;
		if (!request_keep(r, &r->body, data))
			return 503;
		r->body_len += data.n;
		*used += (size_t)n;
		bytes = span_from(bytes, (size_t)n);
	}
	r->read_whole = http_body_done(&r->body_state);
	return 0;
}

int http_intake_rest(struct request *r)
{
	size_t used;
	int status = take_body(r, span_from(buf_span(&r->in), r->used), &used);

	r->used += used;
	return status;
}

int http_intake_body(struct conn *c)
{
	struct request *r = c->request;
	size_t room = r->streams ? request_body_room(r) : LANE_SCRATCH, used;
	ssize_t n = room ? conn_read(c, c->lane->scratch, room) : 0;
	int status;

	if (n <= 0)
		return n ? INTAKE_OVER : INTAKE_DRY;
	r->heard = r->lane->loop.now;
	status = take_body(r, (struct span){c->lane->scratch, (size_t)n}, &used);
	if (status)
		return status;
	if (used < (size_t)n && !buf_put(&r->ahead, c->lane->scratch + used, (size_t)n - used))
		return 503;
	return r->read_whole ? INTAKE_WHOLE : INTAKE_MORE;
}

struct request *http_intake_next(struct conn *c, const struct request *old)
{
	struct request *r;
	struct span rest = span_from(buf_span(&old->in), old->used);

	if (rest.n == 0 && buf_len(&old->ahead) == 0)
		return NULL;
	r = request_new(c->lane, &http_front, c);
	if (r && buf_put_span(&r->in, rest) && buf_put_span(&r->in, buf_span(&old->ahead)))
		return r;
	if (r)
		request_free(r);
	c->hung_up = true; /* no memory: behave as if nothing had followed */
	return NULL;
}
