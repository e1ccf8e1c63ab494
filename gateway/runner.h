/* SPDX-License-Identifier: MIT
 *
 * runner: our end of a runner's channel: RUN and KILL out, READY, RAN and EXITED in.
 * Runs in: the gateway; a runner works for one lane and is known to no other. What a run is for is
 * known to its owner (backend_run), through struct run_events.
 */
#ifndef HEARTH_RUNNER_H
#define HEARTH_RUNNER_H

#include "common/chan.h"
#include "gateway/dispatch.h"

struct runner;

/* What became of a run. After exited, or ran with an error, its number is free. */
struct run_events {
	/* NULL, or what is wrong with that. */
	const char *(*ran)(void *run, uint32_t pid, int error, struct span why);
	void (*exited)(void *run, int status, uint64_t cpu_us, uint64_t peak_kb);
	/* The runner is no more; what it ran has no way back to us and is being ended. */
	void (*lost)(void *run);
	/* ... and has ended. */
	void (*gone)(void *run);
};

/* How lane 0 is told; given once at start. */
void runner_init(const struct run_events *ev, void (*left)(uint32_t runner),
	void (*broken)(uint32_t runner, uint32_t pid, const char *why));

/* It has run something to its end. `worked` is called in the home lane, once a runner. */
void runner_on_worked(void (*worked)(uint32_t pool, uint32_t runner));

/* Lane 0: takes fd, and gives the runner to the lane that has fewest of this pool. */
void runner_join(struct dispatch *d, uint32_t max_runs, uint32_t id, uint32_t pid, int fd);
/* Lane 0: it shall leave when its pool needs it no more. False: no such runner. */
bool runner_leave(uint32_t id);
/* Lane 0: its process has ended, and taken along what it ran. */
void runner_gone(uint32_t id);
/* Lane 0: all of a pool's, after dispatch_close_if_idle. */
void runner_leave_all(const struct dispatch *d);

/* Home lane. The number is not in use. fds are taken. NULL: there is no runner
 * here, or the letter is too large for the channel. */
struct runner *runner_start(struct dispatch *d, uint32_t number, void *run,
	const struct msg_run *letter, int fds[3], bool *too_large);
void runner_kill(struct runner *rn, uint32_t number, uint32_t grace_ms);

#endif
