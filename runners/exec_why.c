/* SPDX-License-Identifier: MIT
 *
 * exec_why: see exec_why.h. The kernel has one number for many mistakes (ENOENT is also what a
 * script with an absent interpreter gives), and its number is what CGI users ask about most. So the
 * file is looked at again, in the order in which the kernel did: is it there, may it be executed,
 * what does it begin with; and then the interpreter that it names, in the same way.
 */
#include "runners/exec_why.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/fd.h"

/* What the kernel reads of a file to see what it is (BINPRM_BUF_SIZE). */
#define HEAD_MAX 256
/* How many interpreters may be scripts themselves; then it gives up with ELOOP. */
#define DEPTH_MAX 6

/* A program seen again: what is at its path, and its first bytes. */
struct sight {
	int dir;             /* relative paths are meant from the script's directory */
	char path[PATH_MAX]; /* of the script, then of its interpreter, and so on */
	char name[PATH_MAX + HEAD_MAX + 64]; /* what a message calls it */
	int error;                           /* of looking at it */
	struct stat st;
	bool is_noexec, is_read;
	char head[HEAD_MAX + 1];
	size_t head_len;
	char interpreter[HEAD_MAX + 1]; /* of its #! line; empty: it has none */
	bool too_long;                  /* or none that fits */
};

struct text {
	char *to;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static bool say(const struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(t->to, t->size, fmt, args);
	va_end(args);
	return true;
}

/* ---- looking ---- */

/* Spaces and tabs, one path, then an argument or the end of the line: as the kernel reads it. A
 * CR is a byte like any other there, and that is the trap. */
static void see_interpreter(struct sight *s)
{
	const char *p = s->head + 2;
	size_t n;

	s->too_long = false;
	s->interpreter[0] = '\0';
	if (strncmp(s->head, "#!", 2) != 0)
		return;
	p += strspn(p, " \t");
	n = strcspn(p, " \t\n");
	s->too_long = p + n == s->head + HEAD_MAX;
	memcpy(s->interpreter, p, n);
	s->interpreter[n] = '\0';
}

static void see_head(struct sight *s)
{
	int fd = openat(s->dir, s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, s->head, HEAD_MAX);

	fd_close(&fd);
	s->is_read = n >= 0;
	s->head_len = n < 0 ? 0 : (size_t)n;
	s->head[s->head_len] = '\0';
	see_interpreter(s);
}

static void see(struct sight *s)
{
	int fd = openat(s->dir, s->path, O_PATH | O_CLOEXEC);
	struct statvfs fs;

	s->error = fd < 0 || fstat(fd, &s->st) < 0 ? errno : 0;
	s->is_noexec = !s->error && fstatvfs(fd, &fs) == 0 && fs.f_flag & ST_NOEXEC;
	fd_close(&fd);
	if (!s->error && S_ISREG(s->st.st_mode))
		see_head(s);
}

/* ---- what is wrong with it. False: nothing that can be seen ---- */

/* The first directory on the way that may not be searched. */
static bool why_out_of_reach(const char *path, const struct text *t)
{
	char part[PATH_MAX];

	if (path[0] != '/')
		return false;
	for (const char *p = path; p; p = strchr(p + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", p == path ? 1 : (int)(p - path), path);
		if (faccessat(AT_FDCWD, part, X_OK, AT_EACCESS) != 0 && errno == EACCES)
			return say(t, "the pool's user may not search (x) %s", part);
	}
	return false;
}

static bool why_not_there(const struct sight *s, const struct text *t)
{
	if (s->error == EACCES && why_out_of_reach(s->path, t))
		return true;
	if (s->error == ENOENT)
		return say(t, "%s does not exist", s->name);
	return say(t, "%s: %s", s->name, strerror(s->error));
}

static bool why_not_allowed(const struct sight *s, const struct text *t)
{
	if (!S_ISREG(s->st.st_mode))
		return say(t, "%s is not a regular file", s->name);
	if (s->is_noexec)
		return say(t, "%s lies on a file system that is mounted noexec", s->name);
	if (faccessat(s->dir, s->path, X_OK, AT_EACCESS) != 0)
		return say(t, "%s is not executable by its pool's user (mode %04o)", s->name,
			(unsigned)s->st.st_mode & 07777);
	return false;
}

static bool why_interpreter(const struct sight *s, const struct text *t)
{
	const char *cr = strchr(s->interpreter, '\r');

	if (faccessat(s->dir, s->interpreter, F_OK, AT_EACCESS) == 0 || errno != ENOENT)
		return false; /* it is looked at next */
	if (cr && cr[1] == '\0')
		return say(t, "the #! line of %s ends in CR, a DOS line end", s->name);
	if (cr)
		return say(t, "the lines of %s end in CR and not in LF", s->name);
	if (s->interpreter[0] != '/')
		return say(t,
			"the interpreter %s of %s does not exist: a #! line needs a whole path, or "
			"/usr/bin/env before the name",
			s->interpreter, s->name);
	return say(t, "the interpreter %s of %s does not exist", s->interpreter, s->name);
}

/* What stands before the #! is not seen in most editors. */
static bool why_no_line(const struct sight *s, const struct text *t)
{
	const char *p = s->head + strspn(s->head, " \t\r\n");

	if (strncmp(s->head, "\xef\xbb\xbf#!", 5) == 0)
		return say(t, "a byte order mark stands before the #! of %s", s->name);
	if (s->head_len > 1 &&
		(memcmp(s->head, "\xff\xfe", 2) == 0 || !memcmp(s->head, "\xfe\xff", 2)))
		return say(t, "%s is written in UTF-16", s->name);
	if (strncmp(p, "#!", 2) == 0)
		return say(t, "blanks or empty lines stand before the #! of %s", s->name);
	return say(t, "%s has no #! line and is not a program", s->name);
}

static bool why_contents(const struct sight *s, int error, const struct text *t)
{
	if (s->st.st_size == 0)
		return say(t, "%s is empty", s->name);
	if (!s->is_read)
		return say(t, "%s: %s (the pool's user may not read it to see why)", s->name,
			strerror(error));
	if (s->too_long)
		return say(t,
			"the #! line of %s is too long: the path does not end within %d bytes",
			s->name, HEAD_MAX);
	if (strncmp(s->head, "#!", 2) == 0)
		return say(t, "the #! line of %s names no interpreter", s->name);
	if (s->head_len < 4 || memcmp(s->head, "\177ELF", 4) != 0)
		return why_no_line(s, t);
	if (error == ENOENT)
		return say(t, "the program loader that %s wants does not exist", s->name);
	if (error == ENOEXEC)
		return say(t, "%s is a program, but not for this machine, or damaged", s->name);
	return say(t, "%s: %s", s->name, strerror(error));
}

/* ---- all of it ---- */

/* The interpreter takes the script's place. */
static void descend(struct sight *s)
{
	char name[sizeof s->name];

	snprintf(name, sizeof name, "the interpreter %s of %s", s->interpreter, s->path);
	memcpy(s->name, name, sizeof name);
	snprintf(s->path, sizeof s->path, "%s", s->interpreter);
}

static bool why_not_executed(struct sight *s, int error, const struct text *t)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		see(s);
		if (s->error)
			return why_not_there(s, t);
		if (why_not_allowed(s, t))
			return true;
		if (!s->interpreter[0] || s->too_long)
			return why_contents(s, error, t);
		if (why_interpreter(s, t))
			return true;
		descend(s);
	}
	return say(t, "%s: too many interpreters are scripts that need an interpreter", s->name);
}

static void why_exec(const struct exec_job *job, const struct text *t)
{
	struct sight s = {.dir = AT_FDCWD};

	snprintf(s.path, sizeof s.path, "%s", job->argv.at[0]);
	snprintf(s.name, sizeof s.name, "%s", s.path);
	if (job->error == E2BIG) {
		say(t, "arguments and environment are too large for the system");
		return;
	}
	if (job->error == ETXTBSY) {
		say(t, "%s is still open for writing", s.path);
		return;
	}
	if (job->directory[0])
		s.dir = open(job->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	why_not_executed(&s, job->error, t);
	if (s.dir >= 0)
		fd_close(&s.dir);
}

static void why_directory(const struct exec_job *job, const struct text *t)
{
	if (job->error != EACCES || !why_out_of_reach(job->directory, t))
		say(t, "directory %s: %s", job->directory, strerror(job->error));
}

const char *exec_why(const struct exec_job *job, char *to, size_t size)
{
	struct text t = {to, size};

	if (job->step == STEP_EXEC)
		why_exec(job, &t);
	else if (job->step == STEP_DIRECTORY)
		why_directory(job, &t);
	else if (job->step == STEP_LIMITS)
		say(&t, "its limits (rlimit) cannot be set: %s", strerror(job->error));
	else if (job->step == STEP_PROCESS && job->error == EAGAIN)
		say(&t, "no more processes: the pool's user or group is at its limit");
	else
		say(&t, "not started: %s", strerror(job->error));
	return to;
}
