/* SPDX-License-Identifier: MIT
 *
 * journal: see journal.h.
 */
#include "manager/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"

/* O_NOCTTY: a daemon is the leader of its session and must not get a terminal by accident.
 * O_NONBLOCK: a FIFO that nobody reads is an error, not something to wait for. */
#define HOW (O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static int open_waiting(const char *path)
{
	int fd = open(path, HOW | O_CREAT, 0640);

	if (fd >= 0)
		fcntl(fd, F_SETFL, O_APPEND); /* from here on a full FIFO is waited for */
	return fd;
}

/* What is in it is of processes and of what was asked of them. */
static int open_private(const char *path)
{
	return open(path, HOW | O_CREAT, 0600);
}

/* The gateway waits for no reader of its log, clients come first. */
static int open_hasty(const char *path)
{
	return open(path, HOW | O_CREAT, 0640);
}

static int share_stderr(void)
{
	return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* A pipe or a terminal that is opened once more does not block us and goes on blocking those who
 * have it as their standard error too. A socket cannot be opened, and a file blocks nobody. */
static int own_stderr(void)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDERR_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		fd = open("/proc/self/fd/2", HOW);
	return fd >= 0 ? fd : share_stderr();
}

struct opener {
	const char *what;
	int (*file)(const char *path);
	int (*standard_error)(void);
};

static const struct opener error_log = {"error_log", open_waiting, share_stderr};
static const struct opener slowlog = {"slowlog", open_private, NULL};
static const struct opener access_log = {"access.log", open_hasty, own_stderr};

/* -1 with a sentence if it cannot be opened; -1 and true if there is none to open. */
static bool open_log(const char *path, int *fd, const struct opener *opens, char *why, size_t size)
{
	*fd = -1;
	if (!path || strcmp(path, "syslog") == 0)
		return true;
	*fd = strcmp(path, "stderr") == 0 ? opens->standard_error() : opens->file(path);
	if (*fd < 0)
		snprintf(why, size, "%s %s: %s", opens->what, path, strerror(errno));
	return *fd >= 0;
}

static bool is_watched(const char *path, int fd)
{
	return path && (strcmp(path, "stderr") == 0 || isatty(fd));
}

static bool open_pool(struct journal *j, const struct conf_pool *pool, char *why, size_t size)
{
	struct journal_pool *to;

	if (!pool->access_log && !pool->slowlog)
		return true;
	j->pools = mem_array(j->pools, j->npools + 1, sizeof *j->pools);
	to = &j->pools[j->npools++];
	*to = (struct journal_pool){mem_strdup(pool->name), -1, -1, false};
	if (!open_log(pool->access_log, &to->access, &access_log, why, size) ||
		!open_log(pool->slowlog, &to->slow, &slowlog, why, size))
		return false;
	to->flush = is_watched(pool->access_log, to->access);
	return true;
}

static bool open_all(struct journal *j, const struct conf *conf, char *why, size_t size)
{
	const char *access = conf->gateway.access_log;

	if (!open_log(conf->global.error_log, &j->error, &error_log, why, size) ||
		!open_log(access, &j->access, &access_log, why, size))
		return false;
	j->flush = is_watched(access, j->access);
	for (size_t i = 0; i < conf->npools; i++)
		if (!open_pool(j, conf->pools[i], why, size))
			return false;
	return true;
}

static void close_all(struct journal *j)
{
	fd_close(&j->error);
	fd_close(&j->access);
	for (size_t i = 0; i < j->npools; i++) {
		fd_close(&j->pools[i].access);
		fd_close(&j->pools[i].slow);
		free(j->pools[i].name);
	}
	free(j->pools);
	j->pools = NULL;
	j->npools = 0;
}

const struct journal_pool *journal_pool(const struct journal *j, const char *name)
{
	for (size_t i = 0; i < j->npools; i++)
		if (strcmp(j->pools[i].name, name) == 0)
			return &j->pools[i];
	return NULL;
}

bool journal_open(struct journal *j, const struct conf *conf, char *why, size_t size)
{
	struct journal next = JOURNAL_INIT;

	if (!open_all(&next, conf, why, size)) {
		close_all(&next);
		return false;
	}
	next.to_syslog = next.error < 0;
	next.in_use = true;
	log_set_format((enum log_format)conf->global.log_format);
	log_set_limit((size_t)conf->global.log_limit);
	if (next.to_syslog)
		log_to_syslog(conf->global.syslog_ident, (int)conf->global.syslog_facility);
	else
		log_to_fd(next.error);
	log_set_level((enum log_level)conf->global.log_level);
	close_all(j);
	*j = next;
	return true;
}

void journal_close(struct journal *j)
{
	if (j->in_use)
		log_to_fd(STDERR_FILENO);
	close_all(j);
	j->in_use = false;
}
