/* SPDX-License-Identifier: MIT
 *
 * run: see run.h.
 */
#include "gateway/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "common/log.h"
#include "common/sig.h"
#include "gateway/relay.h"
#include "gateway/scoreboard.h"

/* ---- words ---- */

void run_is_pid(struct run *run, uint32_t pid)
{
	size_t n = strlen(run->said.tag);

	run->late.pid = pid;
	scoreboard_runs_as(&run->w, pid);
	request_runs_as(run->late.of, pid);
	snprintf(run->said.tag + n, sizeof run->said.tag - n, " (pid %u)", pid);
}

void run_has_used(struct run *run, uint64_t cpu_us, uint64_t peak_kb)
{
	scoreboard_used(&run->w, cpu_us, peak_kb);
	access_log_used(&run->late, &(struct usage){0, true, cpu_us, peak_kb});
}

void run_tells_no_more(struct run *run)
{
	access_log_used(&run->late, &(struct usage){0});
}

/* Shells and env have two numbers for what CGI users ask about most. */
static const char *hint(int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	return code == 127
		       ? ", as when a command, or the interpreter that its #! line has env look "
			 "for, is not found"
	       : code == 126
		       ? ", as when a command, or the interpreter that its #! line has env look "
			 "for, cannot be executed"
		       : "";
}

#define HOW_MAX 256

static void describe(const struct run *run, char to[HOW_MAX])
{
	size_t n;

	if (!(run->seen & SEEN_EXIT) || run->status < 0) {
		snprintf(to, HOW_MAX, "has not exited");
		return;
	}
	sig_describe_end(run->status, to, HOW_MAX);
	n = strlen(to);
	snprintf(to + n, HOW_MAX - n, "%s", hint(run->status));
}

/* One line a run, and none for those that end well. */
static void tell_end(struct run *run)
{
	char how[HOW_MAX];

	if (run->told || run->status <= 0)
		return;
	if (WIFSIGNALED(run->status))
		tally_ended(run->w.tally, ENDED_CRASHED);
	describe(run, how);
	log_at(WIFSIGNALED(run->status) ? LOG_AT_WARNING : LOG_AT_NOTICE, "%s %s", run->said.tag,
		how);
}

/* ---- the request goes ---- */

void run_let_go(struct run *run)
{
	struct request *r = run->w.request;

	run->w.request = NULL;
	r->worker = NULL;
	run->alone = true;
	if (!run->dying)
		pipe_close(&run->pipes.in, run_loop(run));
}

void run_give_up(struct run *run, int status, const char *why)
{
	struct request *r = run->w.request;
	char how[HOW_MAX];

	describe(run, how);
	log_error("%s (\"%.*s %.*s\"): %s (it %s)", run->said.tag, SPAN_FMT(request_method(r)),
		SPAN_FMT(request_target(r)), why, how);
	run->told = true;
	run_let_go(run);
	request_fail(r, status);
}

/* ---- it is ended ---- */

void run_kill(struct run *run)
{
	run->told = true;
	if (!run->dying && run->runner)
		runner_kill(run->runner, run->number, run->kill_grace_ms);
	run->dying = true;
	timer_stop(run_loop(run), &run->abort);
}

static void drop_rest(struct run *run)
{
	spool_close(&run->rest.body);
	lane_buf_back(lane_here, &run->rest.body.mem);
	run->rest = (struct rest){SPOOL_INIT, 0, false};
}

static void end_abandoned(struct run *run)
{
	if (!run->runner || run->dying)
		return;
	log_notice("%s is ended: %s", run->said.tag,
		lane_here->draining ? "hearth stops" : "its client has left");
	tally_ended(run->w.tally, ENDED_CLIENT_LEFT);
	run_kill(run);
}

static void on_abort(struct timer *t)
{
	end_abandoned(container_of(t, struct run, abort));
}

/* "never" is for scripts that end by themselves. One whose input will never have an end may wait
 * for it, and would hold its permit as long. */
static uint32_t grace_of(const struct request *r)
{
	uint32_t ms = r->pool->abort_grace_ms;

	return ms == MSG_NEVER && !request_body_is_whole(r) ? 0 : ms;
}

/* It goes on undisturbed: its output is read and thrown away, and it gets its input to the end. */
void run_abandon(struct run *run, struct request *r)
{
	uint32_t ms = grace_of(r);

	run->alone = true;
	worker_head_came(&run->w); /* nobody waits for that */
	if (ms == 0) {
		end_abandoned(run);
		return;
	}
	if (run->pipes.in.fd >= 0) {
		run->rest = (struct rest){
			r->body, r->body_at - r->body_gone, request_body_is_whole(r)};
		r->body = SPOOL_INIT;
	}
	if (ms != MSG_NEVER)
		timer_set_ms(run_loop(run), &run->abort, ms);
}

/* ---- it has ended ---- */

/* The output is complete: so is the response. */
static void end_response(struct run *run)
{
	struct request *r = run->w.request;

	if (r && relay_waits_for_exit(r) && !(run->seen & SEEN_EXIT)) {
		r->front->flush(r);
	} else if (r && !r->raw_done) {
		run_give_up(run, 502, relay_end(r));
	} else if (r && r->output == OUTPUT_RAW && run->status > 0 && WIFSIGNALED(run->status)) {
		run_give_up(run, 502, "what it wrote may not be all");
	} else if (r) {
		run_let_go(run);
		must(!relay_end(r));
	}
}

void run_settle(struct run *run)
{
	if (run->seen & SEEN_OUT)
		end_response(run);
	if (run->seen != SEEN_ALL)
		return;
	pipe_close(&run->pipes.in, run_loop(run));
	timer_stop(run_loop(run), &run->pause);
	timer_stop(run_loop(run), &run->grace);
	timer_stop(run_loop(run), &run->abort);
	said_end(&run->said);
	tell_end(run);
	run_tells_no_more(run);
	drop_rest(run);
	run->runner = NULL;
	run->seen = 0;
	run->quits = dispatch_less_surplus(run->w.dispatch, 1) > 0;
	if (run->quits)
		roster_leave(run->w.crew);
	dispatch_idle(&run->w);
}

void run_ended(struct run *run, struct io *io, enum run_seen what)
{
	pipe_close(io, run_loop(run));
	run->seen |= what;
}

void run_init(struct run *run, uint32_t number)
{
	run->number = number;
	list_init(&run->late.link);
	timer_init(&run->abort, on_abort);
}

void run_free(struct run *run)
{
	buf_free(&run->late.text);
	buf_free(&run->late.marks);
	said_free(&run->said);
	free(run);
}
