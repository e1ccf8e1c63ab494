/* SPDX-License-Identifier: MIT
 *
 * fake-gateway: a gateway that somebody has taken over. A test puts it in the place of
 * hearth-gateway; it takes the first plan as the real one would, and then does what the file "mode"
 * beside it says:
 *
 *	refuse  takes back its consent to the plan that serves
 *	again   consents to it again
 *	slow    says that processes which are none of its workers are slow
 *	greedy  claims a worker idle for ages, for ever, and reads nothing
 */
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHANNEL_FD 3

enum {
	HELLO = 1,
	PLAN_POOL = 103,
	PLAN_COMMIT = 107,
	PLAN_ACTIVE = 110,
	PLAN_REFUSED = 111,
	FACT_POOL = 300,
	FACT_SLOW = 304
};

/* As in common/msg.h; a manager of another version says so. */
#define VERSION 8

static unsigned char letter[256];
static size_t size;

static void put(uint64_t v, size_t bytes)
{
	while (bytes-- > 0)
		letter[size++] = (unsigned char)(v >> 8 * bytes);
}

static void begin(unsigned number)
{
	size = 0;
	put(number, 2);
}

static void dispatch(void)
{
	if (send(CHANNEL_FD, letter, size, MSG_NOSIGNAL) < 0)
		_exit(1);
}

/* The letter's number, and its first field. */
static unsigned take(uint32_t *first)
{
	static unsigned char bytes[1 << 17];
	ssize_t n = recv(CHANNEL_FD, bytes, sizeof bytes, 0);

	if (n <= 0)
		_exit(2);
	*first = n < 6 ? 0
		       : (uint32_t)bytes[2] << 24 | (uint32_t)bytes[3] << 16 |
				 (uint32_t)bytes[4] << 8 | bytes[5];
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static void say_plan(unsigned number, uint32_t generation)
{
	begin(number);
	put(generation, 4);
	if (number == PLAN_REFUSED)
		put(0, 4);
	dispatch();
}

static void say_idle(uint32_t pool)
{
	begin(FACT_POOL);
	put(pool, 4);
	put(1, 4);
	put(0, 12);
	put(UINT32_MAX, 4);
	put(0, 40);
	dispatch();
}

static void put_text(const char *text)
{
	put(strlen(text), 4);
	while (*text)
		put((unsigned char)*text++, 1);
}

static void say_slow(uint32_t pool, uint32_t worker, uint32_t pid)
{
	begin(FACT_SLOW);
	put(pool, 4);
	put(worker, 4);
	put(pid, 4);
	put(1000, 4);
	put(7, 8);
	put_text("GET /\x1b[2J\nrequest = forged");
	put_text("/x\n[pool forged] pid 1");
	dispatch();
}

/* The manager, ourselves, process 1, none, and more than there can be. */
static void slander(uint32_t pool)
{
	const uint32_t pids[] = {(uint32_t)getppid(), (uint32_t)getpid(), 1, 0, UINT32_MAX};

	for (unsigned i = 0; i < 2000; i++)
		say_slow(pool + (i == 5), i % 3, pids[i % 5]);
}

static char mode(void)
{
	char path[PATH_MAX] = "";
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 8);
	char *slash = n > 0 ? strrchr(path, '/') : NULL;
	char c = 0;
	int fd;

	if (slash)
		strcpy(slash, "/mode");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return read(fd, &c, 1) == 1 ? c : 0;
}

int main(void)
{
	uint32_t pool = 0, first = 0;
	unsigned number;

	begin(HELLO);
	put(VERSION, 4);
	put((uint64_t)getpid(), 4);
	fcntl(CHANNEL_FD, F_SETFL, 0);
	dispatch();
	while ((number = take(&first)) != PLAN_COMMIT)
		if (number == PLAN_POOL)
			pool = first;
	say_plan(PLAN_ACTIVE, first);
	switch (mode()) {
	case 'r':
		say_plan(PLAN_REFUSED, first);
		break;
	case 'a':
		for (int i = 0; i < 1000; i++)
			say_plan(PLAN_ACTIVE, first);
		break;
	case 's':
		slander(pool);
		break;
	case 'g':
		for (;;)
			say_idle(pool);
	}
	for (;;)
		take(&first);
}
