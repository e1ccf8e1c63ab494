/* SPDX-License-Identifier: MIT
 *
 * http_pace: see http_pace.h.
 */
#include "gateway/http_pace.h"

#include "gateway/request.h"

#define LINGER_MS           2000
#define PIPELINE_UNSENT_MAX (64u * 1024)

bool http_may_read(const struct conn *c)
{
	return c->file_left == 0 && spool_in_memory(&c->out) &&
	       conn_unsent(c) < PIPELINE_UNSENT_MAX;
}

/* A drip of bytes earns next to no time: `n` bytes since `from` earn what they would take at
 * min_receive_rate. */
static struct mono earned(const struct plan *p, struct mono from, uint32_t ms, uint64_t n)
{
	uint64_t more = p->min_receive_rate ? n * 1000 / p->min_receive_rate : 0;

	return mono_add_ms(from, (int64_t)(ms + more));
}

static struct mono body_deadline(const struct conn *c, const struct plan *p)
{
	const struct request *r = c->request;
	struct mono pause = mono_add_ms(c->lane->loop.now, p->body_timeout_ms);
	struct mono by = earned(p, r->body_from, p->body_timeout_ms, r->body_len);

	return p->min_receive_rate && mono_before(by, pause) ? by : pause;
}

struct mono http_phase_deadline(const struct conn *c)
{
	struct mono now = c->lane->loop.now;
	const struct plan *p = c->plan;

	switch ((enum http_phase)c->phase) {
	case IDLE: /* only when the last answer is out */
		if (conn_unsent(c))
			break;
		return mono_add_ms(now, c->served ? p->keepalive_timeout_ms : p->header_timeout_ms);
	case HEAD:
		if (!http_may_read(c))
			break;
		return earned(p, c->request->born, p->header_timeout_ms, buf_len(&c->request->in));
	case BODY:
		return body_deadline(c, p);
	case LINGER:
		return mono_add_ms(now, LINGER_MS);
	case BUSY: /* the worker's deadlines count */
	case CLOSING:
		break;
	}
	return MONO_NEVER;
}
