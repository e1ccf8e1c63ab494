/* SPDX-License-Identifier: MIT
 *
 * script_walk: see script_walk.h.
 *
 * Each segment is one descriptor, and all that is asked of it (type, mode, owner, where a link
 * leads) is asked of that descriptor: nobody can put something else in its place between two
 * questions. The runner starts the script by its name all the same, because a script has to find
 * itself in $0 and its neighbours beside it. So nothing is run that just anybody could exchange in
 * the meantime: no file that everybody may write to, and none in such a directory (suEXEC had the
 * rule first, and CVE-2007-1741 shows what for).
 */
#include "gateway/script_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/script_name.h"
#include "gateway/http_target.h"

#define LOOK (O_PATH | O_CLOEXEC)

/* ---- refusals ---- */

LOG_PRINTF(3, 4)
static int refuse(struct script_walk *w, int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(w->why, sizeof w->why, fmt, args);
	va_end(args);
	return status;
}

/* What the kernel's refusal means for the client. */
static int refuse_errno(struct script_walk *w, int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return 404;
	case EACCES:
		return refuse(w, 403,
			"the gateway's user may not search (x) this directory or one on the way");
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return refuse(w, 503, "%s", strerror(err));
	default:
		return refuse(w, 500, "%s", strerror(err));
	}
}

/* ---- names ---- */

/* The segment behind the first `at` bytes, without its slash. */
static struct span segment_at(struct span path, size_t at)
{
	struct span rest = span_from(path, at + 1);
	const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;

	return slash ? (struct span){rest.p, (size_t)(slash - rest.p)} : rest;
}

static bool is_hidden(const struct script_walk *w, struct span path, struct span segment)
{
	size_t end = (size_t)(segment.p + segment.n - path.p);

	if (!w->well_known)
		return segment.p[0] == '.';
	return http_target_is_hidden((struct span){path.p, end + (end < path.n)});
}

static bool is_leftover(const struct script_walk *w, struct span path, struct span segment)
{
	if (!w->strict || !script_name_is_leftover(segment))
		return false;
	log_debug("script %s%.*s: not looked for, it is named like what an editor or a package "
		  "manager leaves behind",
		w->root, (int)(segment.p + segment.n - path.p), path.p);
	return true;
}

/* False: it has no letters. */
static bool swap_case(const char *name, char *to)
{
	bool any = false;

	for (; *name; name++, to++) {
		bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');
		*to = (char)(letter ? *name ^ 0x20 : *name);
		any |= letter;
	}
	*to = '\0';
	return any;
}

static bool lists(DIR *list, const char *name)
{
	const struct dirent *e;

	while ((e = readdir(list)))
		if (strcmp(e->d_name, name) == 0)
			return true;
	return false;
}

/* A file system that folds case opens hello.py as HELLO.PY, and then what is said of *.py does not
 * hold for it (lighttpd CVE-2008-4360); some drop final dots, or have a second, short name for each
 * file. The kernel remembers a file by the name it was asked for, so the directory alone knows. It
 * is read only where a name in the other case is there as well. */
static int check_real_name(struct script_walk *w, int dir, const char *name)
{
	char other[NAME_MAX + 1];
	struct stat st;
	DIR *list;
	int fd;
	bool real;

	if (!swap_case(name, other) ||
		fstatat(dir, other, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return 0;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd < 0 ? NULL : fdopendir(fd);
	if (!list && errno == EACCES)
		return refuse(w, 403,
			"names of another case mean it as well, and the gateway's user may not "
			"read (r) the directory to see which is right");
	if (!list) {
		int err = errno;
		fd_close(&fd);
		return refuse_errno(w, err);
	}
	real = lists(list, name);
	closedir(list);
	return real ? 0 : 404;
}

/* ---- links ---- */

/* The kernel follows the rest in one piece; links of /proc that lead to what another process has
 * open, or stands in, are not for us. */
static int open_target(const struct script_walk *w, int dir, const char *target)
{
	struct open_how how = {.flags = LOOK, .resolve = RESOLVE_NO_MAGICLINKS};
	long fd = syscall(SYS_openat2, dir, target, &how, sizeof how);

	if (fd < 0 && (errno == ENOSYS || errno == EPERM) && w->follow == FOLLOW_ALL)
		return openat(dir, target, LOOK);
	return (int)fd;
}

static int refuse_link(struct script_walk *w, int err)
{
	if (err == ELOOP)
		return refuse(w, 403, "this link leads in circles, or by a link of /proc");
	if (err == ENOSYS || err == EPERM)
		return refuse(w, 403,
			"this link cannot be judged, as openat2(2) is not permitted here: set "
			"follow_symlinks = yes, or permit it");
	return refuse_errno(w, err);
}

static int may_follow(struct script_walk *w, uid_t owner)
{
	uid_t other = w->st.st_uid;

	if (w->follow == FOLLOW_NONE)
		return refuse(w, 403,
			"follow_symlinks = no, and this is a link (of user %u, to what belongs to "
			"user %u)",
			owner, other);
	if (w->follow == FOLLOW_OWNER && owner != other)
		return refuse(w, 403,
			"this link belongs to user %u and what it leads to belongs to user %u: "
			"give both one owner (chown -h), or set follow_symlinks = yes",
			owner, other);
	return 0;
}

/* From here on *fd and w->st are what the link leads to. */
static int follow(struct script_walk *w, int dir, int *fd)
{
	uid_t owner = w->st.st_uid;
	char target[PATH_MAX];
	ssize_t n = readlinkat(*fd, "", target, sizeof target - 1);
	int to;

	if (n < 0)
		return refuse_errno(w, errno);
	target[n] = '\0';
	to = open_target(w, dir, target);
	if (to < 0)
		return refuse_link(w, errno);
	fd_close(fd);
	*fd = to;
	if (fstat(to, &w->st) < 0)
		return refuse_errno(w, errno);
	return may_follow(w, owner);
}

/* ---- what is not run ---- */

/* With the sticky bit, everybody may add to a directory, and take nothing away. */
static bool is_open_to_all(const struct stat *dir)
{
	return (dir->st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH;
}

static bool is_script(int fd)
{
	char path[40], head[2];
	int file;
	bool is;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	is = file >= 0 && read(file, head, 2) == 2 && memcmp(head, "#!", 2) == 0;
	fd_close(&file);
	return is;
}

/* "env" is what many call a script of theirs that shows its environment. */
static bool is_interpreter(struct span name, int fd)
{
	return script_name_is_interpreter(name) && !(span_is(name, "env") && is_script(fd));
}

/* Where a file really lies that a link has led to. */
static int examine_origin(struct script_walk *w, int fd)
{
	char link[40], path[PATH_MAX];
	struct stat dir;
	struct span name;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n <= 0 || path[0] != '/')
		return refuse(w, 403, "it cannot be told where this link leads (is /proc there?)");
	path[n] = '\0';
	name = script_name_of(span_of(path));
	if (is_interpreter(name, fd))
		return refuse(w, 403,
			"this link leads to an interpreter, %s, which would run what clients "
			"send: name it in interpreter[.EXTENSION]",
			path);
	path[name.p - path] = '\0';
	if (stat(path, &dir) < 0)
		return refuse_errno(w, errno);
	if (is_open_to_all(&dir))
		return refuse(w, 403,
			"this link leads to a file in %s, a directory that everybody may write to "
			"(mode %04o): chmod o-w it",
			path, dir.st_mode & 07777);
	return 0;
}

static int examine(struct script_walk *w, struct span name, int fd, bool linked)
{
	if (is_interpreter(name, fd))
		return refuse(w, 403,
			"it is named like an interpreter, which would run what clients send: name "
			"it in interpreter[.EXTENSION], or call a script of your own otherwise");
	if (w->st.st_mode & S_IWOTH)
		return refuse(w, 403, "everybody may write to it (mode %04o): chmod o-w it",
			w->st.st_mode & 07777);
	return linked ? examine_origin(w, fd) : 0;
}

/* ---- the walk ---- */

/* *fd is what was found under this name; it becomes what that leads to. */
static int look(struct script_walk *w, int dir, const char *name, int *fd)
{
	int status = fstat(*fd, &w->st) < 0 ? refuse_errno(w, errno) : 0;
	bool linked = S_ISLNK(w->st.st_mode);

	if (!status && w->strict)
		status = check_real_name(w, dir, name);
	if (!status && linked)
		status = follow(w, dir, fd);
	if (status || S_ISDIR(w->st.st_mode))
		return status;
	if (!span_ends(span_of(name), w->suffix))
		return 404;
	if (!S_ISREG(w->st.st_mode))
		return refuse(w, 403, "it is neither a file nor a directory");
	return w->strict ? examine(w, span_of(name), *fd, linked) : 0;
}

/* One segment down from *dir, which becomes what is found there. */
static int step(struct script_walk *w, struct span path, int *dir)
{
	struct span segment = segment_at(path, w->len);
	char name[NAME_MAX + 1];
	int status, fd;

	if (is_hidden(w, path, segment) || is_leftover(w, path, segment) || segment.n > NAME_MAX)
		return 404;
	memcpy(name, segment.p, segment.n);
	name[segment.n] = '\0';
	if (w->strict && is_open_to_all(&w->st))
		return refuse(w, 403,
			"everybody may write to this directory (mode %04o), so nothing in it is "
			"run: chmod o-w it",
			w->st.st_mode & 07777);
	fd = openat(*dir, name, LOOK | O_NOFOLLOW);
	if (fd < 0)
		return refuse_errno(w, errno);
	w->len += 1 + segment.n;
	status = look(w, *dir, name, &fd);
	fd_close(dir);
	*dir = fd;
	return status;
}

int script_walk(struct script_walk *w, struct span path)
{
	int fd = open(w->root, LOOK | O_DIRECTORY);
	int status = 0;

	w->len = 0;
	w->why[0] = '\0';
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		status = refuse(w, 404, "%s: no script can be found below it", strerror(errno));
	else if (fd < 0 || fstat(fd, &w->st) < 0)
		status = refuse_errno(w, errno);
	while (!status && S_ISDIR(w->st.st_mode)) {
		if (w->len + 1 >= path.n)
			status = SCRIPT_WALK_DIRECTORY; /* a final slash names nothing more */
		else
			status = step(w, path, &fd);
	}
	fd_close(&fd);
	return status;
}
