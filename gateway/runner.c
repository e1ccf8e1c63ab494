/* SPDX-License-Identifier: MIT
 *
 * runner: see runner.h.
 *
 * A runner is born in lane 0 (where the manager's letters arrive), lives in its lane, and goes
 * back to lane 0 to be forgotten. Its pool is open while every lane has a runner.
 */
#include "gateway/runner.h"

#include <stdlib.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"

struct runner {
	struct list link;  /* its lane's, once it is there */
	struct list known; /* lane 0's list of all */
	struct chan chan;
	struct dispatch *dispatch;
	struct lane *lane;
	uint32_t id, pid, max_runs, nruns;
	int fd; /* until the channel has it */
	bool ready, leaving, over, worked;
	bool forgotten, gone; /* lane 0's: nobody finds it any more; its process has ended */
	void **runs;          /* by number; NULL: free */
	struct mail mail;     /* arrival, and the way back */
	struct mail leave_mail;
};

static const struct run_events *events;
static void (*tell_left)(uint32_t runner);
static void (*tell_broken)(uint32_t runner, uint32_t pid, const char *why);
static void (*tell_worked)(uint32_t pool, uint32_t runner);
static struct list known = {&known, &known}; /* lane 0's alone */

void runner_init(const struct run_events *ev, void (*left)(uint32_t runner),
	void (*broken)(uint32_t runner, uint32_t pid, const char *why))
{
	events = ev;
	tell_left = left;
	tell_broken = broken;
}

void runner_on_worked(void (*worked)(uint32_t pool, uint32_t runner))
{
	tell_worked = worked;
}

/* ---- is the pool open? One count of lanes a pool, kept by the lanes under no lock of theirs ----
 */

static unsigned ready_here(const struct lane *l, const struct dispatch *d)
{
	unsigned n = 0;

	list_for_each (it, &l->runners) {
		const struct runner *rn = container_of(it, struct runner, link);
		n += rn->dispatch == d && rn->ready;
	}
	return n;
}

static void set_ready(struct runner *rn, bool ready)
{
	unsigned before = ready_here(rn->lane, rn->dispatch);

	if (rn->ready == ready)
		return;
	rn->ready = ready;
	if (ready && before == 0)
		dispatch_lane_opens(rn->dispatch, true);
	else if (!ready && before == 1)
		dispatch_lane_opens(rn->dispatch, false);
}

/* ---- the end of a runner ---- */

static void release(struct lane *l, struct mail *m)
{
	struct runner *rn = container_of(m, struct runner, mail);

	(void)l;
	for (uint32_t i = 0; i < rn->max_runs; i++)
		if (rn->runs[i])
			events->gone(rn->runs[i]);
	chan_close(&rn->chan); /* only now: it ends by this, and the manager has to know why */
	dispatch_unref(rn->dispatch);
	free(rn->runs);
	free(rn);
}

/* Nobody finds it any more; but a word to leave may be on its way to it, so it is let go behind
 * that. What it ran may live until the manager says that it is gone: only then may others run in
 * their place. */
static void let_go(struct runner *rn)
{
	if (rn->nruns && !rn->gone)
		return;
	list_remove(&rn->known);
	lane_post(rn->lane, &rn->mail, release);
}

static void forget(struct lane *l, struct mail *m)
{
	struct runner *rn = container_of(m, struct runner, mail);

	(void)l;
	rn->forgotten = true;
	if (rn->leaving)
		tell_left(rn->id);
	else
		tell_broken(rn->id, rn->pid, "closed its channel");
	let_go(rn);
}

static void end(struct runner *rn)
{
	if (rn->over)
		return;
	rn->over = true;
	set_ready(rn, false);
	list_remove(&rn->link);
	for (uint32_t i = 0; i < rn->max_runs; i++)
		if (rn->runs[i])
			events->lost(rn->runs[i]);
	lane_post(&lanes[0], &rn->mail, forget);
}

static void leave_if_done(struct runner *rn)
{
	if (rn->leaving && rn->nruns == 0)
		end(rn);
}

/* ---- letters from the runner ---- */

static void on_lost(void *owner, const char *why)
{
	struct runner *rn = owner;

	log_debug("runner %u: %s", rn->pid, why);
	end(rn);
}

static void *take_run(struct runner *rn, uint32_t number)
{
	void *run = number < rn->max_runs ? rn->runs[number] : NULL;

	if (run) {
		rn->runs[number] = NULL;
		rn->nruns--;
	}
	return run;
}

static const char *on_ready(void *owner, const union msg *m, int *fds)
{
	struct runner *rn = owner;

	(void)fds;
	if (m->ready.version != MSG_RUNNER_VERSION)
		return "it speaks another version";
	set_ready(rn, !rn->leaving);
	return NULL;
}

static const char unknown_run[] = "it names a run that does not exist";

static const char *on_ran(void *owner, const union msg *m, int *fds)
{
	struct runner *rn = owner;
	uint32_t number = m->ran.run;
	void *run = number < rn->max_runs ? rn->runs[number] : NULL;
	const char *wrong;

	(void)fds;
	if (!run)
		return unknown_run;
	wrong = events->ran(run, m->ran.pid, (int)m->ran.error, m->ran.why);
	if (wrong)
		return wrong;
	if (m->ran.error)
		take_run(rn, number);
	leave_if_done(rn);
	return NULL;
}

static const char *on_exited(void *owner, const union msg *m, int *fds)
{
	struct runner *rn = owner;
	void *run = take_run(rn, m->exited.run);

	(void)fds;
	if (!run)
		return unknown_run;
	if (!rn->worked && tell_worked)
		tell_worked(dispatch_pool_id(rn->dispatch), rn->id);
	rn->worked = true;
	events->exited(run, (int)m->exited.status, m->exited.cpu_us, m->exited.peak_kb);
	leave_if_done(rn);
	return NULL;
}

static chan_handler *const handlers[MSG_TYPES] = {
	[MSG_READY] = on_ready,
	[MSG_RAN] = on_ran,
	[MSG_EXITED] = on_exited,
};

/* ---- joining and leaving ---- */

static void arrive(struct lane *l, struct mail *m)
{
	struct runner *rn = container_of(m, struct runner, mail);

	list_push_back(&l->runners, &rn->link);
	if (chan_open(&rn->chan, &l->loop, fd_take(&rn->fd), "runner", GATEWAY, RUNNER, handlers,
		    rn, on_lost) < 0) {
		log_error("runner %u: epoll_ctl: %m", rn->pid);
		end(rn);
	}
}

static struct lane *emptiest(const struct dispatch *d)
{
	struct lane *best = &lanes[0];
	unsigned fewest = UINT32_MAX;

	for (unsigned i = 0; i < nlanes; i++) {
		unsigned n = 0;
		list_for_each (it, &known) {
			const struct runner *rn = container_of(it, struct runner, known);
			n += rn->dispatch == d && rn->lane == &lanes[i] && !rn->leave_mail.fn &&
			     !rn->forgotten;
		}
		if (n < fewest) {
			fewest = n;
			best = &lanes[i];
		}
	}
	return best;
}

void runner_join(struct dispatch *d, uint32_t max_runs, uint32_t id, uint32_t pid, int fd)
{
	struct runner *rn = mem_zalloc(sizeof *rn);

	rn->dispatch = dispatch_ref(d);
	rn->id = id;
	rn->pid = pid;
	rn->fd = fd;
	rn->max_runs = max_runs;
	rn->runs = mem_zalloc(max_runs * sizeof *rn->runs);
	rn->lane = emptiest(d);
	list_init(&rn->link);
	list_push_back(&known, &rn->known);
	lane_post(rn->lane, &rn->mail, arrive);
}

static struct runner *find(uint32_t id)
{
	list_for_each (it, &known) {
		struct runner *rn = container_of(it, struct runner, known);
		if (rn->id == id)
			return rn;
	}
	return NULL;
}

static void told_to_leave(struct lane *l, struct mail *m)
{
	struct runner *rn = container_of(m, struct runner, leave_mail);

	(void)l;
	if (rn->over)
		return;
	rn->leaving = true;
	set_ready(rn, false);
	leave_if_done(rn);
}

static void leave(struct runner *rn)
{
	if (!rn->leave_mail.fn)
		lane_post(rn->lane, &rn->leave_mail, told_to_leave);
}

bool runner_leave(uint32_t id)
{
	struct runner *rn = find(id);

	if (rn)
		leave(rn);
	return rn != NULL;
}

void runner_gone(uint32_t id)
{
	struct runner *rn = find(id);

	if (!rn)
		return;
	rn->gone = true;
	if (rn->forgotten)
		let_go(rn);
}

void runner_leave_all(const struct dispatch *d)
{
	list_for_each (it, &known) {
		struct runner *rn = container_of(it, struct runner, known);
		if (rn->dispatch == d)
			leave(rn);
	}
}

/* ---- work ---- */

static struct runner *least_busy(const struct dispatch *d)
{
	struct runner *best = NULL;

	list_for_each (it, &lane_here->runners) {
		struct runner *rn = container_of(it, struct runner, link);
		if (rn->dispatch == d && rn->ready && (!best || rn->nruns < best->nruns))
			best = rn;
	}
	return best;
}

/* There may be more permits by now than when it joined. */
static void make_room(struct runner *rn, uint32_t number)
{
	if (number < rn->max_runs)
		return;
	rn->runs = mem_array(rn->runs, number + 1, sizeof *rn->runs);
	while (rn->max_runs <= number)
		rn->runs[rn->max_runs++] = NULL;
}

struct runner *runner_start(struct dispatch *d, uint32_t number, void *run,
	const struct msg_run *letter, int fds[3], bool *too_large)
{
	struct runner *rn = least_busy(d);

	*too_large = rn != NULL;
	if (rn && chan_send(&rn->chan, MSG_RUN, letter, fds)) {
		make_room(rn, number);
		rn->runs[number] = run;
		rn->nruns++;
		return rn;
	}
	for (int i = 0; i < 3; i++)
		fd_close(&fds[i]);
	return NULL;
}

void runner_kill(struct runner *rn, uint32_t number, uint32_t grace_ms)
{
	chan_send(
		&rn->chan, MSG_KILL, &(struct msg_kill){.run = number, .grace_ms = grace_ms}, NULL);
}
