/* SPDX-License-Identifier: MIT
 *
 * backend_run: see backend_run.h.
 *
 * A run is over when it has exited, and said all it had to say on stdout and stderr: three facts
 * in any order, asked together in one place (settle). All three pumps are independent, so a
 * script that never reads its input, or floods stderr, blocks nobody.
 */
#include "gateway/backend_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/sig.h"
#include "gateway/pipes.h"
#include "gateway/relay.h"
#include "gateway/run_letter.h"
#include "gateway/said.h"

/* How long output may wait for more, so that most responses leave in one piece with a length. */
#define PAUSE_MS 10
/* How long a descendant may keep the output open after the script itself has exited. */
#define AFTER_EXIT_MS 1000
/* Between TERM and KILL. */
#define KILL_GRACE_MS 2000
#define READS_A_TURN  16

enum seen { SEEN_EXIT = 1, SEEN_OUT = 2, SEEN_ERR = 4, SEEN_ALL = 7 };

struct run {
	struct worker w;
	uint32_t number;       /* of the permit, and of its run */
	struct runner *runner; /* while a process may exist */
	struct pipes pipes;
	unsigned seen;
	bool began; /* the runner has said how */
	bool out_readable;
	int status; /* of wait(2), once SEEN_EXIT; -1 unknown */
	struct timer pause, grace;
	struct said said; /* stderr; its tag names this run in all records */
};

static struct run *run_of(struct worker *w)
{
	return container_of(w, struct run, w);
}

static struct loop *loop_of(const struct run *run)
{
	return &((struct lane *)run->w.home)->loop;
}

/* ---- the end ---- */

static void describe(const struct run *run, char *to, size_t size)
{
	if (run->seen & SEEN_EXIT && run->status >= 0)
		sig_describe_end(run->status, to, size);
	else
		snprintf(to, size, "has not exited");
}

/* The request goes, and with it what the script has not read of its body: that ends here, or the
 * script would wait for the rest of it for ever. */
static void let_go(struct run *run)
{
	struct request *r = run->w.request;

	run->w.request = NULL;
	r->worker = NULL;
	pipe_close(&run->pipes.in, loop_of(run));
}

static void give_up(struct run *run, int status, const char *why)
{
	struct request *r = run->w.request;
	char how[64];

	describe(run, how, sizeof how);
	log_error("%s (\"%.*s %.*s\"): %s (it %s)", run->said.tag, SPAN_FMT(request_method(r)),
		SPAN_FMT(request_target(r)), why, how);
	let_go(run);
	request_fail(r, status);
}

/* The output is complete: so is the response. If it is none, how the script ended belongs into
 * the log, and is waited for. */
static void end_response(struct run *run)
{
	struct request *r = run->w.request;
	const char *why;

	if (!r || (!r->raw_done && !(run->seen & SEEN_EXIT)))
		return;
	if (!r->raw_done) {
		give_up(run, 502, relay_end(r));
		return;
	}
	let_go(run);
	why = relay_end(r);
	must(!why);
}

static void settle(struct run *run)
{
	if (run->seen & SEEN_OUT)
		end_response(run);
	if (run->seen != SEEN_ALL)
		return;
	pipe_close(&run->pipes.in, loop_of(run));
	timer_stop(loop_of(run), &run->pause);
	timer_stop(loop_of(run), &run->grace);
	said_end(&run->said);
	run->runner = NULL;
	run->seen = 0;
	dispatch_idle(&run->w);
}

static void end_of(struct run *run, struct io *io, enum seen what)
{
	pipe_close(io, loop_of(run));
	run->seen |= what;
}

/* ---- stdin ---- */

static void feed(struct run *run)
{
	struct request *r = run->w.request;

	if (r)
		pipe_feed(&run->pipes.in, loop_of(run), r);
	if (r && r->streams)
		worker_fed(&run->w);
}

static void on_in(struct io *io, uint32_t events)
{
	struct run *run = container_of(io, struct run, pipes.in);

	if (events & EPOLLERR) /* that shows before there is anything to write */
		pipe_refused(io, loop_of(run), run->w.request);
	feed(run);
}

/* ---- stdout ---- */

static void flush(struct run *run)
{
	struct request *r = run->w.request;

	run->pause.due = MONO_NEVER;
	if (r)
		r->front->flush(r);
}

/* Is there nothing to be won by waiting? Interim responses and what has begun to leave do not. */
static bool leaves_at_once(const struct request *r)
{
	return !r->raw_done || r->reply.framing != FRAMING_OPEN || !r->pool->response_buffering;
}

static void on_pause(struct timer *t)
{
	flush(container_of(t, struct run, pause));
}

static bool is_full(const struct run *run)
{
	const struct request *r = run->w.request;

	return r && r->front->full(r);
}

static void take_output(struct run *run, struct span bytes)
{
	struct request *r = run->w.request;
	const char *why = r ? relay_output(r, bytes) : NULL;

	if (!why)
		return;
	give_up(run, 502, why);
	end_of(run, &run->pipes.out, SEEN_OUT);
	if (run->runner)
		runner_kill(run->runner, run->number, KILL_GRACE_MS);
}

static void read_out(struct run *run)
{
	char *room = lane_here->scratch;
	ssize_t n = LANE_SCRATCH;
	int reads = 0;

	for (; reads < READS_A_TURN && n > 0 && run->pipes.out.fd >= 0 && !is_full(run); reads++) {
		n = read(run->pipes.out.fd, room, LANE_SCRATCH);
		if (n > 0)
			take_output(run, (struct span){room, (size_t)n});
	}
	if (run->pipes.out.fd < 0)
		return;
	run->out_readable = n > 0;
	if (reads && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)))
		end_of(run, &run->pipes.out, SEEN_OUT);
	else if (run->out_readable && !is_full(run))
		loop_mod(loop_of(run), &run->pipes.out, EPOLLIN | EPOLLET); /* others first */
}

static void on_out(struct io *io, uint32_t events)
{
	struct run *run = container_of(io, struct run, pipes.out);
	struct request *r;

	(void)events;
	read_out(run);
	r = run->w.request;
	if (run->seen & SEEN_OUT)
		settle(run);
	else if (r && leaves_at_once(r))
		flush(run);
	else if (r && mono_is_never(run->pause.due))
		timer_set_ms(loop_of(run), &run->pause, PAUSE_MS);
}

/* ---- stderr ---- */

static void on_err(struct io *io, uint32_t events)
{
	struct run *run = container_of(io, struct run, pipes.err);
	char *room = lane_here->scratch;
	ssize_t n;

	(void)events;
	n = read(io->fd, room, LANE_SCRATCH);
	if (n > 0)
		said_take(&run->said, (struct span){room, (size_t)n});
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		end_of(run, &run->pipes.err, SEEN_ERR);
	settle(run);
}

/* ---- the start ---- */

/* Nothing runs. The permit goes back when this turn is over and not from in here: the next request
 * in line may fail in the same way, and the line may be long. */
static void release(struct run *run)
{
	run->runner = NULL;
	pipes_close(&run->pipes, loop_of(run));
	run->seen = SEEN_ALL;
	timer_set_ms(loop_of(run), &run->grace, 0);
}

static void not_started(struct run *run, int status, const char *why)
{
	struct request *r = run->w.request;

	log_error("%s could not be started: %s", run->said.tag, why);
	let_go(run);
	request_fail(r, status);
	release(run);
}

static void run_start(struct worker *w)
{
	struct run *run = run_of(w);
	struct request *r = w->request;
	struct buf argv = BUF_INIT, env = lane_buf(lane_here);
	struct msg_run letter = {.run = run->number};
	bool composed = run_letter(r, &argv, &env, &letter), too_large = false;
	int theirs[3] = {-1, -1, -1};

	snprintf(run->said.tag, sizeof run->said.tag, "[pool %s] request %016" PRIx64 ": script %s",
		r->pool->name, r->id, buf_head(&r->script_file));
	said_begin(&run->said);
	request_body_from_start(r);
	run->began = false;
	run->seen = 0;
	run->status = -1;
	if (!composed ||
		!pipes_open(&run->pipes, loop_of(run), r->body_len > 0 || !r->read_whole, theirs)) {
		not_started(run, 503, composed ? strerror(errno) : "out of memory");
	} else if (!(run->runner = runner_start(
			     w->dispatch, run->number, run, &letter, theirs, &too_large))) {
		if (too_large) {
			not_started(run, 431, "its variables are too many");
		} else {
			dispatch_retry(w); /* the runner has just gone; another comes */
			release(run);
		}
	} else {
		feed(run);
	}
	buf_free(&argv);
	lane_buf_back(lane_here, &env);
}

/* ---- what the runner says ---- */

static const char *on_ran(void *arg, uint32_t pid, int error, struct span why)
{
	struct run *run = arg;
	char text[512];

	if (run->began)
		return "it says twice how a run began";
	run->began = true;
	log_debug("run %u is pid %u, error %d", run->number, pid, error);
	request_runs_as(run->w.request, pid);
	if (!error)
		return NULL;
	log_escape(text, sizeof text, why.p, why.n);
	if (run->w.request)
		not_started(run, 500, text);
	else
		release(run);
	return NULL;
}

static void on_grace(struct timer *t)
{
	struct run *run = container_of(t, struct run, grace);

	if (run->pipes.out.fd >= 0 && is_full(run)) {
		/* It is the client that is late: what the script has said is still in the pipe. */
		timer_set_ms(loop_of(run), &run->grace, AFTER_EXIT_MS);
		return;
	}
	if (run->pipes.out.fd >= 0)
		end_of(run, &run->pipes.out, SEEN_OUT);
	if (run->pipes.err.fd >= 0)
		end_of(run, &run->pipes.err, SEEN_ERR);
	settle(run);
}

static void on_exited(void *arg, int status, uint64_t cpu_us, uint64_t peak_kb)
{
	struct run *run = arg;

	run->runner = NULL;
	run->status = status;
	run->seen |= SEEN_EXIT;
	request_has_used(run->w.request, cpu_us, peak_kb);
	/* What it wrote before may still be in the pipes. */
	if (run->pipes.out.fd >= 0)
		read_out(run);
	timer_set_ms(loop_of(run), &run->grace, AFTER_EXIT_MS);
	settle(run);
}

static void on_runner_lost(void *arg)
{
	struct run *run = arg;

	run->runner = NULL;
	if (run->w.request)
		give_up(run, 502, "the runner that held it is gone");
	run->seen = SEEN_ALL;
	pipe_close(&run->pipes.out, loop_of(run));
	pipe_close(&run->pipes.err, loop_of(run));
	settle(run);
}

const struct run_events run_events = {
	.ran = on_ran,
	.exited = on_exited,
	.lost = on_runner_lost,
};

/* ---- the backend ---- */

static void run_resume(struct worker *w)
{
	struct run *run = run_of(w);

	if (run->out_readable && run->pipes.out.fd >= 0)
		on_out(&run->pipes.out, EPOLLIN);
}

static void run_more(struct worker *w)
{
	feed(run_of(w));
}

/* Nobody reads its output any more; the permit is free when it has exited. Its input stays open
 * until then: the end of it would look like the end of the body. */
static void run_abandon(struct worker *w)
{
	struct run *run = run_of(w);

	if (run->pipes.out.fd >= 0)
		end_of(run, &run->pipes.out, SEEN_OUT);
	if (run->runner)
		runner_kill(run->runner, run->number, KILL_GRACE_MS);
}

static void run_kill(struct worker *w, const char *why)
{
	(void)why;
	run_abandon(w);
}

/* A permit has no process of its own to die, and holds nothing while it is idle. */
static void run_nothing(struct worker *w)
{
	(void)w;
}

static void run_move(struct worker *w, struct lane *from, struct lane *to)
{
	(void)w, (void)from, (void)to;
}

static void run_bury(struct worker *w)
{
	free(run_of(w));
}

static const struct backend run_backend = {
	.start = run_start,
	.resume = run_resume,
	.more = run_more,
	.abandon = run_abandon,
	.kill = run_kill,
	.died = run_nothing,
	.move = run_move,
	.close = run_nothing,
	.bury = run_bury,
};

void run_permits_join(struct dispatch *d, uint32_t n)
{
	dispatch_begin_closed(d);
	for (uint32_t i = 0; i < n; i++) {
		struct run *run = mem_zalloc(sizeof *run);
		run->number = i;
		run->pipes.in = (struct io){.fd = -1, .fn = on_in};
		run->pipes.out = (struct io){.fd = -1, .fn = on_out};
		run->pipes.err = (struct io){.fd = -1, .fn = on_err};
		timer_init(&run->pause, on_pause);
		timer_init(&run->grace, on_grace);
		worker_init(&run->w, &run_backend, d, 0, 0);
		dispatch_join(&run->w);
	}
}
