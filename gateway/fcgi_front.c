/* SPDX-License-Identifier: MIT
 *
 * fcgi_front: see fcgi_front.h.
 *
 * Records are read as they come, whatever becomes of answers meanwhile: one request must not stand
 * in another's way. What is put while records are read leaves when they have been.
 */
#include "gateway/fcgi_front.h"

#include <stdio.h>
#include <sys/socket.h>

#include "common/log.h"

/* What one web server may have of a turn. */
#define TURN_MAX (256u * 1024)
#define ROOM     (64u * 1024)
/* Beyond this nothing is read until it has taken what it was told. */
#define CONTROL_MAX (16u * 1024)

/* ---- who is there ---- */

static void say(const struct conn *c, const char *why)
{
	const struct plan_pool *pool = plan_pool(c->plan, c->via->pool);
	char peer[IP_TEXT_MAX];

	log_warn("[pool %s] listen %s: a connection from %s %s: closed", pool ? pool->name : "-",
		c->via->address, ip_put(&c->peer.ip, peer)[0] ? peer : "a unix socket", why);
}

static void break_off(struct conn *c, const char *why)
{
	lane_count(&c->lane->counters.errors);
	say(c, why);
	conn_lost(c);
}

/* ---- events ---- */

/* A script is a responder, and nothing else. */
static bool has_role(const struct conn *c, uint16_t role)
{
	const struct plan_pool *pool = plan_pool(c->plan, c->via->pool);

	return role == FCGI_RESPONDER || !pool || pool->kind != POOL_CGI;
}

/* An answer that is refused has a job too: its streams are still to come. */
static void on_begin(
	struct fcgi_mux *m, const struct fcgi_event *ev, struct fcgi_stage stage, bool known)
{
	struct conn *c = m->conn;
	struct fcgi_job *j;
	struct request *r;

	if (m->njobs >= 2 * FCGI_MUX_MOST) {
		break_off(c, "leaves too many requests unfinished");
		return;
	}
	j = fcgi_mux_add(m, ev->id);
	if (!j) {
		break_off(c, "begins a request for which there is no memory");
		return;
	}
	conn_wake(c);
	j->stage = stage;
	j->keep = ev->flags & FCGI_KEEP_CONN;
	if (!known || !has_role(c, ev->role)) {
		fcgi_reply_reject(j, FCGI_UNKNOWN_ROLE);
		return;
	}
	r = m->live <= FCGI_MUX_MOST ? request_new(c->lane, &fcgi_front, c) : NULL;
	if (!r) {
		fcgi_reply_reject(j, FCGI_OVERLOADED);
		return;
	}
	j->request = r;
	r->job = j;
	r->role = ev->role;
	r->head.method = (struct http_field){0, 0};
	list_push_back(&m->reading, &j->link);
}

static const struct {
	struct span name;
	unsigned bit;
} values[] = {
	{{FCGI_MAX_CONNS, sizeof FCGI_MAX_CONNS - 1}, 1},
	{{FCGI_MAX_REQS, sizeof FCGI_MAX_REQS - 1}, 2},
	{{FCGI_MPXS_CONNS, sizeof FCGI_MPXS_CONNS - 1}, 4},
};

/* Which of them are asked for. False: it is no list. */
static bool read_names(struct span all, unsigned *asked)
{
	struct fcgi_pairs d = {.left = all.n};
	struct fcgi_piece piece;

	*asked = 0;
	while (all.n) {
		ssize_t n = fcgi_pairs_feed(&d, all.p, all.n, &piece);
		if (n < 0)
			return false;
		for (size_t i = 0; i < nitems(values); i++)
			if (piece.done && span_eq(piece.name, values[i].name))
				*asked |= values[i].bit;
		all = span_from(all, (size_t)n);
	}
	return fcgi_pairs_between(&d);
}

static bool put_values(struct fcgi_mux *m, unsigned asked)
{
	const unsigned is[] = {m->conn->plan->max_connections, FCGI_MUX_MOST, 1};
	struct fcgi_params w;
	char text[16];
	bool ok = fcgi_params_open(&w, &m->control, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID);

	for (size_t i = 0; i < nitems(values) && ok; i++) {
		snprintf(text, sizeof text, "%u", is[i]);
		if (asked & values[i].bit)
			ok = fcgi_param(&m->control, values[i].name, span_of(text));
	}
	return ok && fcgi_params_close(&w, &m->control);
}

/* FastCGI 1.0 4.1: names that we do not know are left out. */
static void on_values(struct fcgi_mux *m, const struct fcgi_event *ev)
{
	unsigned asked;

	if (!buf_put_span(&m->values, ev->data)) {
		break_off(m->conn, "asks for values for which there is no memory");
		return;
	}
	if (!ev->record_end)
		return;
	if (!read_names(buf_span(&m->values), &asked))
		break_off(m->conn, "asks for values in no list of names");
	else if (!put_values(m, asked))
		conn_lost(m->conn);
	buf_clear(&m->values);
}

static void on_event(struct fcgi_mux *m, const struct fcgi_event *ev)
{
	struct fcgi_stage stage;
	struct fcgi_job *j = fcgi_mux_find(m, ev->id, &stage);
	const char *why = NULL;
	enum fcgi_deed deed = fcgi_stage_take(&stage, ev, &why);

	if (m->last && (!j || ev->kind == FCGI_EV_BEGIN))
		return; /* nobody will hear of it on this connection */
	if (j)
		j->stage = stage;
	switch (deed) {
	case FCGI_DO_NOTHING:
		if (j)
			fcgi_mux_settle(m, j);
		break;
	case FCGI_DO_BREAK:
		break_off(m->conn, why);
		break;
	case FCGI_DO_BEGIN:
	case FCGI_DO_REFUSE_ROLE:
		on_begin(m, ev, stage, deed == FCGI_DO_BEGIN);
		break;
	case FCGI_DO_VALUES:
		on_values(m, ev);
		break;
	case FCGI_DO_TELL_UNKNOWN:
		if (!fcgi_unknown_type(&m->control, ev->type))
			conn_lost(m->conn);
		break;
	default:
		fcgi_request_event(j, deed, ev->data);
	}
}

/* ---- in ---- */

static void take(struct fcgi_mux *m, struct span bytes)
{
	struct fcgi_event ev;
	char why[128];

	while (bytes.n && !m->gone) {
		ssize_t n = fcgi_read(&m->reader, bytes.p, bytes.n, &ev);

		if (n < 0) {
			snprintf(why, sizeof why, "does not speak FastCGI: %s", m->reader.why);
			break_off(m->conn, why);
			return;
		}
		if (ev.kind != FCGI_EV_NONE)
			on_event(m, &ev);
		bytes = span_from(bytes, (size_t)n);
	}
}

/* Of a unix socket it may be that its other side only says no more; but of the internet's nobody
 * can tell, and web servers do not do that. */
static void on_over(struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);
	struct fcgi_job *j;

	if (!c->via->is_unix || m->live == 0 || m->lingers) {
		conn_lost(c);
		return;
	}
	m->last = true;
	while (!list_empty(&m->reading)) {
		j = list_first(&m->reading, struct fcgi_job, link);
		fcgi_request_forget(j);
		fcgi_job_end(j);
	}
}

static bool may_read(const struct conn *c)
{
	return conn_is_open(c) && c->readable && c->lane->spent < TURN_MAX &&
	       buf_len(&fcgi_mux_of(c)->control) < CONTROL_MAX;
}

/* Not into the lane's scratch: workers may be read from here, when one is abandoned. */
static void read_on(struct conn *c)
{
	static _Thread_local char room[ROOM];
	struct fcgi_mux *m = fcgi_mux_of(c);
	ssize_t n = 1;

	while (n > 0 && may_read(c)) {
		n = conn_read(c, room, sizeof room);
		if (n > 0 && !m->lingers)
			take(m, (struct span){room, (size_t)n});
	}
	if (n == -1 && conn_is_open(c))
		on_over(c);
	else if (n < 0)
		conn_lost(c);
}

static void on_readable(struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);
	size_t of_another = c->lane->spent;

	if (m->taking)
		return;
	m->taking = true;
	c->lane->spent = 0;
	read_on(c);
	c->lane->spent = of_another;
	m->taking = false;
	if (!conn_is_open(c) || m->lingers)
		return;
	fcgi_push_rearm(c);
	fcgi_push(m);
	if (conn_is_open(c) && c->readable && buf_len(&m->control) < CONTROL_MAX)
		conn_yield(c);
}

/* ---- what the connection tells us ---- */

static void on_drained(struct conn *c)
{
	fcgi_push(fcgi_mux_of(c));
}

static void on_expired(struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);
	struct fcgi_job *j;

	if (m->live == 0) {
		conn_lost(c);
		return;
	}
	m->taking = true;
	while ((j = fcgi_push_late(c))) {
		list_remove(&j->link);
		fcgi_request_spoil(j, 408);
	}
	m->taking = false;
	c->phase = 0;
	fcgi_push_rearm(c);
	fcgi_push(m);
}

static void on_lost(struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);

	m->gone = true;
	list_for_each (it, &m->all)
		fcgi_request_forget(container_of(it, struct fcgi_job, all));
	fcgi_mux_clear(m);
}

static void on_again(struct conn *c)
{
	struct fcgi_mux *m = fcgi_mux_of(c);

	fcgi_push(m);
	if (conn_is_open(c) && c->readable)
		on_readable(c);
}

const struct conn_face fcgi_face = {
	.readable = on_readable,
	.drained = on_drained,
	.expired = on_expired,
	.lost = on_lost,
	.again = on_again,
};

/* ---- the connection as a whole ---- */

void fcgi_front_init(const struct http_host *host)
{
	fcgi_request_init(host);
}

/* Who it is by SO_PEERCRED is who has connected, whoever has the socket now. NULL: he may. */
static const char *user_wrong(const struct conn *c, char *why, size_t size)
{
	struct ucred peer = {.uid = UINT32_MAX};
	socklen_t len = sizeof peer;

	if (c->via->nusers == 0)
		return NULL;
	if (getsockopt(c->io.fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
		plan_listener_has_user(c->via, peer.uid))
		return NULL;
	snprintf(why, size, "is that of user %u, process %d, who is none of listen.allowed_users",
		(unsigned)peer.uid, (int)peer.pid);
	return why;
}

/* NULL, or what is wrong with whoever is there. */
static const char *not_allowed(const struct conn *c, char *why, size_t size)
{
	if (c->via->is_unix)
		return user_wrong(c, why, size);
	return cidr_list_has(&c->via->allowed, &c->peer.ip)
		       ? NULL
		       : "is not one of listen.allowed_clients";
}

void fcgi_front_open(struct conn *c)
{
	static _Atomic int64_t said;
	char text[128];
	const char *why = not_allowed(c, text, sizeof text);

	if (why) {
		lane_count(&c->lane->counters.errors);
		if (quota_may_say(&said, c->lane->loop.now))
			say(c, why);
		conn_close(c);
		return;
	}
	c->several = fcgi_mux_new(c);
	if (!c->several) {
		conn_close(c);
		return;
	}
	conn_response(c, NULL, false);
	fcgi_push_rearm(c);
	conn_rest(c);
}

void fcgi_front_drain(struct conn *c)
{
	if (!conn_is_open(c))
		return;
	c->readable = true; /* a request that has just come is still served */
	on_readable(c);
}

static void follow_plan(struct conn *c)
{
	const struct plan_listener *l = plan_listener(c->lane->plan, c->via->id);

	if (!l || !l->pool) {
		fcgi_mux_of(c)->last = true;
		return;
	}
	plan_ref(c->lane->plan);
	plan_unref(c->plan);
	c->plan = c->lane->plan;
	c->via = l;
}

void fcgi_front_move(struct conn *c, void (*each)(struct request *r))
{
	struct fcgi_mux *m = fcgi_mux_of(c);

	if (!conn_is_open(c))
		return;
	follow_plan(c);
	m->taking = true;
	list_for_each (it, &m->all) {
		struct fcgi_job *j = container_of(it, struct fcgi_job, all);
		if (j->request && j->serving)
			each(j->request);
	}
	m->taking = false;
	fcgi_push(m);
}
