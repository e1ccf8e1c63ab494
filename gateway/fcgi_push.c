/* SPDX-License-Identifier: MIT
 *
 * fcgi_push: see fcgi_push.h.
 */
#include "gateway/fcgi_push.h"

#include <sys/socket.h>

/* How often what was put is pumped on within a call, if the socket takes it at once. */
#define PUSHES    16
#define LINGER_MS 2000

static void (*tell_resume)(struct request *r);

void fcgi_push_init(void (*resume)(struct request *r))
{
	tell_resume = resume;
}

/* ---- deadlines ---- */

static struct mono deadline_of(const struct conn *c, const struct fcgi_job *j)
{
	const struct request *r = j->request;

	return j->stage.next == FCGI_NEXT_PARAMS ? mono_add_ms(r->born, c->plan->header_timeout_ms)
						 : mono_add_ms(r->heard, c->plan->body_timeout_ms);
}

/* The first of those that are being read; of an idle connection its own. */
static struct mono next_deadline(const struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);
	struct mono now = c->lane->loop.now, by = MONO_NEVER;

	if (m->lingers)
		return mono_add_ms(now, LINGER_MS);
	if (m->live == 0)
		return mono_add_ms(now,
			c->served ? c->plan->keepalive_timeout_ms : c->plan->header_timeout_ms);
	list_for_each (it, &m->reading) {
		struct mono due = deadline_of(c, container_of(it, struct fcgi_job, link));
		if (mono_before(due, by))
			by = due;
	}
	return by;
}

/* One that comes too early finds nobody late: so only what is due before it has to be known. */
void fcgi_push_rearm(struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);
	bool reads = !list_empty(&m->reading);
	struct mono by = mono_add_ms(c->lane->loop.now, c->plan->header_timeout_ms);

	if (m->live && !reads)
		conn_expect(c, MONO_NEVER);
	else if (!reads || c->phase == 0 || mono_before(by, c->due))
		conn_expect(c, next_deadline(c));
	c->phase = reads;
}

struct fcgi_job *fcgi_push_late(const struct conn *c)
{
	list_for_each (it, &fcgi_mux_of(c)->reading) {
		struct fcgi_job *j = container_of(it, struct fcgi_job, link);
		if (!mono_before(c->lane->loop.now, deadline_of(c, j)))
			return j;
	}
	return NULL;
}

/* ---- out ---- */

/* Closing with unread bytes would reset the connection and take the last answers along; and who
 * cannot write the end of a request does not always read its answer. */
static void leave(struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);

	if ((!c->readable && m->njobs == 0) || c->hung_up || shutdown(c->io.fd, SHUT_WR) < 0) {
		conn_lost(c);
		return;
	}
	m->lingers = true;
	fcgi_push_rearm(c);
	conn_yield(c);
}

/* Everything that was put is in the socket. */
static void settle(struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);

	if (m->live == 0 && (m->last || c->lane->draining)) {
		if (!m->lingers)
			leave(c);
		return;
	}
	if (m->live == 0) {
		lane_buf_back(c->lane, &c->out.mem);
		conn_rest(c);
	}
	fcgi_push_rearm(c);
	if (c->readable && !m->taking)
		conn_yield(c);
}

/* Those that were told to wait; each may end, or fill its room again. */
static void resume(struct fcgi_mux *m)
{
	struct list held;

	list_init(&held);
	while (!list_empty(&m->held)) {
		struct list *it = m->held.next;
		list_remove(it);
		list_push_back(&held, it);
	}
	while (!list_empty(&held) && !m->gone) {
		struct fcgi_job *j = list_first(&held, struct fcgi_job, turn);
		list_remove(&j->turn);
		j->held = false;
		if (j->request)
			tell_resume(j->request);
	}
}

static bool pump(struct fcgi_mux *m)
{
	struct conn *c = m->conn;

	if (!fcgi_mux_pump(m)) {
		conn_lost(c);
		return false;
	}
	conn_flush(c);
	return conn_is_open(c) && conn_unsent(c) == 0 && !fcgi_mux_is_dry(m);
}

/* Puts on its way what there is. The connection may be gone behind it. */
void fcgi_push(struct fcgi_mux *m)
{
	struct conn *c = m->conn;
	int times = 0;

	if (m->taking || m->pushing || m->gone)
		return;
	m->pushing = true;
	while (pump(m) && ++times < PUSHES)
		;
	if (conn_is_open(c) && !list_empty(&m->held)) {
		resume(m);
		conn_flush(c); /* nobody else will, if the socket has room */
	}
	m->pushing = false;
	if (!conn_is_open(c) || conn_unsent(c))
		return;
	if (fcgi_mux_is_dry(m))
		settle(c);
	else
		conn_yield(c);
}
