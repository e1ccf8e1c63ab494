/* SPDX-License-Identifier: MIT
 *
 * run_pumps: see run_pumps.h.
 */
#include "gateway/run_pumps.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "gateway/relay.h"

/* How long output may wait for more, so that most responses leave in one piece with a length. */
#define PAUSE_MS     10
#define READS_A_TURN 16

/* ---- stdin ---- */

/* The script must not take the part that it has for the whole. */
static void lose_body(struct run *run)
{
	char why[128];

	snprintf(why, sizeof why, "its body cannot be read back from the spool: %s",
		errno ? strerror(errno) : "the file is shorter than it was");
	if (run->w.request) {
		run_kill(run);
		run_give_up(run, 500, why);
	} else if (!run->dying) {
		log_error("%s is ended: %s", run->said.tag, why);
		run_kill(run);
	}
}

/* Of a request that is gone. */
static void feed_rest(struct run *run)
{
	struct rest *rest = &run->rest;
	struct feed f = {&rest->body, rest->at, rest->whole};

	if (pipe_feed(&run->pipes.in, run_loop(run), &f) == FED_FAILED)
		lose_body(run);
	rest->at = f.at;
}

static void feed_request(struct run *run, struct request *r)
{
	struct feed f = {&r->body, r->body_at - r->body_gone, request_body_is_whole(r)};
	enum fed fed = pipe_feed(&run->pipes.in, run_loop(run), &f);

	r->body_at = r->body_gone + f.at;
	r->unwanted |= fed == FED_REFUSED;
	if (fed == FED_FAILED)
		lose_body(run);
	else if (r->streams)
		worker_fed(&run->w);
}

void run_feed(struct run *run)
{
	if (run->w.request)
		feed_request(run, run->w.request);
	else
		feed_rest(run);
}

static void on_in(struct io *io, uint32_t events)
{
	struct run *run = container_of(io, struct run, pipes.in);

	if (events & EPOLLERR) { /* that shows before there is anything to write */
		pipe_close(io, run_loop(run));
		if (run->w.request)
			run->w.request->unwanted = true;
	}
	run_feed(run);
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

bool run_waits_for_client(const struct run *run)
{
	return run->pipes.out.fd >= 0 && is_full(run);
}

static void take_output(struct run *run, struct span bytes)
{
	struct request *r = run->w.request;
	const char *why = r ? relay_output(r, bytes) : NULL;

	if (!why)
		return;
	run_kill(run);
	run_give_up(run, 502, why);
}

void run_read_out(struct run *run)
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
		run_ended(run, &run->pipes.out, SEEN_OUT);
	else if (run->out_readable && !is_full(run))
		loop_mod(run_loop(run), &run->pipes.out, EPOLLIN | EPOLLET); /* others first */
}

static void on_out(struct io *io, uint32_t events)
{
	struct run *run = container_of(io, struct run, pipes.out);
	struct request *r;

	(void)events;
	run_read_out(run);
	r = run->w.request;
	if (run->seen & SEEN_OUT)
		run_settle(run);
	else if (r && leaves_at_once(r))
		flush(run);
	else if (r && mono_is_never(run->pause.due))
		timer_set_ms(run_loop(run), &run->pause, PAUSE_MS);
}

void run_read_on(struct run *run)
{
	if (run->out_readable && run->pipes.out.fd >= 0)
		on_out(&run->pipes.out, EPOLLIN);
}

/* In a turn of its own: we may be called from within a read. */
void run_drain(struct run *run)
{
	if (run->out_readable && run->pipes.out.fd >= 0)
		loop_mod(run_loop(run), &run->pipes.out, EPOLLIN | EPOLLET);
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
		run_ended(run, &run->pipes.err, SEEN_ERR);
	run_settle(run);
}

void run_pumps_init(struct run *run)
{
	run->pipes.in = (struct io){.fd = -1, .fn = on_in};
	run->pipes.out = (struct io){.fd = -1, .fn = on_out};
	run->pipes.err = (struct io){.fd = -1, .fn = on_err};
	timer_init(&run->pause, on_pause);
}
