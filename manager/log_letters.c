/* SPDX-License-Identifier: MIT
 *
 * log_letters: see log_letters.h.
 */
#include "manager/log_letters.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/log.h"

static void send_file(struct chan *to, int fd, enum msg_type type, const void *payload)
{
	int fds[MSG_FDS_MAX] = {-1, -1, -1};

	fds[0] = fd < 0 ? open("/dev/null", O_WRONLY | O_CLOEXEC) : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fds[0] < 0)
		log_error("the gateway's log: %m");
	else
		chan_send(to, type, payload, fds);
}

static void send_error_log(const struct plan *p, struct chan *to)
{
	const struct conf_global *g = &p->conf->global;
	struct msg_log_file m = {.level = (uint32_t)log_get_level(),
		.format = g->log_format,
		.limit = (uint32_t)g->log_limit,
		.facility = g->syslog_facility,
		.syslog_ident = span_of(p->journal->to_syslog ? g->syslog_ident : "")};

	send_file(to, p->journal->error, MSG_LOG_FILE, &m);
}

static void send_pools_log(const struct plan *p, const struct pool *pool, struct chan *to)
{
	const struct journal_pool *j = pool->conf ? journal_pool(p->journal, pool->name) : NULL;
	struct msg_access_file m = {.pool = pool->number, .flush = j && j->flush};

	if (j && j->access >= 0)
		send_file(to, j->access, MSG_ACCESS_FILE, &m);
}

bool log_letters(const struct plan *p, bool had, struct chan *to)
{
	const struct journal *j = p->journal;
	struct msg_access_file access = {.flush = j->flush};

	send_error_log(p, to);
	if (j->access >= 0 || had)
		send_file(to, j->access, MSG_ACCESS_FILE, &access);
	list_for_each (it, &p->pools->all)
		send_pools_log(p, container_of(it, struct pool, link), to);
	return j->access >= 0;
}
