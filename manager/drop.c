/* SPDX-License-Identifier: MIT
 *
 * drop: see drop.h. The steps are a table: their order is the point (groups before user, proofs
 * after acts), and a table is read at a glance.
 */
#include "manager/drop.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/span.h"

#define GROUPS_MAX 65536

/* ---- finding ---- */

static bool is_number(const char *s, unsigned *n)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	*n = (unsigned)v;
	return s[0] >= '0' && s[0] <= '9' && *end == '\0' && v < (uid_t)-1;
}

static bool find_user(struct identity *id, const char *user, char *why, size_t size)
{
	unsigned uid = 0;
	bool number = is_number(user, &uid);
	struct passwd *pw = number ? getpwuid(uid) : getpwnam(user);

	if (!pw && !number) {
		snprintf(why, size, "there is no user \"%s\"", user);
		return false;
	}
	id->user = mem_strdup(pw ? pw->pw_name : user);
	id->home = mem_strdup(pw ? pw->pw_dir : "/");
	id->uid = pw ? pw->pw_uid : uid;
	id->gid = pw ? pw->pw_gid : uid;
	return true;
}

static bool find_group(struct identity *id, const char *group, char *why, size_t size)
{
	unsigned gid = 0;
	bool number = is_number(group, &gid);
	struct group *gr = number ? NULL : getgrnam(group);

	if (!gr && !number) {
		snprintf(why, size, "there is no group \"%s\"", group);
		return false;
	}
	id->gid = gr ? gr->gr_gid : gid;
	return true;
}

static void find_groups(struct identity *id)
{
	int n = 16;

	do {
		id->groups = mem_array(id->groups, (size_t)n, sizeof *id->groups);
		id->ngroups = (size_t)n;
		if (getgrouplist(id->user, id->gid, id->groups, &n) >= 0)
			break;
		n = (size_t)n > id->ngroups ? n : 2 * n; /* musl leaves n alone */
	} while (n <= GROUPS_MAX);
	id->ngroups = (size_t)n < id->ngroups ? (size_t)n : id->ngroups;
}

static void find_self(struct identity *id)
{
	struct passwd *pw = getpwuid(geteuid());

	id->uid = geteuid();
	id->gid = getegid();
	id->user = pw ? mem_strdup(pw->pw_name) : mem_printf("%u", (unsigned)id->uid);
	id->home = mem_strdup(pw ? pw->pw_dir : "/");
}

bool identity_find(struct identity *id, const char *user, const char *group, char *why, size_t size)
{
	*id = (struct identity){0};
	if (geteuid() != 0) {
		find_self(id);
		return true;
	}
	if (!user) {
		snprintf(why, size,
			"a user is needed: hearth runs as root, which programs must not");
		return false;
	}
	if (!find_user(id, user, why, size) || (group && !find_group(id, group, why, size))) {
		identity_free(id);
		return false;
	}
	find_groups(id);
	return true;
}

void identity_free(struct identity *id)
{
	free(id->user);
	free(id->home);
	free(id->groups);
	*id = (struct identity){0};
}

/* ---- becoming ---- */

struct drop {
	const struct identity *id;
	bool may_gain;
};

/* root means nothing by its number alone, and nobody changes that. */
#define NO_ROOT                                                               \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
		SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* Of what takes a privilege that root may lack in a container, and is no more than a second lock on
 * a door: it is shut by no_new_privs. */
static bool may_be_left(void)
{
	return errno == EPERM;
}

/* The kernel numbers capabilities from 0 without a gap, and knows nothing beyond its last. */
static bool empty_bounding_set(const struct drop *d)
{
	for (unsigned long cap = 0; !d->may_gain && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
		cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return may_be_left();
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return false;
	}
	return true;
}

static bool set_securebits(const struct drop *d)
{
	if (d->may_gain)
		return true;
	if (prctl(PR_SET_SECUREBITS, NO_ROOT, 0, 0, 0) < 0)
		return may_be_left();
	return prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == NO_ROOT;
}

/* Only root can; for anybody else the proofs below decide whether there was anything to do. */
static bool set_groups(const struct drop *d)
{
	return geteuid() != 0 || setgroups(d->id->ngroups, d->id->groups) == 0;
}

static bool set_gid(const struct drop *d)
{
	gid_t gid = d->id->gid;

	return geteuid() != 0 || setresgid(gid, gid, gid) == 0;
}

static bool set_uid(const struct drop *d)
{
	uid_t uid = d->id->uid;

	return geteuid() != 0 || setresuid(uid, uid, uid) == 0;
}

static struct __user_cap_header_struct self_caps(void)
{
	return (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
}

/* root has lost them with the user, unless securebits said otherwise; others may have been given
 * some, to bind port 80 say, and ambient ones would survive every exec. Those go with the
 * inheritable set. */
static bool no_capabilities(const struct drop *d)
{
	struct __user_cap_header_struct head = self_caps();
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	(void)d;
	return syscall(SYS_capset, &head, none) == 0;
}

static bool has_no_capabilities(const struct drop *d)
{
	struct __user_cap_header_struct head = self_caps();
	struct __user_cap_data_struct is[_LINUX_CAPABILITY_U32S_3] = {{0}};
	bool none = syscall(SYS_capget, &head, is) == 0;

	(void)d;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		none = none && !is[i].effective && !is[i].permitted && !is[i].inheritable;
	return none;
}

static bool is_user(const struct drop *d)
{
	uid_t r, e, s, uid = d->id->uid;

	return getresuid(&r, &e, &s) == 0 && r == uid && e == uid && s == uid;
}

static bool is_group(const struct drop *d)
{
	gid_t r, e, s, gid = d->id->gid;

	return getresgid(&r, &e, &s) == 0 && r == gid && e == gid && s == gid;
}

static bool is_among(gid_t gid, const gid_t *groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

/* In whatever order: the kernel sorts them, and drops none. */
static bool has_groups(const struct drop *d)
{
	static gid_t is[GROUPS_MAX];
	const struct identity *id = d->id;
	int n = id->groups ? getgroups(GROUPS_MAX, is) : 0;

	for (int i = 0; i < n; i++)
		if (!is_among(is[i], id->groups, id->ngroups))
			return false;
	for (size_t i = 0; id->groups && i < id->ngroups; i++)
		if (n < 0 || !is_among(id->groups[i], is, (size_t)n))
			return false;
	return n >= 0;
}

static bool cannot_go_back(const struct drop *d)
{
	return d->id->uid == 0 || (setresuid((uid_t)-1, 0, (uid_t)-1) != 0 && setuid(0) != 0);
}

/* The group 0 of somebody else is root's keyring too; having it by configuration is allowed. */
static bool cannot_regroup(const struct drop *d)
{
	return d->id->uid == 0 || d->id->gid == 0 || setresgid((gid_t)-1, 0, (gid_t)-1) != 0;
}

static bool no_new_privs(const struct drop *d)
{
	return d->may_gain || (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
				      prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
}

/* Until the exec this is a copy of the manager, with all that it has read, and it belongs to the
 * user already. The exec makes it the program's own, and then it is for the kernel to say. */
static bool no_dump(const struct drop *d)
{
	(void)d;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

/* The bounding set and securebits take CAP_SETPCAP, the groups CAP_SETGID: all of that goes with
 * the user (capabilities(7), "Effect of user ID changes"). no_new_privs can be had by anybody, and
 * dumpable last, as each change of an id sets it again. */
static const struct step {
	const char *name;
	bool (*fn)(const struct drop *d);
	bool proof; /* its failure has no errno of its own */
} steps[] = {
	{"bounding set", empty_bounding_set, false},
	{"securebits", set_securebits, false},
	{"setgroups", set_groups, false},
	{"setresgid", set_gid, false},
	{"setresuid", set_uid, false},
	{"capset", no_capabilities, false},
	{"the user is not what was asked for", is_user, true},
	{"the group is not what was asked for", is_group, true},
	{"the supplementary groups are not what was asked for", has_groups, true},
	{"capabilities are left", has_no_capabilities, true},
	{"root could be regained", cannot_go_back, true},
	{"root's group could be regained", cannot_regroup, true},
	{"no_new_privs", no_new_privs, false},
	{"dumpable", no_dump, false},
};

const char *drop_to(const struct identity *id, bool may_gain)
{
	const struct drop d = {id, may_gain};

	for (size_t i = 0; i < nitems(steps); i++) {
		errno = 0;
		if (steps[i].fn(&d))
			continue;
		if (steps[i].proof || errno == 0)
			errno = EPERM;
		return steps[i].name;
	}
	return NULL;
}
