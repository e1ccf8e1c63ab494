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

bool http_takes_body(const struct conn *c)
{
	struct request *r = c->request;

	return c->phase == BUSY && r->streams && !r->read_whole && !r->owes_continue &&
	       !r->unwanted && !r->spoiled && request_body_room(r) > 0;
}

bool http_body_turns(struct conn *c)
{
	struct request *r = c->request;
	bool takes = http_takes_body(c), took = !mono_is_never(c->due);

	if (c->phase != BUSY || takes == took)
		return false;
	if (takes)
		r->body_from.us += mono_us_between(r->body_rest, c->lane->loop.now);
	else
		r->body_rest = c->lane->loop.now;
	return true;
}

static struct mono phase_deadline(const struct conn *c)
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
	case BUSY: /* the worker's deadlines count, but while its client is late */
		if (http_takes_body(c))
			return body_deadline(c, p);
		break;
	case CLOSING:
		break;
	}
	return MONO_NEVER;
}

bool http_said_nothing(const struct conn *c)
{
	struct span s = buf_span(&c->request->in);

	while (s.n && (s.p[0] == '\r' || s.p[0] == '\n'))
		s = span_from(s, 1);
	return s.n == 0;
}

void http_rearm(struct conn *c)
{
	conn_expect(c, phase_deadline(c));
}

void http_enter(struct conn *c, enum http_phase phase)
{
	c->phase = (uint8_t)phase;
	http_rearm(c);
}
