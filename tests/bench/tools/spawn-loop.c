/* SPDX-License-Identifier: MIT
 *
 * What starting programs costs if that is all one does: posix_spawn with a pipe as standard output,
 * read to its end, waitpid; so many at a time, one thread, for so many seconds. Prints
 * "runs/s p50-us p99-us".
 *
 *	spawn-loop PROGRAM AT-A-TIME SECONDS
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOTS_MAX 64
#define RUNS_MAX  4000000

struct slot {
	pid_t pid;
	uint64_t began;
};

static uint32_t *took;
static size_t runs;

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void start(const char *program, struct slot *s, struct pollfd *p)
{
	static char gateway[] = "GATEWAY_INTERFACE=CGI/1.1", method[] = "REQUEST_METHOD=GET";
	static char *const environment[] = {gateway, method, NULL};
	char *const argv[] = {(char *)(uintptr_t)program, NULL};
	posix_spawn_file_actions_t actions;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe2");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	s->began = now_us();
	errno = posix_spawn(&s->pid, program, &actions, NULL, argv, environment);
	if (errno)
		die(program);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	*p = (struct pollfd){.fd = ends[0], .events = POLLIN};
}

static void finish(struct slot *s, struct pollfd *p)
{
	int status;

	close(p->fd);
	p->fd = -1;
	if (waitpid(s->pid, &status, 0) < 0 || status != 0)
		die("a run");
	if (runs < RUNS_MAX)
		took[runs++] = (uint32_t)(now_us() - s->began);
}

/* To its end, as a gateway has to. */
static void drain(struct slot *s, struct pollfd *p)
{
	char room[4096];

	if (read(p->fd, room, sizeof room) <= 0)
		finish(s, p);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct slot slots[SLOTS_MAX];
	struct pollfd polled[SLOTS_MAX];
	int n = argc == 4 ? atoi(argv[2]) : 0;
	uint64_t begun = now_us(), end = begun + (n ? strtoull(argv[3], NULL, 10) : 0) * 1000000,
		 last;

	took = malloc(RUNS_MAX * sizeof *took);
	if (n < 1 || n > SLOTS_MAX || !took)
		return 64;
	for (int i = 0; i < n; i++)
		start(argv[1], &slots[i], &polled[i]);
	while ((last = now_us()) < end) {
		if (poll(polled, (nfds_t)n, -1) < 0)
			die("poll");
		for (int i = 0; i < n; i++) {
			if (polled[i].revents)
				drain(&slots[i], &polled[i]);
			if (polled[i].fd < 0)
				start(argv[1], &slots[i], &polled[i]);
		}
	}
	qsort(took, runs, sizeof *took, by_size);
	printf("%.1f %u %u\n", (double)runs * 1e6 / (double)(last - begun), took[runs / 2],
		took[runs * 99 / 100]);
	return 0;
}
