/* SPDX-License-Identifier: MIT
 *
 * patron: this program in the gateway's place, with the real hearth-exec at the other end.
 * HEARTH_EXEC names the binary; without it, it is where the Makefile puts it, beside unit/.
 *
 * That something has ended is seen as the end of file of a pipe it held: no clock, no sleep.
 */
#ifndef HEARTH_TEST_PATRON_H
#define HEARTH_TEST_PATRON_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/chan.h"
#include "common/fd.h"

#define PATIENCE_MS 30000

/* A runner, our end of its channel, and the latest letter. */
static struct {
	pid_t pid;
	int fd;
	int binary;
	char bytes[CHAN_MAX];
	union msg m;
} rn = {.fd = -1, .binary = -1};

/* Our ends of a script's pipes. */
struct ends {
	int in, out, err;
};

static char dir[] = "/tmp/check_exec.XXXXXX";

static inline void find_binary(void)
{
	const char *named = getenv("HEARTH_EXEC");
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(path, '/') = '\0';
	strcat(path, "/hearth-exec");
	rn.binary = open(named ? named : path, O_PATH | O_CLOEXEC);
	ck_assert_msg(rn.binary >= 0, "no runner at %s", named ? named : path);
}

static inline void await(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	ck_assert_msg(poll(&p, 1, PATIENCE_MS) == 1, "nothing came");
}

/* The next letter, which must be of this type. */
static inline const union msg *expect(enum msg_type type)
{
	enum msg_type got = MSG_HELLO;
	ssize_t n;

	await(rn.fd);
	n = recv(rn.fd, rn.bytes, sizeof rn.bytes, 0);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_null(msg_decode((struct span){rn.bytes, (size_t)n}, &got, &rn.m));
	ck_assert_str_eq(msg_rows[got].name, msg_rows[type].name);
	return &rn.m;
}

static inline void expect_end_of_channel(void)
{
	char byte;

	await(rn.fd);
	ck_assert_int_le(recv(rn.fd, &byte, 1, 0), 0);
}

static inline int expect_end_of_runner(void)
{
	int status;

	ck_assert_int_eq(waitpid(rn.pid, &status, 0), rn.pid);
	return status;
}

/* What a manager could leave to a runner, and a script must never see: a signal ignored, others
 * blocked, a descriptor. */
static inline void spoil(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ck_assert_int_eq(dup2(STDERR_FILENO, 9), 9);
}

static inline void start_runner_with(char *const argv[], void (*before_exec)(void))
{
	int ends[2];

	find_binary();
	ck_assert_int_eq(fd_seqpair(ends), 0);
	rn.fd = ends[0];
	rn.pid = fork();
	if (rn.pid == 0) {
		int binary = fcntl(rn.binary, F_DUPFD_CLOEXEC, 20);
		before_exec();
		if (dup2(ends[1], 3) == 3)
			fexecve(binary, argv, environ);
		_exit(126);
	}
	fd_close(&ends[1]);
	ck_assert_uint_eq(expect(MSG_READY)->ready.pid, (uint32_t)rn.pid);
	ck_assert_uint_eq(rn.m.ready.version, 2); /* as PROTOCOL.md has it */
}

static inline void start_runner(void (*before_exec)(void))
{
	char *const argv[] = {(char[]){"hearth-exec"}, NULL};

	start_runner_with(argv, before_exec);
}

static inline void send_with(struct buf *letter, const int *fds, unsigned nfds)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * MSG_FDS_MAX)];
		struct cmsghdr align;
	} ctl = {.bytes = {0}};
	struct iovec iov = {buf_head(letter), buf_len(letter)};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nfds) {
		mh.msg_control = ctl.bytes;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);
		*cm = (struct cmsghdr){CMSG_LEN(sizeof(int) * nfds), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(cm), fds, sizeof(int) * nfds);
	}
	ck_assert_int_eq(sendmsg(rn.fd, &mh, MSG_NOSIGNAL), (ssize_t)iov.iov_len);
	buf_free(letter);
}

static inline struct ends send_run(const struct msg_run *run)
{
	struct buf letter = BUF_INIT;
	int in[2], out[2], err[2];

	ck_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
		  pipe2(err, O_CLOEXEC) == 0);
	ck_assert(msg_encode(&letter, MSG_RUN, run));
	send_with(&letter, (int[]){in[0], out[1], err[1]}, 3);
	fd_close(&in[0]);
	fd_close(&out[1]);
	fd_close(&err[1]);
	return (struct ends){in[1], out[0], err[0]};
}

static inline void close_ends(struct ends *e)
{
	fd_close(&e->in);
	fd_close(&e->out);
	fd_close(&e->err);
}

/* A script of the shell; its $1 is dir. */
static inline struct ends send_sh(uint32_t id, const char *script)
{
	struct buf argv = BUF_INIT;
	struct ends e;

	buf_put(&argv, "/bin/sh\0-c", 11);
	buf_put(&argv, script, strlen(script) + 1);
	buf_put(&argv, "sh", 3);
	buf_put(&argv, dir, sizeof dir);
	e = send_run(&(struct msg_run){
		id, buf_span(&argv), span_of("/"), SPAN_LIT("PATH=/usr/bin:/bin\0")});
	buf_free(&argv);
	return e;
}

static inline void send_kill(uint32_t id, uint32_t grace_ms)
{
	struct buf letter = BUF_INIT;

	ck_assert(msg_encode(&letter, MSG_KILL, &(struct msg_kill){id, grace_ms}));
	send_with(&letter, NULL, 0);
}

/* All that comes until nobody holds the other end. */
static inline const char *read_all(int fd)
{
	static char text[65536];
	size_t at = 0;
	ssize_t n;

	do {
		await(fd);
		n = read(fd, text + at, sizeof text - 1 - at);
		at += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	text[at] = '\0';
	return text;
}

static inline uint32_t expect_ran(uint32_t id)
{
	const struct msg_ran *ran = &expect(MSG_RAN)->ran;

	ck_assert_uint_eq(ran->run, id);
	ck_assert_msg(ran->pid != 0, "errno %u: %.*s", ran->error, SPAN_FMT(ran->why));
	ck_assert_uint_eq(ran->error, 0);
	ck_assert_uint_eq(ran->why.n, 0);
	return ran->pid;
}

static inline int expect_exited(uint32_t id)
{
	const struct msg_exited *exited = &expect(MSG_EXITED)->exited;

	ck_assert_uint_eq(exited->run, id);
	return (int)exited->status;
}

/* One line of output from a script that has come so far. */
static inline void expect_line(int fd, const char *line)
{
	char got[64] = "";

	await(fd);
	ck_assert_int_gt(read(fd, got, sizeof got - 1), 0);
	ck_assert_str_eq(got, line);
}

/* The output of a shell script that runs to its end. */
static inline const char *output_of(const char *script)
{
	struct ends e = send_sh(1, script);
	const char *text = read_all(e.out);

	expect_ran(1);
	ck_assert_int_eq(expect_exited(1), 0);
	close_ends(&e);
	return text;
}

static inline void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	start_runner(spoil);
}

static inline void teardown(void)
{
	char command[64];

	fd_close(&rn.fd);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static inline TCase *patron_case(
	const char *name, void (*before)(void), const TTest *const *tests, size_t n)
{
	TCase *tc = tcase_create(name);

	if (before)
		tcase_add_checked_fixture(tc, before, teardown);
	tcase_set_timeout(tc, 60);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	return tc;
}

/* Of the cases, up to NULL. */
static inline int patron_run(const char *name, TCase **cases)
{
	Suite *s = suite_create(name);
	SRunner *sr;
	int failed;

	for (size_t i = 0; cases[i]; i++)
		suite_add_tcase(s, cases[i]);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

#endif
