/* SPDX-License-Identifier: MIT
 *
 * conf_power: see conf_power.h.
 */
#include "manager/conf_power.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "manager/value.h"

/* So many owners are named of one directive. */
#define NAMED_MAX 8

/* ---- what there is ---- */

const char *conf_power_chroot(const struct conf_pool *pool)
{
	return geteuid() == 0 ? pool->chroot : NULL;
}

/* RLIMIT_NICE and CAP_SYS_NICE decide, and the kernel is asked rather than second-guessed. The way
 * back, to a greater value, is open to everybody. */
bool conf_power_may_nice(int nice)
{
	int now = getpriority(PRIO_PROCESS, 0);

	if (nice >= now)
		return true;
	if (setpriority(PRIO_PROCESS, 0, nice) < 0)
		return false;
	setpriority(PRIO_PROCESS, 0, now);
	return true;
}

/* root is refused what it has not; it is checked before. */
bool conf_power_nice(const char *priority, int *nice)
{
	return priority && value_nice(priority, nice) &&
	       (geteuid() == 0 || conf_power_may_nice(*nice));
}

/* ---- what is in vain ---- */

struct asker {
	const char *owner;
	const struct conf_pool *pool; /* or NULL */
	const struct conf_marks *marks;
	const char *user, *group, *chroot, *priority, *listen_owner;
};

/* A value that was refused, or a name that nobody has, is somebody else's to complain about. */
static bool is_another(const char *user)
{
	const struct passwd *pw = user ? getpwnam(user) : NULL;
	char us[16];

	snprintf(us, sizeof us, "%u", (unsigned)geteuid());
	return pw ? pw->pw_uid != geteuid() : user && strcmp(us, user) != 0;
}

static bool asks_user(const struct asker *a)
{
	return is_another(a->user);
}

static bool asks_listen_owner(const struct asker *a)
{
	return is_another(a->listen_owner);
}

static bool asks_group(const struct asker *a)
{
	const struct group *gr = a->group ? getgrnam(a->group) : NULL;
	char us[16];

	snprintf(us, sizeof us, "%u", (unsigned)getegid());
	return gr ? gr->gr_gid != getegid() : a->group && strcmp(us, a->group) != 0;
}

static bool asks_chroot(const struct asker *a)
{
	return a->chroot != NULL;
}

static bool asks_priority(const struct asker *a)
{
	int nice;

	return a->priority && value_nice(a->priority, &nice) && !conf_power_may_nice(nice);
}

static const struct ask {
	const char *directive;
	bool (*in_vain)(const struct asker *a);
} asks[] = {
	{"user", asks_user},
	{"group", asks_group},
	{"chroot", asks_chroot},
	{"process.priority", asks_priority},
	{"listen.owner", asks_listen_owner},
};

static const char *title_of(const struct ask *ask, char *room, size_t size)
{
	if (ask->in_vain != asks_priority)
		return ask->directive;
	snprintf(room, size, "%s below %d", ask->directive, getpriority(PRIO_PROCESS, 0));
	return room;
}

static void put_to(const struct ask *ask, const struct asker *a, conf_power_sink *sink, void *arg)
{
	const struct conf_mark *mark = conf_mark_find(a->marks, ask->directive, NULL);
	char room[64];

	if (mark && ask->in_vain(a))
		sink(arg, title_of(ask, room, sizeof room), a->owner, a->pool, mark);
}

static void each_of(
	const struct ask *ask, const struct conf *conf, conf_power_sink *sink, void *arg)
{
	const struct conf_global *g = &conf->global;
	const struct conf_gateway *w = &conf->gateway;

	put_to(ask,
		&(struct asker){.owner = "[global]", .marks = &g->marks, .priority = g->priority},
		sink, arg);
	put_to(ask,
		&(struct asker){"[gateway]", NULL, &w->marks, w->user, w->group, NULL, NULL, NULL},
		sink, arg);
	for (size_t i = 0; i < conf->npools; i++) {
		const struct conf_pool *p = conf->pools[i];
		put_to(ask,
			&(struct asker){p->name, p, &p->marks, p->user, p->group, p->chroot,
				p->priority, p->listen_owner},
			sink, arg);
	}
}

void conf_power_each_vain(const struct conf *conf, conf_power_sink *sink, void *arg)
{
	for (size_t i = 0; geteuid() != 0 && i < nitems(asks); i++)
		each_of(&asks[i], conf, sink, arg);
}

/* ---- as one line ---- */

struct line {
	struct buf *out;
	size_t owners; /* of this directive so far */
};

static void put_owner(void *arg, const char *name, const char *owner, const struct conf_pool *pool,
	const struct conf_mark *mark)
{
	struct line *l = arg;
	size_t n = l->owners++;

	(void)pool, (void)mark;
	if (n == 0)
		buf_putf(l->out, "%s%s (%s", buf_len(l->out) ? ", " : "", name, owner);
	else if (n < NAMED_MAX)
		buf_putf(l->out, ", %s", owner);
}

void conf_power_put_vain(const struct conf *conf, struct buf *out)
{
	for (size_t i = 0; geteuid() != 0 && i < nitems(asks); i++) {
		struct line l = {.out = out};
		each_of(&asks[i], conf, put_owner, &l);
		if (l.owners > NAMED_MAX)
			buf_putf(out, " and %zu more", l.owners - NAMED_MAX);
		buf_puts(out, l.owners ? ")" : "");
	}
}
