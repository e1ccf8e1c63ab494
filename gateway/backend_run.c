/* SPDX-License-Identifier: MIT
 *
 * backend_run: see backend_run.h.
 */
#include "gateway/backend_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "gateway/run_letter.h"
#include "gateway/run_pumps.h"

/* ---- the start ---- */

/* Nothing runs. The permit goes back when this turn is over and not from in here: the next request
 * in line may fail in the same way, and the line may be long. */
static void release(struct run *run)
{
	run->runner = NULL;
	pipes_close(&run->pipes, run_loop(run));
	run->seen = SEEN_ALL;
	timer_set_ms(run_loop(run), &run->grace, 0);
}

static void not_started(struct run *run, int status, const char *why)
{
	struct request *r = run->w.request;

	log_error("%s could not be started: %s", run->said.tag, why);
	run_let_go(run);
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
	said_begin(&run->said, dispatch_said(w->dispatch));
	request_body_from_start(r);
	run->asked = lane_here->loop.now;
	run->began = run->alone = run->told = run->dying = false;
	run->seen = 0;
	run->status = -1;
	run->late.pid = 0;
	run->kill_grace_ms = r->pool->kill_grace_ms;
	if (!composed || !pipes_open(&run->pipes, run_loop(run),
				 r->body_len > 0 || !request_body_is_whole(r), theirs)) {
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
		access_log_expect(&run->late, r);
		run_feed(run);
	}
	buf_free(&argv);
	lane_buf_back(lane_here, &env);
}

/* ---- what the runner says ---- */

static void runs(struct run *run, uint32_t pid)
{
	run_is_pid(run, pid);
	if (pipes_hear(&run->pipes, run_loop(run)))
		return;
	log_error("%s: its stderr cannot be watched: %m", run->said.tag);
	run_ended(run, &run->pipes.err, SEEN_ERR);
}

static const char *on_ran(void *arg, uint32_t pid, int error, struct span why)
{
	struct run *run = arg;
	char text[512];

	if (run->began)
		return "it says twice how a run began";
	run->began = true;
	tally_time(&run->w.tally->spawn, mono_us_between(run->asked, lane_here->loop.now));
	log_debug("run %u is pid %u, error %d", run->number, pid, error);
	if (!error) {
		runs(run, pid);
		return NULL;
	}
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

	if (run_waits_for_client(run)) {
		/* It is the client that is late: what the script has said is still in the pipe. */
		timer_set_ms(run_loop(run), &run->grace, RUN_AFTER_EXIT_MS);
		return;
	}
	if (run->pipes.out.fd >= 0)
		run_ended(run, &run->pipes.out, SEEN_OUT);
	if (run->pipes.err.fd >= 0)
		run_ended(run, &run->pipes.err, SEEN_ERR);
	run_settle(run);
}

static void on_exited(void *arg, int status, uint64_t cpu_us, uint64_t peak_kb)
{
	struct run *run = arg;

	run->runner = NULL;
	run->status = status;
	run->seen |= SEEN_EXIT;
	run_has_used(run, cpu_us, peak_kb);
	/* What it wrote before may still be in the pipes. */
	if (run->pipes.out.fd >= 0)
		run_read_out(run);
	timer_set_ms(run_loop(run), &run->grace, RUN_AFTER_EXIT_MS);
	run_settle(run);
}

/* Who asked hears of it at once; the permit is held until the process is surely no more. */
static void on_runner_lost(void *arg)
{
	struct run *run = arg;

	run->runner = NULL;
	if (run->w.request)
		run_give_up(run, 502, "the runner that held it is gone");
	run_tells_no_more(run);
	pipe_close(&run->pipes.out, run_loop(run));
	pipe_close(&run->pipes.err, run_loop(run));
}

static void on_runner_gone(void *arg)
{
	struct run *run = arg;

	run->seen = SEEN_ALL;
	run_settle(run);
}

const struct run_events run_events = {
	.ran = on_ran,
	.exited = on_exited,
	.lost = on_runner_lost,
	.gone = on_runner_gone,
};

/* ---- the backend ---- */

static void run_resume(struct worker *w)
{
	run_read_on(run_of(w));
}

static void run_more(struct worker *w)
{
	run_feed(run_of(w));
}

static void abandon(struct worker *w, struct request *r)
{
	struct run *run = run_of(w);

	run_abandon(run, r);
	run_drain(run);
}

/* If there was a request, the log has its line already. */
static void overrun(struct worker *w, const char *why)
{
	struct run *run = run_of(w);

	if (run->alone && run->runner && !run->dying)
		log_warn("%s is ended: %s passed, and nobody waits for it", run->said.tag, why);
	run->alone = true;
	run_kill(run);
	run_drain(run);
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

static void bury(struct worker *w);

static const struct backend run_backend = {
	.start = run_start,
	.resume = run_resume,
	.more = run_more,
	.abandon = abandon,
	.kill = overrun,
	.died = run_nothing,
	.move = run_move,
	.close = run_nothing,
	.bury = bury,
};

/* ---- permits ---- */

/* All permits of the pools that had one name, one after the other: a pool that a new plan changes
 * gets a new line, while its scripts may still run under the old one. There are never more of
 * them than the plan allows that serves now. Lane 0's. */
struct house_of_permits {
	struct list link;
	struct dispatch *heir; /* who gets what becomes free; NULL: no plan has the pool */
	struct list issued;    /* to the heir, and not called back */
	uint32_t max, living, nissued;
	uint32_t surplus;              /* of those issued: that will go, whichever are done first */
	uint32_t *spare, nspare, next; /* numbers: given back, and the first that was never used */
	char name[];
};

static struct list houses = {&houses, &houses};

static struct house_of_permits *house_of(const char *pool)
{
	struct house_of_permits *house;

	list_for_each (it, &houses) {
		house = container_of(it, struct house_of_permits, link);
		if (strcmp(house->name, pool) == 0)
			return house;
	}
	house = mem_zalloc(sizeof *house + strlen(pool) + 1);
	strcpy(house->name, pool);
	list_init(&house->issued);
	list_push_back(&houses, &house->link);
	return house;
}

static void issue(struct house_of_permits *house)
{
	struct run *run = mem_zalloc(sizeof *run);

	run_init(run, house->nspare ? house->spare[--house->nspare] : house->next++);
	run_pumps_init(run);
	timer_init(&run->grace, on_grace);
	worker_init(&run->w, &run_backend, crew_new(house->heir, 0, 0, 0));
	run->house = house;
	list_push_back(&house->issued, &run->issued);
	house->nissued++;
	house->living++;
	dispatch_join(&run->w);
}

/* Of those issued, that stay. */
static uint32_t staying(const struct house_of_permits *house)
{
	return house->nissued - house->surplus;
}

static void review(struct house_of_permits *house)
{
	while (house->heir && house->living < house->max && staying(house) < house->max)
		issue(house);
	if (house->heir || house->living)
		return;
	list_remove(&house->link);
	free(house->spare);
	free(house);
}

static void bury(struct worker *w)
{
	struct run *run = run_of(w);
	struct house_of_permits *house = run->house;

	if (w->dispatch == house->heir) {
		house->spare = mem_array(house->spare, house->nspare + 1, sizeof *house->spare);
		house->spare[house->nspare++] = run->number;
		house->surplus -= run->quits;
		house->nissued -= run->quits;
	}
	list_remove(&run->issued);
	run_free(run);
	house->living--;
	review(house);
}

/* What the heir of before has goes with its line. */
static void disinherit(struct house_of_permits *house)
{
	list_for_each (it, &house->issued)
		list_remove(it);
	house->heir = NULL;
	house->nissued = house->surplus = house->nspare = house->next = 0;
}

void run_permits_join(struct dispatch *d, const char *pool, uint32_t n)
{
	struct house_of_permits *house = house_of(pool);

	dispatch_begin_closed(d);
	disinherit(house);
	house->heir = d;
	house->max = n;
	review(house);
}

/* The idle ones now; of the others, whichever are done first (run_settle). */
static void call_back(struct house_of_permits *house, uint32_t n)
{
	house->surplus += n;
	atomic_fetch_add(&house->heir->surplus, n);
	list_for_each (it, &house->issued) {
		struct run *run = container_of(it, struct run, issued);
		if (!roster_call_back(run->w.crew))
			continue;
		list_remove(&run->issued);
		house->surplus--;
		house->nissued--;
	}
}

void run_permits_scale(const struct dispatch *d, const char *pool, uint32_t n)
{
	struct house_of_permits *house = house_of(pool);

	if (house->heir == d) {
		house->max = n;
		if (staying(house) > n)
			call_back(house, staying(house) - n);
		else
			house->surplus -= dispatch_less_surplus(house->heir, n - staying(house));
	}
	review(house);
}

void run_permits_leave(const struct dispatch *d, const char *pool)
{
	struct house_of_permits *house = house_of(pool);

	if (house->heir == d)
		disinherit(house);
	review(house);
}
