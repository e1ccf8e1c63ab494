/* SPDX-License-Identifier: MIT
 *
 * exec_why: see exec_why.h. The kernel has one number for many mistakes (ENOENT is also what a
 * script with an absent interpreter gives), and its number is what CGI users ask about most.
 */
#include "runners/exec_why.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"

/* What the kernel reads of a file to see what it is (BINPRM_BUF_SIZE). */
#define HEAD_MAX 256

/* A program seen again: what is at its path, and its first bytes. */
struct sight {
	int dir; /* relative paths are meant from the script's directory */
	const char *path;
	struct stat st;
	bool exists;
	char head[HEAD_MAX + 1];
	size_t head_len;
	char interpreter[HEAD_MAX + 1]; /* of its #! line; empty: it has none */
};

/* Spaces and tabs, one path, then an argument or the end of the line: as the kernel reads it. A
 * CR is a byte like any other there, and that is the trap. */
static void see_interpreter(struct sight *s)
{
	const char *p = s->head + 2;
	size_t n;

	if (strncmp(s->head, "#!", 2) != 0)
		return;
	p += strspn(p, " \t");
	n = strcspn(p, " \t\n");
	memcpy(s->interpreter, p, n);
	s->interpreter[n] = '\0';
}

static void see(struct sight *s, const struct exec_job *job)
{
	int fd;

	*s = (struct sight){.dir = AT_FDCWD, .path = job->argv.at[0]};
	if (job->directory[0])
		s->dir = open(job->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	s->exists = fstatat(s->dir, s->path, &s->st, 0) == 0;
	if (!s->exists || !S_ISREG(s->st.st_mode))
		return;
	fd = openat(s->dir, s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0) {
		ssize_t n = read(fd, s->head, HEAD_MAX);
		s->head_len = n < 0 ? 0 : (size_t)n;
		fd_close(&fd);
		see_interpreter(s);
	}
}

static void sight_end(struct sight *s)
{
	if (s->dir >= 0)
		fd_close(&s->dir);
}

static void why_absent(const struct sight *s, char *to, size_t size)
{
	size_t n = strlen(s->interpreter);

	if (!s->exists)
		snprintf(to, size, "%s does not exist", s->path);
	else if (n && s->interpreter[n - 1] == '\r')
		snprintf(to, size, "the #! line of %s ends in CR, a DOS line end", s->path);
	else if (n)
		snprintf(to, size, "the interpreter %s of %s does not exist", s->interpreter,
			s->path);
	else
		snprintf(to, size, "the program loader that %s wants does not exist", s->path);
}

static void why_denied(const struct sight *s, char *to, size_t size)
{
	if (!s->exists)
		snprintf(to, size, "%s is out of reach: no right to search a directory above it",
			s->path);
	else if (!S_ISREG(s->st.st_mode))
		snprintf(to, size, "%s is not a regular file", s->path);
	else if (faccessat(s->dir, s->path, X_OK, AT_EACCESS) != 0)
		snprintf(to, size, "%s is not executable by its pool's user (mode %04o)", s->path,
			(unsigned)s->st.st_mode & 07777);
	else if (s->interpreter[0])
		snprintf(to, size, "the interpreter %s of %s is not executable", s->interpreter,
			s->path);
	else
		snprintf(to, size, "%s may not be executed (a file system mounted noexec?)",
			s->path);
}

static void why_no_program(const struct sight *s, char *to, size_t size)
{
	if (s->exists && s->st.st_size == 0)
		snprintf(to, size, "%s is empty", s->path);
	else if (strncmp(s->head, "\xef\xbb\xbf#!", 5) == 0)
		snprintf(to, size, "a byte order mark stands before the #! of %s", s->path);
	else if (strncmp(s->head, "#!", 2) == 0)
		snprintf(to, size, "the #! line of %s names no interpreter, or is too long",
			s->path);
	else if (strncmp(s->head, "\177ELF", 4) == 0)
		snprintf(to, size, "%s is a program, but not for this machine", s->path);
	else
		snprintf(to, size, "%s has no #! line and is not a program", s->path);
}

static void why_not_executed(const struct exec_job *job, char *to, size_t size)
{
	struct sight s;

	see(&s, job);
	if (job->error == ENOENT)
		why_absent(&s, to, size);
	else if (job->error == EACCES)
		why_denied(&s, to, size);
	else if (job->error == ENOEXEC)
		why_no_program(&s, to, size);
	else if (job->error == E2BIG)
		snprintf(to, size, "arguments and environment are too large for the system");
	else if (job->error == ETXTBSY)
		snprintf(to, size, "%s is still open for writing", s.path);
	else
		snprintf(to, size, "%s: %s", s.path, strerror(job->error));
	sight_end(&s);
}

const char *exec_why(const struct exec_job *job, char *to, size_t size)
{
	if (job->step == STEP_EXEC)
		why_not_executed(job, to, size);
	else if (job->step == STEP_DIRECTORY)
		snprintf(to, size, "directory %s: %s", job->directory, strerror(job->error));
	else if (job->step == STEP_LIMITS)
		snprintf(to, size, "its limits (rlimit) cannot be set: %s", strerror(job->error));
	else if (job->step == STEP_PROCESS && job->error == EAGAIN)
		snprintf(to, size, "no more processes: the pool's user or group is at its limit");
	else
		snprintf(to, size, "not started: %s", strerror(job->error));
	return to;
}
