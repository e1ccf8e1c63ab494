/* SPDX-License-Identifier: MIT
 *
 * drop: see drop.h. The steps are a table: their order is the point (groups before user, proofs
 * after acts), and a table is read at a glance.
 */
#include "manager/drop.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/mem.h"

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

/* Only root can; for anybody else the proofs below decide whether there was anything to do. */
static bool set_groups(const struct identity *id)
{
	return geteuid() != 0 || setgroups(id->ngroups, id->groups) == 0;
}

static bool set_gid(const struct identity *id)
{
	return geteuid() != 0 || setresgid(id->gid, id->gid, id->gid) == 0;
}

static bool set_uid(const struct identity *id)
{
	return geteuid() != 0 || setresuid(id->uid, id->uid, id->uid) == 0;
}

/* root has lost them with the user; others may have been given some, to bind port 80 say, and
 * ambient ones would survive every exec. Those go with the inheritable set. */
static bool no_capabilities(const struct identity *id)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	(void)id;
	return syscall(SYS_capset, &head, none) == 0;
}

static bool is_user(const struct identity *id)
{
	uid_t r, e, s;

	return getresuid(&r, &e, &s) == 0 && r == id->uid && e == id->uid && s == id->uid;
}

static bool is_group(const struct identity *id)
{
	gid_t r, e, s;

	return getresgid(&r, &e, &s) == 0 && r == id->gid && e == id->gid && s == id->gid;
}

static bool cannot_go_back(const struct identity *id)
{
	return id->uid == 0 || (setresuid((uid_t)-1, 0, (uid_t)-1) != 0 && setuid(0) != 0);
}

/* The group 0 of somebody else is root's keyring too; having it by configuration is allowed. */
static bool cannot_regroup(const struct identity *id)
{
	return id->uid == 0 || id->gid == 0 || setresgid((gid_t)-1, 0, (gid_t)-1) != 0;
}

static bool no_new_privs(const struct identity *id)
{
	(void)id;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static bool no_dump(const struct identity *id)
{
	(void)id;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static const struct step {
	const char *name;
	bool (*fn)(const struct identity *id);
	bool proof; /* its failure has no errno of its own */
} steps[] = {
	{"setgroups", set_groups, false},
	{"setresgid", set_gid, false},
	{"setresuid", set_uid, false},
	{"capset", no_capabilities, false},
	{"the user is not what was asked for", is_user, true},
	{"the group is not what was asked for", is_group, true},
	{"root could be regained", cannot_go_back, true},
	{"root's group could be regained", cannot_regroup, true},
	{"no_new_privs", no_new_privs, false},
	{"dumpable", no_dump, false},
};

const char *drop_to(const struct identity *id)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (steps[i].fn(id))
			continue;
		if (steps[i].proof)
			errno = EPERM;
		return steps[i].name;
	}
	return NULL;
}
