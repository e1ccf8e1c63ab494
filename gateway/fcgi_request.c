/* SPDX-License-Identifier: MIT
 *
 * fcgi_request: see fcgi_request.h.
 */
#include "gateway/fcgi_request.h"

#include <inttypes.h>

#include "common/log.h"
#include "gateway/access_log.h"
#include "gateway/fcgi_intake.h"
#include "gateway/fcgi_reply.h"
#include "gateway/scoreboard.h"

static const struct http_host *host;

/* ---- the end of a request ---- */

static void log_end(struct request *r)
{
	access_log_line(r, ip_put(&r->client.ip, (char[IP_TEXT_MAX]){0}));
	scoreboard_answered(r);
}

static void on_done(struct fcgi_job *j, struct request *r)
{
	struct fcgi_mux *m = j->mux;

	request_become(r, REQ_DONE);
	log_end(r);
	j->request = NULL;
	list_remove(&j->link);
	r->job = NULL;
	m->conn->served = true;
	request_free(r);
	fcgi_push(m);
}

void fcgi_request_forget(struct fcgi_job *j)
{
	struct request *r = j->request;

	if (!r)
		return;
	list_remove(&j->link);
	r->answer.status = 499; /* as nginx counts clients that left */
	if (r->head_len)
		log_end(r);
	j->request = NULL;
	r->job = NULL;
	r->conn = NULL;
	if (j->serving)
		host->forget(r);
	else
		request_free(r);
}

const struct plan_pool *fcgi_request_pool(const struct request *r, const struct plan *p)
{
	const struct plan_listener *l = plan_listener(p, r->conn->via->id);

	return l && l->pool ? plan_pool(p, l->pool) : NULL;
}

bool fcgi_request_is_for_pages(const struct request *r, const struct plan *p)
{
	const struct plan_listener *l = plan_listener(p, r->conn->via->id);

	return l && l->pages;
}

/* Without a head there is nothing of it that a log should show; but it came to the pool whose
 * listener this is, and is counted and logged as that pool's. */
static void refuse(struct fcgi_job *j, int status)
{
	struct request *r = j->request;

	if (!r->head_len)
		buf_clear(&r->in);
	if (!r->pool)
		r->pool = fcgi_request_pool(r, r->plan);
	lane_count(&j->mux->conn->lane->counters.errors);
	r->front->refuse(r, status);
}

/* It is somebody else's to answer if that has begun. */
void fcgi_request_spoil(struct fcgi_job *j, int status)
{
	if (j->serving)
		host->spoil(j->request, status);
	else
		refuse(j, status);
}

/* ---- a request comes in ---- */

static void serve(struct fcgi_job *j)
{
	struct request *r = j->request;

	if (r->read_whole)
		list_remove(&j->link);
	lane_count(&r->lane->counters.requests);
	j->serving = j->entering = true;
	host->serve(r);
	j->entering = false; /* jobs do not go while records are read */
}

static void on_params(struct fcgi_job *j, struct span bytes)
{
	int status = fcgi_intake_params(j->request, bytes);

	if (status == 431)
		log_warn("request %016" PRIx64 ": its parameters are longer than four times "
			 "max_header_size",
			j->request->id);
	if (status)
		refuse(j, status);
}

static void on_head(struct fcgi_job *j)
{
	struct request *r = j->request;
	const char *why;
	int status = fcgi_intake_head(r, &why);

	if (why)
		log_warn("request %016" PRIx64 " by listen %s: %s", r->id, r->conn->via->address,
			why);
	if (!status)
		status = host->admit(r);
	if (!status)
		status = fcgi_intake_frame(r);
	r->body_from = r->heard = r->lane->loop.now;
	if (status)
		refuse(j, status);
	else if (r->read_whole || r->streams)
		serve(j);
}

static void on_body(struct fcgi_job *j, struct span bytes)
{
	int status;

	if (j->request->spoiled)
		return;
	status = fcgi_intake_body(j, bytes);
	if (status)
		fcgi_request_spoil(j, status);
	else if (j->serving)
		host->more(j->request);
}

static void on_body_end(struct fcgi_job *j)
{
	struct request *r = j->request;
	int status;

	if (r->spoiled)
		return;
	status = fcgi_intake_body_end(r);
	if (status) {
		fcgi_request_spoil(j, status);
	} else if (j->serving) {
		list_remove(&j->link);
		host->more(r);
	} else if (fcgi_stage_is_whole(&j->stage)) {
		serve(j);
	}
}

static void on_data(struct fcgi_job *j, struct span bytes)
{
	j->request->heard = j->request->lane->loop.now;
	if (!request_keep(j->request, &j->request->data, bytes))
		refuse(j, 503);
}

/* ---- records ---- */

/* FastCGI 1.0 5.4: the end of it is told in any case. */
static void on_abort(struct fcgi_job *j)
{
	fcgi_request_forget(j);
	if (!j->over)
		fcgi_job_end(j);
}

void fcgi_request_event(struct fcgi_job *j, enum fcgi_deed deed, struct span data)
{
	if (deed == FCGI_DO_ABORT)
		on_abort(j);
	else if (!j->request) /* it was refused, or answered before it was whole */
		return;
	else if (deed == FCGI_DO_PARAMS)
		on_params(j, data);
	else if (deed == FCGI_DO_PARAMS_END)
		on_head(j);
	else if (deed == FCGI_DO_STDIN)
		on_body(j, data);
	else if (deed == FCGI_DO_STDIN_END)
		on_body_end(j);
	else if (deed == FCGI_DO_DATA)
		on_data(j, data);
	else if (deed == FCGI_DO_DATA_END)
		serve(j);
}

static const struct fcgi_reply_host reply_host = {.push = fcgi_push, .done = on_done};

void fcgi_request_init(const struct http_host *h)
{
	host = h;
	fcgi_reply_init(&reply_host);
	fcgi_push_init(h->resume);
}
