/* SPDX-License-Identifier: MIT
 *
 * run: see run.h.
 */
#include "gateway/run.h"

#include <stdio.h>
#include <sys/wait.h>

#include "common/log.h"
#include "common/sig.h"
#include "gateway/relay.h"

static void describe(const struct run *run, char *to, size_t size)
{
	if (run->seen & SEEN_EXIT && run->status >= 0)
		sig_describe_end(run->status, to, size);
	else
		snprintf(to, size, "has not exited");
}

void run_let_go(struct run *run)
{
	struct request *r = run->w.request;

	run->w.request = NULL;
	r->worker = NULL;
	pipe_close(&run->pipes.in, run_loop(run));
}

void run_give_up(struct run *run, int status, const char *why)
{
	struct request *r = run->w.request;
	char how[64];

	describe(run, how, sizeof how);
	log_error("%s (\"%.*s %.*s\"): %s (it %s)", run->said.tag, SPAN_FMT(request_method(r)),
		SPAN_FMT(request_target(r)), why, how);
	run_let_go(run);
	request_fail(r, status);
}

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
	said_end(&run->said);
	run->runner = NULL;
	run->seen = 0;
	dispatch_idle(&run->w);
}

void run_ended(struct run *run, struct io *io, enum run_seen what)
{
	pipe_close(io, run_loop(run));
	run->seen |= what;
}
