/* SPDX-License-Identifier: MIT
 *
 * journal: see journal.h.
 */
#include "manager/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

/* O_NOCTTY: a daemon is the leader of its session and must not get a terminal by accident.
 * O_NONBLOCK: a FIFO that nobody reads is an error, not something to wait for. */
#define HOW (O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static int open_file(const char *path)
{
	int fd = open(path, HOW, 0640);

	if (fd >= 0)
		fcntl(fd, F_SETFL, O_APPEND); /* from here on a full FIFO is waited for */
	return fd;
}

/* -1 with a sentence if it cannot be opened; -1 and true if there is none to open. */
static bool open_log(const char *path, int *fd, const char *what, char *why, size_t size)
{
	*fd = -1;
	if (!path || strcmp(path, "syslog") == 0)
		return true;
	if (strcmp(path, "stderr") == 0)
		*fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	else
		*fd = open_file(path);
	if (*fd < 0)
		snprintf(why, size, "%s %s: %s", what, path, strerror(errno));
	return *fd >= 0;
}

bool journal_open(struct journal *j, const struct conf *conf, char *why, size_t size)
{
	const char *access_log = conf->gateway.access_log;
	struct journal next = JOURNAL_INIT;

	if (!open_log(conf->global.error_log, &next.error, "error_log", why, size) ||
		!open_log(access_log, &next.access, "access.log", why, size)) {
		fd_close(&next.error);
		return false;
	}
	next.to_syslog = next.error < 0;
	next.flush = access_log && (strcmp(access_log, "stderr") == 0 || isatty(next.access));
	next.in_use = true;
	if (next.to_syslog)
		log_to_syslog("hearth");
	else
		log_to_fd(next.error);
	log_set_level((enum log_level)conf->global.log_level);
	fd_close(&j->error);
	fd_close(&j->access);
	*j = next;
	return true;
}

void journal_close(struct journal *j)
{
	if (j->in_use)
		log_to_fd(STDERR_FILENO);
	fd_close(&j->error);
	fd_close(&j->access);
	j->in_use = false;
}
