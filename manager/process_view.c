/* SPDX-License-Identifier: MIT
 *
 * process_view: see process_view.h.
 *
 * smaps_rollup is read under the lock of the process's memory, which a thread that hangs in the
 * kernel may hold for as long as it hangs: of such a process that is not asked. All else is read
 * without.
 */
#include "manager/process_view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/tree.h"

#define FILE_MAX      8192
#define STACK_MAX     12 /* lines */
#define FILES_MAX     10
#define CHILDREN_MAX  16
#define THREADS_MAX   16
#define COUNT_MAX     100000 /* of directory entries: whoever has more has "more" */
#define ANCESTORS_MAX 64

/* ---- reading ---- */

/* What of a file fits; -1 with errno. */
static ssize_t read_file(pid_t pid, const char *name, char to[FILE_MAX])
{
	char path[64];
	ssize_t n = -1;
	int fd, kept;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		n = read(fd, to, FILE_MAX - 1);
	kept = errno;
	fd_close(&fd);
	errno = kept;
	to[n > 0 ? n : 0] = '\0';
	return n;
}

bool process_stat_read(pid_t pid, struct process_stat *st)
{
	char text[FILE_MAX];
	ssize_t n = read_file(pid, "stat", text);

	return n > 0 && process_stat_parse((struct span){text, (size_t)n}, st);
}

bool process_is_below(pid_t pid, pid_t ancestor)
{
	struct process_stat st;

	for (int i = 0; i < ANCESTORS_MAX && pid > 1 && process_stat_read(pid, &st); i++) {
		pid = st.parent;
		if (pid == ancestor)
			return true;
	}
	return false;
}

/* ---- writing ---- */

static const char *reason(int error)
{
	return error == EACCES || error == EPERM ? "not allowed" : strerror(error);
}

static void put_text(struct buf *out, const char *text)
{
	char safe[1024];

	log_escape(safe, sizeof safe, text, strlen(text));
	buf_puts(out, safe);
}

/* The kernel shows a 0 to those whom it shows nothing. */
static void put_wchan(pid_t pid, const char *dir, char state, struct buf *out)
{
	char text[FILE_MAX], name[48];
	ssize_t n;

	snprintf(name, sizeof name, "%swchan", dir);
	n = read_file(pid, name, text);
	if (n < 0)
		buf_puts(out, reason(errno));
	else if (n > 0 && strcmp(text, "0") != 0)
		put_text(out, text);
	else
		buf_puts(out, state == 'R' ? "nothing" : "not shown");
}

static void put_fd(pid_t pid, uint64_t fd, struct buf *out)
{
	char path[64], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/fd/%" PRIu64, (int)pid, fd);
	n = readlink(path, target, sizeof target - 1);
	target[n > 0 ? n : 0] = '\0';
	put_text(out, n >= 0 ? target : reason(errno));
}

static void put_process(pid_t pid, const struct process_stat *st, struct buf *out)
{
	buf_puts(out, "process = ");
	put_text(out, st->comm);
	buf_putf(out, ", %s, %u thread%s\nwaits_in = ", process_state_name(st->state), st->threads,
		st->threads == 1 ? "" : "s");
	put_wchan(pid, "", st->state, out);
	buf_puts(out, "\n");
}

static void put_call(pid_t pid, struct buf *out)
{
	struct process_call call;
	char text[FILE_MAX];
	ssize_t n = read_file(pid, "syscall", text);
	const char *name;

	buf_puts(out, "syscall = ");
	if (n <= 0 || !process_call_parse((struct span){text, (size_t)n}, &call)) {
		buf_puts(out, n < 0 ? reason(errno) : "not known");
	} else if (call.runs) {
		buf_puts(out, "none");
	} else {
		name = process_call_name(call.number);
		buf_putf(out, "%ld%s%s", call.number, name ? " " : "", name ? name : "");
	}
	if (n > 0 && !call.runs && process_call_has_fd(call.number)) {
		buf_putf(out, ", of descriptor %" PRIu64 ", ", call.first & UINT32_MAX);
		put_fd(pid, call.first & UINT32_MAX, out);
	}
	buf_puts(out, "\n");
}

static void put_stack(pid_t pid, struct buf *out)
{
	char text[FILE_MAX], *rest = text, *line;
	ssize_t n = read_file(pid, "stack", text);

	if (n <= 0)
		buf_putf(out, "stack = %s\n", n < 0 ? reason(errno) : "empty");
	for (int i = 0; i < STACK_MAX && (line = strsep(&rest, "\n")) && *line; i++) {
		buf_puts(out, "stack = ");
		put_text(out, line);
		buf_puts(out, "\n");
	}
}

static void put_cpu(const struct process_stat *st, struct buf *out)
{
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);

	buf_putf(out,
		"cpu = %" PRIu64 ".%02" PRIu64 " sec user, %" PRIu64 ".%02" PRIu64 " sec system\n",
		st->user / hz, st->user % hz * 100 / hz, st->system / hz,
		st->system % hz * 100 / hz);
}

static bool may_ask_for_pss(pid_t pid, const struct process_stat *st)
{
	char name[48], text[FILE_MAX];
	struct process_stat thread;
	const struct dirent *e;
	bool may = st->state != 'D';
	DIR *dir;

	snprintf(name, sizeof name, "/proc/%d/task", (int)pid);
	dir = opendir(name);
	for (int i = 0; dir && may && (e = readdir(dir)); i++) {
		ssize_t n;
		snprintf(name, sizeof name, "task/%.20s/stat", e->d_name);
		n = e->d_name[0] == '.' ? 0 : read_file(pid, name, text);
		if (n > 0 && process_stat_parse((struct span){text, (size_t)n}, &thread))
			may = thread.state != 'D' && i < 64;
	}
	if (dir)
		closedir(dir);
	return may;
}

static void put_memory(pid_t pid, const struct process_stat *st, struct buf *out)
{
	char text[FILE_MAX];
	ssize_t n = read_file(pid, "status", text);
	uint64_t kb;

	if (n > 0 && process_field_kb((struct span){text, (size_t)n}, "VmRSS", &kb))
		buf_putf(out, "memory = %" PRIu64 " kB resident", kb);
	else
		buf_puts(out, "memory = not known");
	if (!may_ask_for_pss(pid, st)) {
		buf_puts(out, ", its own part not asked for, as it hangs in the kernel\n");
		return;
	}
	n = read_file(pid, "smaps_rollup", text);
	if (n > 0 && process_field_kb((struct span){text, (size_t)n}, "Pss", &kb))
		buf_putf(out, ", %" PRIu64 " kB its own part\n", kb);
	else
		buf_putf(out, ", its own part %s\n", n < 0 ? reason(errno) : "not known");
}

static void put_files(pid_t pid, struct buf *out)
{
	char path[32];
	const struct dirent *e;
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir) {
		buf_putf(out, "files = %s\n", reason(errno));
		return;
	}
	while (count < COUNT_MAX && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		if (count++ < FILES_MAX) {
			buf_putf(out, "file = %s ", e->d_name);
			put_fd(pid, strtoull(e->d_name, NULL, 10), out);
			buf_puts(out, "\n");
		}
	}
	closedir(dir);
	buf_putf(out, "files = %u open\n", count);
}

static void put_threads(pid_t pid, struct buf *out)
{
	char name[64], text[FILE_MAX];
	struct process_stat st;
	const struct dirent *e;
	DIR *dir;

	snprintf(name, sizeof name, "/proc/%d/task", (int)pid);
	dir = opendir(name);
	for (int i = 0; dir && i < THREADS_MAX && (e = readdir(dir));) {
		ssize_t n;
		if (e->d_name[0] == '.' || atoi(e->d_name) == pid)
			continue;
		i++;
		snprintf(name, sizeof name, "task/%.20s/stat", e->d_name);
		n = read_file(pid, name, text);
		if (n <= 0 || !process_stat_parse((struct span){text, (size_t)n}, &st))
			continue;
		buf_putf(out, "thread = %s ", e->d_name);
		put_text(out, st.comm);
		buf_putf(out, ", %s, ", process_state_name(st.state));
		snprintf(name, sizeof name, "task/%.20s/", e->d_name);
		put_wchan(pid, name, st.state, out);
		buf_puts(out, "\n");
	}
	if (dir)
		closedir(dir);
}

/* Level by level, until there are enough of them. */
static void put_children(pid_t pid, struct buf *out)
{
	struct tree below = {NULL, 0, 0, false};
	struct process_stat st;

	tree_children(&below, pid);
	for (size_t i = 0; i < below.n && i < CHILDREN_MAX; i++) {
		if (below.n <= CHILDREN_MAX)
			tree_children(&below, below.at[i]);
		if (!process_stat_read(below.at[i], &st))
			continue;
		buf_putf(out, "child = %d ", (int)below.at[i]);
		put_text(out, st.comm);
		buf_putf(out, ", %s, ", process_state_name(st.state));
		put_wchan(below.at[i], "", st.state, out);
		buf_puts(out, "\n");
	}
	if (below.n > CHILDREN_MAX)
		buf_puts(out, "child = and more\n");
	tree_free(&below);
}

bool process_view_put(pid_t pid, struct buf *out)
{
	struct process_stat st;

	if (!process_stat_read(pid, &st))
		return false;
	put_process(pid, &st, out);
	put_call(pid, out);
	put_stack(pid, out);
	put_cpu(&st, out);
	put_memory(pid, &st, out);
	put_files(pid, out);
	if (st.threads > 1)
		put_threads(pid, out);
	put_children(pid, out);
	return true;
}
