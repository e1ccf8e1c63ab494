/* SPDX-License-Identifier: MIT
 *
 * reload: see reload.h.
 */
#include "manager/reload.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "manager/conf_load.h"

/* A gateway that dies so often before it ever served will not serve at all. */
#define BOOT_ATTEMPTS 3

/* ---- what cannot change live ---- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_threads(const struct conf *a, const struct conf *b)
{
	return plan_threads(a) == plan_threads(b);
}

static bool same_user(const struct conf *a, const struct conf *b)
{
	return same(a->gateway.user, b->gateway.user);
}

static bool same_group(const struct conf *a, const struct conf *b)
{
	return same(a->gateway.group, b->gateway.group);
}

static bool same_control(const struct conf *a, const struct conf *b)
{
	return same(a->global.control, b->global.control);
}

static bool same_runtime_dir(const struct conf *a, const struct conf *b)
{
	return same(a->global.runtime_dir, b->global.runtime_dir);
}

static bool same_pid(const struct conf *a, const struct conf *b)
{
	return same(a->global.pid, b->global.pid);
}

static bool same_daemonize(const struct conf *a, const struct conf *b)
{
	return a->global.daemonize == b->global.daemonize;
}

static bool same_priority(const struct conf *a, const struct conf *b)
{
	return same(a->global.priority, b->global.priority);
}

static bool same_files(const struct conf *a, const struct conf *b)
{
	return same(a->global.rlimit_files, b->global.rlimit_files);
}

static bool same_core(const struct conf *a, const struct conf *b)
{
	return same(a->global.rlimit_core, b->global.rlimit_core);
}

static const struct {
	const char *section, *directive;
	bool (*same)(const struct conf *a, const struct conf *b);
} fixed[] = {
	{"gateway", "threads", same_threads},
	{"gateway", "user", same_user},
	{"gateway", "group", same_group},
	{"global", "control", same_control},
	{"global", "runtime_dir", same_runtime_dir},
	{"global", "pid", same_pid},
	{"global", "daemonize", same_daemonize},
	{"global", "process.priority", same_priority},
	{"global", "rlimit_files", same_files},
	{"global", "rlimit_core", same_core},
};

static bool may_follow(const struct conf *old, const struct conf *new, char *why, size_t size)
{
	for (size_t i = 0; i < nitems(fixed); i++) {
		if (fixed[i].same(old, new))
			continue;
		snprintf(why, size,
			"%s: [%s] %s cannot change while hearth runs, it needs a restart",
			new->path, fixed[i].section, fixed[i].directive);
		return false;
	}
	return true;
}

/* ---- the offer ---- */

static struct plan plan_of(struct house *h, uint32_t generation, const struct conf *conf)
{
	return (struct plan){.generation = generation,
		.conf = conf,
		.doors = &h->doors,
		.pools = &h->pools,
		.journal = &h->journal};
}

/* Everything that can fail, in an order in which it can be undone. Takes conf if it succeeds. */
static bool offer(struct house *h, struct conf *conf, char *why, size_t size)
{
	struct plan plan;

	if (!listeners_prepare(&h->doors, conf, why, size))
		return false;
	if (!pools_prepare(&h->pools, conf, why, size)) {
		listeners_revert(&h->doors);
		return false;
	}
	if (!journal_open(&h->journal, conf, why, size)) {
		pools_revert(&h->pools);
		listeners_revert(&h->doors);
		return false;
	}
	h->next = conf;
	plan = plan_of(h, ++h->last_generation, conf);
	downlink_offer(&h->downlink, &plan);
	pools_review(&h->pools);
	return true;
}

bool reload_first(struct house *h, struct conf *conf, char *why, size_t size)
{
	return offer(h, conf, why, size);
}

static void log_lines(struct span text)
{
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		log_error("%.*s", (int)n, text.p);
		text = span_from(text, end ? n + 1 : n);
	}
}

static void answer(struct asker *asker, unsigned status, const char *why)
{
	if (asker)
		asker->end(asker, status, why);
}

/* Whoever started us counts the time from the one to the other. */
static void say_reloading(struct house *h)
{
	notify_tell(&h->notify, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_now().us);
}

static void say_reloaded(struct house *h, bool refused)
{
	h->refused = refused;
	notify_tell(&h->notify, "READY=1");
	house_news(h);
}

static void refuse(struct house *h, struct asker *asker, const char *why)
{
	log_lines(span_of(why));
	log_error("reload refused: the configuration of before goes on");
	say_reloaded(h, true);
	answer(asker, 1, why);
}

static void refuse_complaints(struct house *h, struct asker *asker, struct complaints *c)
{
	struct buf text = BUF_INIT;

	complaints_put(c, &text);
	while (buf_len(&text) && buf_tail(&text)[-1] == '\n')
		text.end--;
	buf_put(&text, "", 1);
	refuse(h, asker, buf_head(&text));
	buf_free(&text);
}

/* A pipe or a terminal may give us the first file; waiting for another would stop everything. */
static bool is_file(const char *path, char *why, size_t size)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
		return true;
	snprintf(why, size, "%s: this is not a file: it cannot be read a second time", path);
	return false;
}

static void load_and_offer(struct house *h, struct asker *asker)
{
	struct complaints c = COMPLAINTS_INIT;
	struct conf *conf;
	char why[512];

	log_notice("reloading %s", h->path);
	say_reloading(h);
	if (!is_file(h->path, why, sizeof why)) {
		refuse(h, asker, why);
		return;
	}
	conf = conf_load(h->path, &c);
	if (!conf) {
		refuse_complaints(h, asker, &c);
	} else if (!may_follow(h->conf, conf, why, sizeof why) ||
		   !offer(h, conf, why, sizeof why)) {
		conf_free(conf);
		refuse(h, asker, why);
	} else if (asker) {
		list_push_back(&h->for_reload, &asker->link);
	}
	complaints_free(&c);
}

/* One at a time: a signal is remembered, a command is told. */
void reload_begin(struct house *h, struct asker *asker)
{
	if (h->mood > HOUSE_SERVING) {
		answer(asker, 1, "hearth is stopping");
	} else if (!h->path) {
		answer(asker, 1, "hearth serve has no configuration file to load again");
	} else if (!h->conf || h->next) {
		h->reload_again |= !asker;
		answer(asker, 1, "another configuration is just being taken in: try again");
	} else {
		load_and_offer(h, asker);
	}
}

/* ---- the answers ---- */

static void settle(struct house *h)
{
	if (h->reload_again && h->mood == HOUSE_SERVING) {
		h->reload_again = false;
		reload_begin(h, NULL);
	}
}

static void take_over(struct house *h, uint32_t generation)
{
	struct conf *old = h->conf;

	h->conf = h->next;
	h->next = NULL;
	h->generation = generation;
	h->pools.patience.leave_ms = (int64_t)h->conf->global.process_control_timeout;
	h->pools.patience.stop_ms = h->pools.patience.leave_ms;
	listeners_commit(&h->doors);
	pools_commit(&h->pools);
	if (old)
		downlink_send_logs(&h->downlink);
	conf_free(old);
}

/* A gateway that replaced another reports the same plan again: then there is no next. */
static void on_active(void *owner, uint32_t generation)
{
	struct house *h = owner;
	bool first = h->mood == HOUSE_OPENING;

	if (h->mood > HOUSE_SERVING)
		return;
	if (!h->next) {
		log_notice("gateway %d has taken over", h->downlink.gateway.pid);
		house_news(h);
		return;
	}
	take_over(h, generation);
	h->mood = HOUSE_SERVING;
	if (first) {
		h->on_open(h);
	} else {
		log_notice("configuration %u serves now", generation);
		say_reloaded(h, false);
		house_answer_all(&h->for_reload, 0, NULL);
	}
	settle(h);
}

static void abandon(struct house *h, const char *why)
{
	struct plan plan = plan_of(h, h->generation, h->conf);
	char reason[256];

	listeners_revert(&h->doors);
	pools_revert(&h->pools);
	conf_free(h->next);
	h->next = NULL;
	downlink_fall_back(&h->downlink, &plan);
	if (!journal_open(&h->journal, h->conf, reason, sizeof reason))
		log_error("%s", reason);
	downlink_send_logs(&h->downlink);
	log_error("%s", why);
	log_error("reload refused: the configuration of before goes on");
	say_reloaded(h, true);
	house_answer_all(&h->for_reload, 1, why);
	settle(h);
}

static void give_up(struct house *h, int status, const char *why)
{
	log_alert("%s", why);
	h->status = status;
	house_stop(h, HOUSE_STOPPING);
	notify_tell(&h->notify, "STATUS=did not start: %s", why);
}

static void on_refused(void *owner, const char *why)
{
	struct house *h = owner;
	char text[600];

	snprintf(text, sizeof text, "the gateway refused the configuration: %s", why);
	if (h->mood > HOUSE_SERVING)
		return;
	if (h->conf && h->next)
		abandon(h, text);
	else if (h->conf) /* which has served before: not the configuration is to blame */
		worker_event(&h->downlink.gateway, WORKER_ON_BROKEN, text);
	else
		give_up(h, 78, text);
}

static void on_lost(void *owner)
{
	struct house *h = owner;

	house_news(h);
	if (h->mood > HOUSE_SERVING)
		house_progress(h);
	else if (h->conf && h->next)
		abandon(h, "the gateway died while it took in the new configuration");
	else if (!h->conf && h->downlink.streak >= BOOT_ATTEMPTS)
		give_up(h, 70, "the gateway does not start");
}

const struct downlink_owner reload_ops = {
	.active = on_active, .refused = on_refused, .lost = on_lost};
