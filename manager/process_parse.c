/* SPDX-License-Identifier: MIT
 *
 * process_parse: see process_parse.h.
 */
#include "manager/process_parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>

bool process_stat_parse(struct span text, struct process_stat *st)
{
	const char *open = memchr(text.p, '(', text.n), *close = memrchr(text.p, ')', text.n);
	char rest[512];
	int parent;
	size_t n;

	*st = (struct process_stat){0};
	if (!open || !close || close < open)
		return false;
	n = (size_t)(close - open) - 1;
	n = n < sizeof st->comm ? n : sizeof st->comm - 1;
	memcpy(st->comm, open + 1, n);
	n = text.n - (size_t)(close + 1 - text.p);
	n = n < sizeof rest ? n : sizeof rest - 1;
	memcpy(rest, close + 1, n);
	rest[n] = '\0';
	if (sscanf(rest,
		    " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		    " %*d %*d %*d %*d %u %*d %" SCNu64,
		    &st->state, &parent, &st->user, &st->system, &st->threads, &st->started) != 6)
		return false;
	st->parent = parent;
	return true;
}

bool process_field_kb(struct span text, const char *name, uint64_t *kb)
{
	size_t len = strlen(name);

	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		if (n > len && text.p[len] == ':' && memcmp(text.p, name, len) == 0) {
			char value[32] = "";
			size_t size = n - len - 1 < sizeof value ? n - len - 1 : sizeof value - 1;
			memcpy(value, text.p + len + 1, size);
			return sscanf(value, " %" SCNu64 " kB", kb) == 1;
		}
		text = span_from(text, end ? n + 1 : n);
	}
	return false;
}

/* "running", "-1 0x.. 0x..", or "NUMBER 0xARGUMENT ..." */
bool process_call_parse(struct span text, struct process_call *call)
{
	char line[128];
	size_t n = text.n < sizeof line ? text.n : sizeof line - 1;

	memcpy(line, n ? text.p : "", n);
	line[n] = '\0';
	*call = (struct process_call){0};
	call->runs = strncmp(line, "running", 7) == 0;
	if (call->runs)
		return true;
	if (sscanf(line, "%ld 0x%" SCNx64, &call->number, &call->first) != 2)
		return false;
	call->runs = call->number < 0;
	return true;
}

struct call {
	long number;
	const char *name;
	bool fd;
};

#define CALL(name)       {SYS_##name, #name, false},
#define CALL_OF_FD(name) {SYS_##name, #name, true},

/* Those in which programs are met that wait. An older call that an architecture does not have is
 * not missed there. */
static const struct call calls[] = {
	/* clang-format off */
	CALL_OF_FD(read) CALL_OF_FD(write) CALL_OF_FD(readv) CALL_OF_FD(writev)
	CALL_OF_FD(pread64) CALL_OF_FD(pwrite64) CALL_OF_FD(close) CALL_OF_FD(fsync)
	CALL_OF_FD(fdatasync) CALL_OF_FD(flock) CALL_OF_FD(fcntl) CALL_OF_FD(ioctl)
	CALL_OF_FD(connect) CALL_OF_FD(accept) CALL_OF_FD(accept4) CALL_OF_FD(recvfrom)
	CALL_OF_FD(recvmsg) CALL_OF_FD(sendto) CALL_OF_FD(sendmsg) CALL_OF_FD(epoll_pwait)
	CALL_OF_FD(getdents64) CALL_OF_FD(sendfile) CALL_OF_FD(fallocate) CALL_OF_FD(ftruncate)
	CALL(openat) CALL(ppoll) CALL(pselect6) CALL(futex) CALL(nanosleep) CALL(clock_nanosleep)
	CALL(wait4) CALL(waitid) CALL(rt_sigsuspend) CALL(rt_sigtimedwait) CALL(semtimedop)
	CALL(msgrcv) CALL(msgsnd) CALL(sched_yield) CALL(execve) CALL(mmap) CALL(munmap)
	CALL(madvise) CALL(restart_syscall) CALL(io_getevents) CALL(exit_group)
/* clang-format on */
#ifdef SYS_epoll_wait
								CALL_OF_FD(epoll_wait)
#endif
#ifdef SYS_open
									CALL(open)
#endif
#ifdef SYS_poll
										CALL(poll)
#endif
#ifdef SYS_select
											CALL(select)
#endif
#ifdef SYS_pause
												CALL(pause)
#endif
};

static const struct call *call_of(long number)
{
	for (size_t i = 0; i < nitems(calls); i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

const char *process_call_name(long number)
{
	const struct call *c = call_of(number);

	return c ? c->name : NULL;
}

bool process_call_has_fd(long number)
{
	const struct call *c = call_of(number);

	return c && c->fd;
}

const char *process_state_name(char state)
{
	static const char *const names[] = {"R (running)", "S (sleeping)",
		"D (in the kernel, not to be interrupted)", "Z (dead, not buried)", "T (stopped)",
		"t (traced)", "I (idle)", "X (dead)"};

	for (size_t i = 0; i < nitems(names); i++)
		if (names[i][0] == state)
			return names[i];
	return "?";
}
