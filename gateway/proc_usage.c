/* SPDX-License-Identifier: MIT
 *
 * proc_usage: see proc_usage.h.
 */
#include "gateway/proc_usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fd.h"

static bool take_number(struct span *s, uint64_t *v)
{
	size_t i = 0;

	for (*v = 0; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++)
		*v = *v * 10 + (uint64_t)(s->p[i] - '0');
	*s = span_from(*s, i);
	return i > 0;
}

static void skip_words(struct span *s, unsigned words)
{
	size_t i = 0;

	for (; i < s->n && words; i++)
		words -= s->p[i] == ' ';
	*s = span_from(*s, i);
}

/* The name is in parentheses and may have some of its own: the last one ends it. Behind it, utime
 * is the twelfth word. */
bool proc_read_stat(struct span text, uint64_t *ticks)
{
	const char *end = text.n ? memrchr(text.p, ')', text.n) : NULL;
	uint64_t user, kernel;

	if (!end)
		return false;
	text = span_from(text, (size_t)(end - text.p));
	skip_words(&text, 12);
	if (!take_number(&text, &user))
		return false;
	skip_words(&text, 1);
	if (!take_number(&text, &kernel))
		return false;
	*ticks = user + kernel;
	return true;
}

bool proc_read_statm(struct span text, uint64_t *pages)
{
	skip_words(&text, 1);
	return take_number(&text, pages);
}

static struct span read_file(uint32_t pid, const char *name, char *room, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, room, size);
	fd_close(&fd);
	return (struct span){room, n > 0 ? (size_t)n : 0};
}

bool proc_usage(uint32_t pid, uint64_t *cpu_us, uint64_t *memory)
{
	char room[1024];
	uint64_t ticks = 0, pages = 0;
	bool known = pid && proc_read_stat(read_file(pid, "stat", room, sizeof room), &ticks) &&
		     proc_read_statm(read_file(pid, "statm", room, sizeof room), &pages);

	*cpu_us = known ? ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK) : 0;
	*memory = known ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
	return known;
}
