/* SPDX-License-Identifier: MIT
 *
 * house: see house.h.
 */
#include "manager/house.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"

/* From TERM to KILL when the house closes; while it serves, process_control_timeout counts. */
#define CLOSING_STOP_MS 1000

/* What it may take beside that, of a busy machine: first the gateway is ended, then the others. */
#define CLOSING_EXTRA_MS 10000

const char *const house_mood_names[HOUSE_MOODS] = {
	[HOUSE_OPENING] = "opening",
	[HOUSE_SERVING] = "serving",
	[HOUSE_DRAINING] = "draining",
	[HOUSE_STOPPING] = "stopping",
	[HOUSE_KILLING] = "killing",
};

const struct conf *house_conf(const struct house *h)
{
	return h->conf ? h->conf : h->next;
}

/* ---- opening ---- */

/* `of` is the directive that names it. */
static bool make_directory(const char *of, const char *path, mode_t mode, char *why, size_t size)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return true;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	snprintf(why, size, "%s: %s cannot be made: %s", of, path, strerror(errno));
	return false;
}

bool house_make_parent(const char *path, char *why, size_t size)
{
	char *dir = mem_strdup(path);
	char *slash = strrchr(dir, '/');
	bool ok = true;

	if (slash && slash != dir) {
		*slash = '\0';
		ok = make_directory("control", dir, 0755, why, size);
	}
	free(dir);
	return ok;
}

/* Sockets that a manager which was killed could not take away. */
static void sweep(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		size_t n = strlen(e->d_name);
		if (n > 5 && strcmp(e->d_name + n - 5, ".sock") == 0)
			unlinkat(dirfd(dir), e->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

static bool is_own(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_uid == geteuid())
		return true;
	errno = EPERM;
	return false;
}

/* Whoever may rename below it could put his own directory in the place of ours at any time. */
static bool is_trusted(const char *path, char *why, size_t size)
{
	struct stat st;
	bool ours = stat(path, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid());

	if (ours && (!(st.st_mode & (S_IWGRP | S_IWOTH)) || st.st_mode & S_ISVTX))
		return true;
	snprintf(why, size,
		"runtime_dir %s can be written to by others: name a directory of hearth's own",
		path);
	return false;
}

/* The gateway's group may pass through, nobody else. The name may have been somebody else's
 * before: what is not a directory of our own is refused. The lock keeps a second house out, which
 * would sweep away the sockets of this one. */
static bool own_directory(struct house *h, const char *path, char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool ok = fd >= 0 && is_own(fd);

	if (ok && geteuid() == 0)
		ok = fchown(fd, 0, h->gateway.gid) == 0 && fchmod(fd, 0750) == 0;
	if (!ok) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		snprintf(why, size, "%s is in use: another hearth has the same runtime_dir", path);
		ok = false;
	}
	if (ok)
		h->workers_fd = fd_take(&fd);
	fd_close(&fd);
	return ok;
}

static bool make_directories(struct house *h, const struct conf *conf, char *why, size_t size)
{
	h->workers_dir = mem_printf("%s/workers", conf->global.runtime_dir);
	if (!make_directory("runtime_dir", conf->global.runtime_dir, 0755, why, size) ||
		!is_trusted(conf->global.runtime_dir, why, size) ||
		!make_directory("runtime_dir", h->workers_dir, 0700, why, size) ||
		!own_directory(h, h->workers_dir, why, size))
		return false;
	sweep(h->workers_dir);
	return true;
}

static bool find_helpers(struct house *h, char *why, size_t size)
{
	h->downlink.binary = spawn_find_helper("hearth-gateway", why, size);
	if (h->downlink.binary < 0)
		return false;
	h->pools.runner = spawn_find_helper("hearth-exec", why, size);
	return h->pools.runner >= 0;
}

static bool find_gateway_user(struct house *h, const struct conf *conf, char *why, size_t size)
{
	char reason[160];

	if (identity_find(
		    &h->gateway, conf->gateway.user, conf->gateway.group, reason, sizeof reason))
		return true;
	snprintf(why, size, "the gateway: %s", reason);
	return false;
}

static void on_burial(void *owner)
{
	house_progress(owner);
}

static void on_door(void *owner)
{
	house_news(owner);
}

static void on_renewed(struct pool *p, const char *why)
{
	house_answer_all(&p->for_renewal, why ? 1 : 0, why);
}

/* Threads by down-pointers: who may reach whom is settled here, once. */
static void wire(struct house *h, const struct conf *conf)
{
	int64_t grace = (int64_t)conf->global.process_control_timeout;

	h->pools.patience = (struct worker_patience){.leave_ms = grace, .stop_ms = grace};
	h->pools.workers_dir = h->workers_dir;
	h->pools.gateway = &h->gateway;
	h->pools.threads = plan_threads(conf);
	h->pools.ops = &wall_letters;
	h->pools.wall = &h->downlink.wall;
	h->pools.on_burial = on_burial;
	h->pools.on_door = on_door;
	h->pools.on_renewed = on_renewed;
	h->pools.owner = h;
	h->downlink.as = &h->gateway;
	h->downlink.slowlog = &h->slowlog;
	h->downlink.patience = h->pools.patience;
	h->downlink.plan = (struct plan){
		.doors = &h->doors, .pools = &h->pools, .journal = &h->journal};
}

bool house_init(struct house *h, const struct downlink_owner *ops, char *why, size_t size)
{
	*h = (struct house){.journal = JOURNAL_INIT,
		.notify = NOTIFY_NONE,
		.born = mono_now(),
		.workers_fd = -1};
	list_init(&h->for_reload);
	list_init(&h->for_end);
	list_init(&h->orders);
	listeners_init(&h->doors);
	if (loop_init(&h->loop) < 0) {
		snprintf(why, size, "epoll: %s", strerror(errno));
		return false;
	}
	pools_init(&h->pools, &h->loop);
	slowlog_init(&h->slowlog, &h->loop, &h->journal);
	downlink_init(&h->downlink, &h->loop, ops, h);
	return true;
}

bool house_furnish(struct house *h, const struct conf *conf, char *why, size_t size)
{
	if (!find_helpers(h, why, size) || !find_gateway_user(h, conf, why, size) ||
		!make_directories(h, conf, why, size))
		return false;
	wire(h, conf);
	return true;
}

bool house_reopen(struct house *h, char *why, size_t size)
{
	if (!journal_open(&h->journal, house_conf(h), why, size))
		return false;
	downlink_send_logs(&h->downlink);
	log_notice("log files opened again");
	return true;
}

void house_news(struct house *h)
{
	if (h->on_news)
		h->on_news(h, h->news_arg);
}

/* ---- closing ---- */

void house_answer_all(struct list *askers, unsigned status, const char *why)
{
	list_for_each (it, askers) {
		struct asker *a = container_of(it, struct asker, link);
		list_remove(it);
		a->end(a, status, why);
	}
}

/* The gateway first: while it drains, the workers have work to finish. */
void house_progress(struct house *h)
{
	if (h->mood < HOUSE_DRAINING || !downlink_is_down(&h->downlink))
		return;
	if (!h->pools.ending)
		pools_end(&h->pools, WORKER_ON_STOP, "stop");
	if (pools_empty(&h->pools)) {
		slowlog_end(&h->slowlog);
		h->loop.stop = true;
	}
}

/* Work in flight may take longer than a stop usually may; and then workers are ended. */
static void say_stopping(struct house *h, const char *text)
{
	int64_t ms = CLOSING_EXTRA_MS +
		     (h->mood == HOUSE_DRAINING ? h->pools.patience.leave_ms : 0);

	notify_tell(&h->notify, "STOPPING=1\nSTATUS=%s\nEXTEND_TIMEOUT_USEC=%lld", text,
		(long long)ms * 1000);
}

void house_stop(struct house *h, enum house_mood mood)
{
	static const struct {
		const char *text;
		enum worker_event order;
	} moods[HOUSE_MOODS] = {
		[HOUSE_DRAINING] = {"finishing what runs, then exiting", WORKER_ON_LEAVE},
		[HOUSE_STOPPING] = {"exiting", WORKER_ON_STOP},
		[HOUSE_KILLING] = {"exiting at once", WORKER_ON_KILL},
	};

	must(mood >= HOUSE_DRAINING && mood < HOUSE_MOODS);
	if (mood <= h->mood)
		return;
	h->mood = mood;
	log_notice("%s", moods[mood].text);
	say_stopping(h, moods[mood].text);
	house_answer_all(&h->for_reload, 1, "hearth is stopping");
	h->pools.patience.stop_ms = CLOSING_STOP_MS;
	/* Ours too, or clients would queue up at a door that nobody will open. */
	listeners_close(&h->doors);
	downlink_end(&h->downlink, moods[mood].order, "stop");
	if (mood != HOUSE_DRAINING)
		pools_end(&h->pools, moods[mood].order, "stop");
	house_progress(h);
}

void house_close(struct house *h)
{
	listeners_close(&h->doors);
	if (h->workers_fd >= 0)
		rmdir(h->workers_dir);
	fd_close(&h->workers_fd);
	slowlog_end(&h->slowlog);
	pools_close(&h->pools);
	fd_close(&h->pools.runner);
	fd_close(&h->downlink.binary);
	identity_free(&h->gateway);
	free(h->workers_dir);
	free(h->path);
	h->workers_dir = h->path = NULL;
	conf_free(h->conf);
	conf_free(h->next);
	h->conf = h->next = NULL;
	notify_end(&h->notify);
	loop_close(&h->loop);
	journal_close(&h->journal);
}
