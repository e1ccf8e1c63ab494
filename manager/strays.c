/* SPDX-License-Identifier: MIT
 *
 * strays: see strays.h.
 */
#include "manager/strays.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/tree.h"
#include "manager/reap.h"

#define AGAIN_MS 10
#define LOOKS    200

enum kind { STRAY_OTHER, STRAY_SCRIPT, STRAY_DYING };

/* As many are ours to find as there are runners that died: one hunt for all of them. */
static struct {
	struct timer timer;
	struct loop *loop;
	unsigned looks; /* left */
	struct tree family, below;
} hunt;

/* ---- whose is it? ---- */

/* Across the pieces that the kernel hands out; who has an empty one is dying, or a zombie. */
static enum kind read_environment(int fd)
{
	static const char mark[] = "\0GATEWAY_INTERFACE=CGI/";
	char bytes[sizeof mark + 4096];
	size_t kept = 1;
	bool any = false;
	ssize_t n;

	bytes[0] = '\0'; /* the first variable has none before it */
	while ((n = read(fd, bytes + kept, sizeof bytes - kept)) > 0) {
		size_t have = kept + (size_t)n;
		any = true;
		if (memmem(bytes, have, mark, sizeof mark - 1))
			return STRAY_SCRIPT;
		kept = have < sizeof mark ? have : sizeof mark;
		memmove(bytes, bytes + have - kept, kept);
	}
	return any ? STRAY_OTHER : STRAY_DYING;
}

static enum kind kind_of(pid_t pid)
{
	enum kind kind = STRAY_OTHER;
	char path[32];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		kind = read_environment(fd);
	fd_close(&fd);
	return kind;
}

/* ---- the hunt ---- */

static void end(pid_t pid)
{
	pid_t group = getpgid(pid);

	log_debug("process %d is left over from a runner that died: killing it", (int)pid);
	tree_clear(&hunt.below);
	tree_below(&hunt.below, pid);
	if (group > 1 && group != getpgrp())
		kill(-group, SIGKILL);
	kill(pid, SIGKILL);
	for (size_t i = 0; i < hunt.below.n; i++)
		kill(hunt.below.at[i], SIGKILL);
}

/* True: there were some, or may be when who is dying has died. */
static bool look(void)
{
	bool found = false;

	tree_clear(&hunt.family);
	tree_children(&hunt.family, getpid());
	for (size_t i = 0; i < hunt.family.n; i++) {
		pid_t pid = hunt.family.at[i];
		enum kind kind = reap_knows(pid) ? STRAY_OTHER : kind_of(pid);
		if (kind == STRAY_SCRIPT)
			end(pid);
		found |= kind != STRAY_OTHER;
	}
	return found;
}

static void on_timer(struct timer *t)
{
	if (look() && --hunt.looks > 0)
		timer_set_ms(hunt.loop, t, AGAIN_MS);
}

void strays_hunt(struct loop *l)
{
	if (!hunt.timer.fn)
		timer_init(&hunt.timer, on_timer);
	hunt.loop = l;
	hunt.looks = LOOKS;
	on_timer(&hunt.timer);
}

void strays_end(int ms)
{
	static const struct timespec pause = {0, AGAIN_MS * 1000000};
	struct mono end_by = mono_add_ms(mono_now(), ms);

	if (hunt.timer.fn)
		timer_stop(hunt.loop, &hunt.timer);
	while (look() && mono_before(mono_now(), end_by)) {
		nanosleep(&pause, NULL);
		reap_all();
	}
	tree_free(&hunt.family);
	tree_free(&hunt.below);
}
