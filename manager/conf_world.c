/* SPDX-License-Identifier: MIT
 *
 * conf_world: see conf_world.h.
 */
#include "manager/conf_world.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "manager/conf_power.h"

#include "manager/value.h"

/* Where programs without a slash are looked for. Not PATH: what runs shall not depend on who
 * started the daemon. */
#define PROGRAM_PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

/* The line to blame for a directive; if it is not there, that of its section. */
const struct conf_mark *check_mark(
	struct check *k, const struct conf_marks *marks, const char *name, const char *key)
{
	const struct conf_mark *mark = conf_mark_find(marks, name, key);
	struct conf_mark *start;

	if (!mark)
		mark = conf_mark_find(marks, "", NULL);
	if (mark)
		return mark;
	start = conf_alloc(k->conf, sizeof *start);
	*start = (struct conf_mark){"", "", k->conf->path, 1};
	return start;
}

bool check_is_set(const struct conf_marks *marks, const char *name)
{
	return conf_mark_find(marks, name, NULL) != NULL;
}

/* ---- directories and programs ---- */

/* In a root that is not ours, links lead elsewhere: the kernel is asked to go them as if it were
 * ours. One that hides openat2(2) can only be asked where a link leads out here. */
static int look_in(const char *root, const char *path, struct stat *st)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), found = -1, ok;

	if (dir >= 0)
		found = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
	if (dir >= 0 && found < 0 && (errno == ENOSYS || errno == EPERM))
		found = openat(dir, path + strspn(path, "/"), O_PATH | O_CLOEXEC);
	ok = found < 0 ? -1 : fstat(found, st);
	if (found >= 0)
		close(found);
	if (dir >= 0)
		close(dir);
	return ok;
}

static const char *not_there(const char *root, const char *path, struct stat *st)
{
	if ((root ? look_in(root, path, st) : stat(path, st)) == 0)
		return NULL;
	return errno == ENOENT ? "does not exist" : strerror(errno);
}

static const char *no_directory(const char *root, const char *path)
{
	struct stat st;
	const char *why = not_there(root, path, &st);

	return why || S_ISDIR(st.st_mode) ? why : "is not a directory";
}

const char *conf_no_directory(const char *path)
{
	return no_directory(NULL, path);
}

bool conf_lacks_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? errno != EACCES : !S_ISDIR(st.st_mode);
}

/* Slashes behind it do not belong to a name. */
static struct span trimmed(struct span path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

static struct span directory_of(const char *path)
{
	return trimmed((struct span){path, (size_t)(strrchr(path, '/') - path) + 1});
}

bool check_is_in_made(const struct check *k, const char *path)
{
	const struct conf_global *g = &k->conf->global;
	struct span dir = directory_of(path);

	return span_eq(dir, directory_of(g->control)) ||
	       span_eq(dir, trimmed(span_of(g->runtime_dir)));
}

/* What a message calls a path in another root. */
static const char *called(struct check *k, const char *root, const char *path)
{
	return root ? conf_printf(k->conf, "%s in the chroot %s", path, root) : path;
}

void check_directory(struct check *k, const struct conf_marks *marks, const char *name,
	const char *of, const char *path)
{
	check_directory_in(k, marks, name, of, NULL, path);
}

void check_directory_in(struct check *k, const struct conf_marks *marks, const char *name,
	const char *of, const char *root, const char *path)
{
	const struct conf_mark *mark = check_mark(k, marks, name, NULL);
	const char *why = path ? no_directory(root, path) : NULL;

	if (why)
		complain(k->c, mark->file, mark->line,
			"%s%s: %s %s: make the directory or name another", name, of,
			called(k, root, path), why);
}

void check_log(struct check *k, const struct conf_marks *marks, const char *name, const char *path)
{
	const struct conf_mark *mark = check_mark(k, marks, name, NULL);
	const char *slash = path ? strrchr(path, '/') : NULL;
	char *dir;

	if (!slash)
		return;
	dir = conf_strndup(k->conf, path, (size_t)(slash - path) + 1);
	if (conf_no_directory(dir) && !check_is_in_made(k, path))
		complain(k->c, mark->file, mark->line,
			"%s: %s is no directory to write to: make it", name, dir);
	else if (!conf_no_directory(path))
		complain(k->c, mark->file, mark->line, "%s: %s is a directory: name a file", name,
			path);
}

static const char *no_program(const char *root, const char *path)
{
	struct stat st;
	const char *why = not_there(root, path, &st);
	bool may;

	if (why)
		return why;
	if (!S_ISREG(st.st_mode))
		return "is not a file";
	may = root ? st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH) : access(path, X_OK) == 0;
	return may ? NULL : "is not executable: chmod +x it";
}

/* The full path of a name without a slash, or NULL. */
static char *look_up(struct check *k, const char *root, const char *name)
{
	for (const char *p = PROGRAM_PATH; *p; p += strspn(p, ":")) {
		size_t n = strcspn(p, ":");
		char *path = conf_printf(k->conf, "%.*s/%s", (int)n, p, name);
		if (!no_program(root, path))
			return path;
		p += n;
	}
	return NULL;
}

void check_program(struct check *k, const struct conf_pool *pool, const char *name, const char *key,
	char **program)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, name, key);
	const char *root = conf_power_chroot(pool);
	char *path = strchr(*program, '/') ? *program : look_up(k, root, *program);
	const char *why = path ? no_program(root, path)
			       : "is not in " PROGRAM_PATH ": give its full path";

	if (why)
		complain(k->c, mark->file, mark->line, "%s of pool '%s': '%s'%s%s %s", name,
			pool->name, *program, root ? " in the chroot " : "", root ? root : "", why);
	else
		*program = path;
}

/* ---- limits ---- */

/* Nobody but the kernel knows who may: privilege, and whether this is a container, decide. So it is
 * asked, and told to forget it. */
static bool may_give(const struct limit *l, struct rlimit *now)
{
	bool may = getrlimit(l->row->resource, now) == 0 && limit_allow(l) == 0;

	setrlimit(l->row->resource, now);
	return may;
}

void check_limit(struct check *k, const struct conf_mark *mark, const char *name,
	const struct limit_row *row, const char *of, const char *value)
{
	struct limit l = {.row = row};
	struct rlimit now;

	if (value && !value_limit(value, row, &l.is) && !may_give(&l, &now))
		complain(k->c, mark->file, mark->line,
			"%s = %s%s is more than the %llu that hearth itself may use: lower it, or "
			"start hearth with more",
			name, value, of, (unsigned long long)now.rlim_max);
}

/* ---- users ---- */

/* A user or group may be a number, for systems that do not know its name. */
static bool is_number(const char *s, unsigned *id)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	*id = (unsigned)n;
	return isdigit((unsigned char)*s) && *end == '\0' && n < UINT32_MAX;
}

bool conf_user_id(const char *name, uid_t *uid)
{
	const struct passwd *pw;

	if (is_number(name, uid))
		return true;
	pw = getpwnam(name);
	if (pw)
		*uid = pw->pw_uid;
	return pw != NULL;
}

bool conf_group_id(const char *name, gid_t *gid)
{
	const struct group *gr;

	if (is_number(name, gid))
		return true;
	gr = getgrnam(name);
	if (gr)
		*gid = gr->gr_gid;
	return gr != NULL;
}

static void check_user(
	struct check *k, const struct conf_marks *marks, const char *of, const char *user)
{
	const struct conf_mark *mark = check_mark(k, marks, "user", NULL);
	uid_t uid;

	if (!user || (!k->root && !check_is_set(marks, "user")))
		return;
	if (!conf_user_id(user, &uid))
		complain(k->c, mark->file, mark->line, "user%s: there is no user '%s'", of, user);
	else if (k->root && uid == 0)
		complain(k->c, mark->file, mark->line,
			"user%s is root: make a user of its own for it", of);
}

static void check_group(
	struct check *k, const struct conf_marks *marks, const char *of, const char *group)
{
	const struct conf_mark *mark = check_mark(k, marks, "group", NULL);
	gid_t gid;

	if (group && !conf_group_id(group, &gid))
		complain(
			k->c, mark->file, mark->line, "group%s: there is no group '%s'", of, group);
}

void check_identity(struct check *k, const struct conf_marks *marks, const char *of,
	const char *user, const char *group)
{
	check_user(k, marks, of, user);
	check_group(k, marks, of, group);
}
