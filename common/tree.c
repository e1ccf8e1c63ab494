/* SPDX-License-Identifier: MIT
 *
 * tree: see tree.h. /proc/PID/task/TID/children costs a look at one family (CONFIG_PROC_CHILDREN,
 * which nearly every kernel has); without it, the parent of every process is read.
 */
#include "common/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"

/* Families that grow as fast as they are read come to an end, too. */
#define TREE_MAX 65536u

static int proc_at = -1;

void tree_proc_at(int proc)
{
	proc_at = proc;
}

int tree_open(const char *below, int flags)
{
	char path[80];

	if (proc_at >= 0)
		return openat(proc_at, below, flags | O_CLOEXEC);
	snprintf(path, sizeof path, "/proc/%s", below);
	return open(path, flags | O_CLOEXEC);
}

static DIR *open_directory(const char *below)
{
	int fd = tree_open(below, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		fd_close(&fd);
	return dir;
}

void tree_clear(struct tree *t)
{
	t->n = 0;
}

void tree_free(struct tree *t)
{
	free(t->at);
	*t = (struct tree){.scans = t->scans};
}

static bool add(struct tree *t, pid_t pid)
{
	size_t cap = t->cap ? 2 * t->cap : 64;
	pid_t *at;

	if (t->n == TREE_MAX)
		return false;
	if (t->n == t->cap) {
		at = reallocarray(t->at, cap, sizeof *at);
		if (!at)
			return false;
		t->at = at;
		t->cap = cap;
	}
	t->at[t->n++] = pid;
	return true;
}

/* The number that a name in /proc is; 0: it is none. */
static pid_t number_of(const char *name)
{
	char *end;
	long n = strtol(name, &end, 10);

	return name[0] > '0' && name[0] <= '9' && *end == '\0' && n <= INT32_MAX ? (pid_t)n : 0;
}

/* ---- by lists ---- */

/* "12 345 ": a number may lie across two reads. */
static bool read_list(struct tree *t, int fd)
{
	char bytes[4096];
	pid_t pid = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (bytes[i] >= '0' && bytes[i] <= '9') {
				pid = pid * 10 + (bytes[i] - '0');
				continue;
			}
			if (pid && !add(t, pid))
				return false;
			pid = 0;
		}
	}
	return n == 0 || errno == ESRCH;
}

/* Who is gone has no children any more. */
static bool list_of_thread(struct tree *t, pid_t pid, pid_t thread)
{
	char path[64];
	int fd;
	bool ok;

	snprintf(path, sizeof path, "%d/task/%d/children", (int)pid, (int)thread);
	fd = tree_open(path, O_RDONLY);
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH;
	ok = read_list(t, fd);
	fd_close(&fd);
	return ok;
}

static bool list_children(struct tree *t, pid_t pid)
{
	char path[32];
	const struct dirent *e;
	DIR *threads;
	bool ok = true;

	snprintf(path, sizeof path, "%d/task", (int)pid);
	threads = open_directory(path);
	if (!threads)
		return errno == ENOENT || errno == ESRCH;
	while (ok && (e = readdir(threads)))
		if (number_of(e->d_name))
			ok = list_of_thread(t, pid, number_of(e->d_name));
	closedir(threads);
	return ok;
}

/* ---- by a look at everybody ---- */

/* "12 (any (name) x) S 1 ...": 0 if it is gone. */
static pid_t parent_of(pid_t pid)
{
	char path[32], line[512];
	const char *name_end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%d/stat", (int)pid);
	fd = tree_open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
	fd_close(&fd);
	line[n > 0 ? n : 0] = '\0';
	name_end = strrchr(line, ')');
	return name_end && strlen(name_end) > 4 ? (pid_t)atoi(name_end + 4) : 0;
}

struct kin {
	pid_t pid, parent;
};

struct everybody {
	struct kin *at;
	size_t n, cap;
};

static bool meet(struct everybody *all, pid_t pid)
{
	size_t cap = all->cap ? 2 * all->cap : 512;
	struct kin *at = all->at;

	if (all->n == all->cap) {
		at = reallocarray(at, cap, sizeof *at);
		if (!at)
			return false;
		all->at = at;
		all->cap = cap;
	}
	at[all->n++] = (struct kin){pid, parent_of(pid)};
	return true;
}

static bool scan(struct everybody *all)
{
	DIR *proc = open_directory(".");
	const struct dirent *e;
	bool ok = proc != NULL;

	while (ok && (e = readdir(proc)))
		if (number_of(e->d_name))
			ok = meet(all, number_of(e->d_name));
	if (proc)
		closedir(proc);
	return ok;
}

static bool add_children_of(struct tree *t, const struct everybody *all, pid_t pid)
{
	bool ok = true;

	for (size_t i = 0; i < all->n; i++)
		if (all->at[i].parent == pid)
			ok &= add(t, all->at[i].pid);
	return ok;
}

static bool scan_family(struct tree *t, pid_t pid, bool below)
{
	struct everybody all = {0};
	size_t next = t->n;
	bool ok = scan(&all);

	ok &= add_children_of(t, &all, pid);
	for (; below && next < t->n; next++)
		ok &= add_children_of(t, &all, t->at[next]);
	free(all.at);
	return ok;
}

/* ---- both ---- */

static bool must_scan(struct tree *t)
{
	int lists = t->scans ? -1 : tree_open("thread-self/children", O_PATH);

	t->scans |= lists < 0;
	fd_close(&lists);
	return t->scans;
}

bool tree_children(struct tree *t, pid_t pid)
{
	return must_scan(t) ? scan_family(t, pid, false) : list_children(t, pid);
}

bool tree_below(struct tree *t, pid_t pid)
{
	size_t next = t->n;
	bool ok;

	if (must_scan(t))
		return scan_family(t, pid, true);
	ok = list_children(t, pid);
	for (; next < t->n; next++)
		ok &= list_children(t, t->at[next]);
	return ok;
}
