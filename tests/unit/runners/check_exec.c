/* SPDX-License-Identifier: MIT
 *
 * check_exec: the real hearth-exec, with this program in the gateway's place.
 * HEARTH_EXEC names the binary; without it, it is where the Makefile puts it, beside unit/.
 *
 * That something has ended is seen as the end of file of a pipe it held: no clock, no sleep.
 */
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

/* ---- the gateway's part ---- */

static void find_binary(void)
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

static void await(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	ck_assert_msg(poll(&p, 1, PATIENCE_MS) == 1, "nothing came");
}

/* The next letter, which must be of this type. */
static const union msg *expect(enum msg_type type)
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

static void expect_end_of_channel(void)
{
	char byte;

	await(rn.fd);
	ck_assert_int_le(recv(rn.fd, &byte, 1, 0), 0);
}

static int expect_end_of_runner(void)
{
	int status;

	ck_assert_int_eq(waitpid(rn.pid, &status, 0), rn.pid);
	return status;
}

/* What a manager could leave to a runner, and a script must never see: a signal ignored, others
 * blocked, a descriptor. */
static void spoil(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ck_assert_int_eq(dup2(STDERR_FILENO, 9), 9);
}

static void start_runner_with(char *const argv[], void (*before_exec)(void))
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

static void start_runner(void (*before_exec)(void))
{
	char *const argv[] = {(char[]){"hearth-exec"}, NULL};

	start_runner_with(argv, before_exec);
}

static void send_with(struct buf *letter, const int *fds, unsigned nfds)
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

static struct ends send_run(const struct msg_run *run)
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

static void close_ends(struct ends *e)
{
	fd_close(&e->in);
	fd_close(&e->out);
	fd_close(&e->err);
}

/* A script of the shell; its $1 is dir. */
static struct ends send_sh(uint32_t id, const char *script)
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

static void send_kill(uint32_t id, uint32_t grace_ms)
{
	struct buf letter = BUF_INIT;

	ck_assert(msg_encode(&letter, MSG_KILL, &(struct msg_kill){id, grace_ms}));
	send_with(&letter, NULL, 0);
}

/* All that comes until nobody holds the other end. */
static const char *read_all(int fd)
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

static uint32_t expect_ran(uint32_t id)
{
	const struct msg_ran *ran = &expect(MSG_RAN)->ran;

	ck_assert_uint_eq(ran->run, id);
	ck_assert_msg(ran->pid != 0, "errno %u: %.*s", ran->error, SPAN_FMT(ran->why));
	ck_assert_uint_eq(ran->error, 0);
	ck_assert_uint_eq(ran->why.n, 0);
	return ran->pid;
}

static int expect_exited(uint32_t id)
{
	const struct msg_exited *exited = &expect(MSG_EXITED)->exited;

	ck_assert_uint_eq(exited->run, id);
	return (int)exited->status;
}

/* One line of output from a script that has come so far. */
static void expect_line(int fd, const char *line)
{
	char got[64] = "";

	await(fd);
	ck_assert_int_gt(read(fd, got, sizeof got - 1), 0);
	ck_assert_str_eq(got, line);
}

/* The output of a shell script that runs to its end. */
static const char *output_of(const char *script)
{
	struct ends e = send_sh(1, script);
	const char *text = read_all(e.out);

	expect_ran(1);
	ck_assert_int_eq(expect_exited(1), 0);
	close_ends(&e);
	return text;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	start_runner(spoil);
}

static void teardown(void)
{
	char command[64];

	fd_close(&rn.fd);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* ---- what a script is given ---- */

START_TEST(a_run_has_its_three_descriptors_and_its_argv)
{
	static const char argv[] = "/bin/sh\0-c\0cat; echo \"$0|$1\" >&2\0zero\0one two";
	struct ends e = send_run(&(struct msg_run){
		7, {argv, sizeof argv}, SPAN_LIT("/"), SPAN_LIT("PATH=/usr/bin:/bin\0")});

	expect_ran(7);
	ck_assert_int_eq(write(e.in, "body", 4), 4);
	fd_close(&e.in);
	ck_assert_str_eq(read_all(e.out), "body");
	ck_assert_str_eq(read_all(e.err), "zero|one two\n");
	ck_assert_int_eq(expect_exited(7), 0);
	close_ends(&e);
}
END_TEST

START_TEST(a_script_has_no_other_descriptor)
{
	ck_assert_str_eq(output_of("ls /proc/$$/fd; :"), "0\n1\n2\n");
}
END_TEST

START_TEST(a_script_has_default_signals_and_an_empty_mask)
{
	/* No shell: it would mend its own mask. */
	static const char argv[] = "/bin/grep\0-E\0^S(ig|hd)(Pnd|Blk|Ign)\0/proc/self/status";
	struct ends e = send_run(&(struct msg_run){1, {argv, sizeof argv}, SPAN_NONE, SPAN_NONE});

	ck_assert_str_eq(read_all(e.out), "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n"
					  "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	close_ends(&e);
}
END_TEST

START_TEST(a_script_leads_its_own_session_and_group)
{
	ck_assert_str_eq(
		output_of("read -r pid name state parent group session rest </proc/$$/stat;"
			  "[ $$ = $group ] && [ $$ = $session ] && echo own"),
		"own\n");
}
END_TEST

START_TEST(the_environment_is_exactly_the_one_given)
{
	struct ends e = send_run(&(struct msg_run){
		1, SPAN_LIT("/usr/bin/env\0"), SPAN_NONE, SPAN_LIT("B=2\0A=1\nx\0EMPTY=\0")});

	ck_assert_str_eq(read_all(e.out), "B=2\nA=1\nx\nEMPTY=\n");
	close_ends(&e);
	e = send_run(&(struct msg_run){2, SPAN_LIT("/usr/bin/env\0"), SPAN_NONE, SPAN_NONE});
	ck_assert_str_eq(read_all(e.out), "");
	close_ends(&e);
}
END_TEST

START_TEST(the_working_directory_is_the_one_given)
{
	struct ends e = send_run(
		&(struct msg_run){1, SPAN_LIT("/bin/pwd\0"), span_of(dir), SPAN_NONE});
	size_t n = strlen(dir);

	ck_assert_int_eq(strncmp(read_all(e.out), dir, n), 0);
	close_ends(&e);
}
END_TEST

START_TEST(an_argv_and_environment_of_many_strings_arrive_whole)
{
	struct buf argv = BUF_INIT, env = BUF_INIT;
	struct ends e;

	buf_put(&argv, "/bin/sh\0-c\0echo $# $V4999", 26);
	for (int i = 0; i < 5000; i++) {
		buf_put(&argv, "a", 2);
		buf_putf(&env, "V%d=%d", i, i);
		buf_put_u8(&env, 0);
	}
	e = send_run(&(struct msg_run){1, buf_span(&argv), SPAN_NONE, buf_span(&env)});
	ck_assert_str_eq(read_all(e.out), "4999 4999\n");
	buf_free(&argv);
	buf_free(&env);
	close_ends(&e);
}
END_TEST

/* ---- what the gateway is told ---- */

START_TEST(the_wait_status_is_told)
{
	struct ends e = send_sh(1, "exit 42");

	expect_ran(1);
	ck_assert_int_eq(WEXITSTATUS(expect_exited(1)), 42);
	close_ends(&e);
	e = send_sh(2, "kill -SEGV $$");
	expect_ran(2);
	ck_assert_int_eq(WTERMSIG(expect_exited(2)), SIGSEGV);
	close_ends(&e);
}
END_TEST

START_TEST(what_a_run_used_is_told_with_its_children)
{
	struct ends e = send_sh(1, "awk 'BEGIN { while (i < 2000000) i++ }'; exit 0");

	expect_ran(1);
	expect_exited(1);
	ck_assert_uint_gt(rn.m.exited.cpu_us, 1000);
	ck_assert_uint_gt(rn.m.exited.peak_kb, 100);
	close_ends(&e);
}
END_TEST

/* The files that cannot be executed are made by a shell; a name stands for dir/name. */
static const struct refusal {
	const char *make, *argv0;
	int error;
	const char *why;
} refusals[] = {
	{":", "none", ENOENT, "none does not exist"},
	{"printf '#!/no/such/thing -x\\n'", "x", ENOENT, "the interpreter /no/such/thing of "},
	{"printf '#! /bin/sh\\r\\necho\\r\\n'", "x", ENOENT, " ends in CR"},
	{"echo 'echo hello'", "x", ENOEXEC, " has no #! line and is not a program"},
	{":", "x", ENOEXEC, "x is empty"},
	{"printf '\\357\\273\\277#!/bin/sh\\n'", "x", ENOEXEC, "a byte order mark"},
	{"printf '#!\\n'", "x", ENOEXEC, "names no interpreter"},
	{"printf '#! \\t \\n'", "x", ENOEXEC, "names no interpreter"},
	{"printf '#!/bin/sh\\recho\\r'", "x", ENOENT, " end in CR and not in LF"},
	{"echo '#!python3'", "x", ENOENT, "needs a whole path"},
	{"printf '#!/%0300d\\n' 1", "x", ENOEXEC, "is too long"},
	{"printf '#!%0254d\\n' 1", "x", ENOEXEC, "is too long"},
	{"printf '\\n#!/bin/sh\\n'", "x", ENOEXEC, "stand before the #!"},
	{"printf '\\377\\376#\\0!\\0'", "x", ENOEXEC, "UTF-16"},
	{"echo \"#!$1/y\"; echo hello >$1/y; chmod 755 $1/y", "x", ENOEXEC, "/y of "},
	{"echo \"#!$1/y\"; echo '#!/no/such' >$1/y; chmod 755 $1/y", "x", ENOENT,
		"the interpreter /no/such of the interpreter "},
	{"echo \"#!$1/x\"", "x", ELOOP, "too many interpreters are scripts"},
	{"echo '#!/usr'", "x", EACCES, "the interpreter /usr of "},
	{"printf '\\177ELF\\002\\001\\001'", "x", ENOEXEC, "not for this machine"},
	{"echo; chmod 644 $1/x", "x", EACCES, "is not executable by its pool's user (mode 0644)"},
	{"echo '#!/etc/passwd'", "x", EACCES, "the interpreter /etc/passwd of "},
	{"rm $1/x; mkdir $1/x", "x", EACCES, "is not a regular file"},
	{"echo", "x/y", ENOTDIR, "Not a directory"},
	{"rm $1/x; ln -s x $1/x", "x", ELOOP, "symbolic links"},
};

START_TEST(a_refused_start_says_its_errno_and_why)
{
	const struct refusal *c = &refusals[_i];
	struct buf script = BUF_INIT, argv = BUF_INIT;
	const struct msg_ran *ran;
	struct ends e;

	buf_putf(&script, "umask 022; : >$1/x; chmod 755 $1/x; exec >$1/x; %s%c", c->make, 0);
	output_of(buf_head(&script));
	buf_putf(&argv, "%s/%s%c", dir, c->argv0, 0);
	e = send_run(&(struct msg_run){9, buf_span(&argv), span_of(dir), SPAN_NONE});
	ran = &expect(MSG_RAN)->ran;
	ck_assert_uint_eq(ran->run, 9);
	ck_assert_uint_eq(ran->pid, 0);
	ck_assert_int_eq((int)ran->error, c->error);
	ck_assert_msg(memmem(ran->why.p, ran->why.n, c->why, strlen(c->why)) != NULL, "%.*s",
		SPAN_FMT(ran->why));
	ck_assert_str_eq(read_all(e.out), "");
	buf_free(&script);
	buf_free(&argv);
	close_ends(&e);
}
END_TEST

START_TEST(a_missing_directory_is_named)
{
	struct ends e = send_run(
		&(struct msg_run){1, SPAN_LIT("/bin/true\0"), SPAN_LIT("/no/where"), SPAN_NONE});

	ck_assert_int_eq((int)expect(MSG_RAN)->ran.error, ENOENT);
	ck_assert_int_eq(strncmp(rn.m.ran.why.p, "directory /no/where: ", 21), 0);
	close_ends(&e);
}
END_TEST

START_TEST(a_refused_start_leaves_its_number_free)
{
	struct ends e = send_run(
		&(struct msg_run){1, SPAN_LIT("/no/such\0"), SPAN_NONE, SPAN_NONE});

	ck_assert_uint_eq(expect(MSG_RAN)->ran.pid, 0);
	close_ends(&e);
	ck_assert_str_eq(output_of("echo on"), "on\n");
}
END_TEST

/* ---- how runs end ---- */

START_TEST(kill_is_term_to_everybody)
{
	struct ends e = send_sh(1, "sleep 1000 & echo up; wait; echo woken");

	expect_ran(1);
	expect_line(e.out, "up\n");
	send_kill(1, 20000);
	ck_assert_int_eq(WTERMSIG(expect_exited(1)), SIGTERM);
	ck_assert_str_eq(read_all(e.out), "");
	close_ends(&e);
}
END_TEST

START_TEST(kill_is_kill_after_the_grace)
{
	struct ends e = send_sh(1, "trap '' TERM; echo up; while :; do sleep 1000; done");

	expect_ran(1);
	expect_line(e.out, "up\n");
	send_kill(1, 50);
	ck_assert_int_eq(WTERMSIG(expect_exited(1)), SIGKILL);
	ck_assert_str_eq(read_all(e.out), "");
	close_ends(&e);
}
END_TEST

START_TEST(kill_without_grace_is_kill)
{
	struct ends e = send_sh(1, "trap 'exit 3' TERM; echo up; cat");

	expect_ran(1);
	expect_line(e.out, "up\n");
	send_kill(1, 0);
	ck_assert_int_eq(WTERMSIG(expect_exited(1)), SIGKILL);
	close_ends(&e);
}
END_TEST

START_TEST(a_second_kill_can_shorten_the_grace)
{
	struct ends e = send_sh(1, "trap '' TERM; echo up; while :; do sleep 1000; done");

	expect_ran(1);
	expect_line(e.out, "up\n");
	send_kill(1, 3600 * 1000);
	send_kill(1, 10);
	send_kill(1, 3600 * 1000);
	ck_assert_int_eq(WTERMSIG(expect_exited(1)), SIGKILL);
	close_ends(&e);
}
END_TEST

START_TEST(a_kill_that_comes_too_late_is_no_offence)
{
	output_of(":");
	send_kill(1, 0);
	send_kill(4711, 5);
	ck_assert_str_eq(output_of("echo on"), "on\n");
}
END_TEST

START_TEST(what_a_run_leaves_behind_is_ended)
{
	struct ends e = send_sh(1, "sleep 1000 & exit 5");

	expect_ran(1);
	ck_assert_int_eq(WEXITSTATUS(expect_exited(1)), 5);
	ck_assert_str_eq(read_all(e.out), "");
	close_ends(&e);
}
END_TEST

START_TEST(what_a_run_leaves_behind_is_killed_if_it_will_not_go)
{
	struct ends e = send_sh(1, "trap '' TERM; sleep 1000 & exit 5");

	expect_ran(1);
	ck_assert_int_eq(WEXITSTATUS(expect_exited(1)), 5);
	ck_assert_str_eq(read_all(e.out), "");
	close_ends(&e);
}
END_TEST

/* The runner's children as the kernel lists them; false if it keeps no list. */
static bool has_children(bool *known)
{
	char path[64];
	FILE *f;
	int pid;
	bool any;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", rn.pid, rn.pid);
	f = fopen(path, "re");
	*known = f != NULL;
	if (!f)
		return false;
	any = fscanf(f, "%d", &pid) == 1;
	fclose(f);
	return any;
}

START_TEST(adopted_orphans_are_reaped)
{
	struct ends e = send_sh(
		1, "setsid sh -c 'setsid sh -c \"read x; exit 1\" <&3 &' 3<&0; exit 0");
	bool known = true;

	expect_ran(1);
	ck_assert_int_eq(expect_exited(1), 0);
	close_ends(&e); /* now the orphan, in a session of its own, reads its end of file */
	while (has_children(&known))
		poll(NULL, 0, 1); /* for the condition above; Check's own limit bounds it */
	ck_assert_str_eq(output_of("echo on"), "on\n");
}
END_TEST

/* ---- whole families ---- */

/* Two forks and a session between a script and what it leaves: no group and no parent tells. */
#define DAEMON(what) "setsid sh -c 'setsid sh -c \"" what "\" & exit' & wait; "

START_TEST(a_daemon_is_ended_with_its_run)
{
	struct ends e = send_sh(1, DAEMON("echo up; exec sleep 1000") "read x; exit 5");

	expect_ran(1);
	expect_line(e.out, "up\n");
	fd_close(&e.in);
	ck_assert_int_eq(WEXITSTATUS(expect_exited(1)), 5);
	ck_assert_str_eq(read_all(e.out), "");
	close_ends(&e);
}
END_TEST

START_TEST(a_daemon_is_killed_if_it_will_not_go)
{
	struct ends e = send_sh(1, "trap '' TERM; " DAEMON("echo up; exec sleep 1000") "read x");

	expect_ran(1);
	expect_line(e.out, "up\n");
	fd_close(&e.in);
	expect_exited(1);
	ck_assert_str_eq(read_all(e.out), "");
	close_ends(&e);
}
END_TEST

/* That there was a look for leftovers in between is seen by the end of run 2's. */
START_TEST(a_daemon_lives_as_long_as_its_run)
{
	struct ends one = send_sh(1, "exec 3<&0; " DAEMON("echo up; read x <&3; echo still; "
							  "exec sleep 1000") "sleep 1000");
	struct ends two;

	expect_ran(1);
	expect_line(one.out, "up\n");
	two = send_sh(2, DAEMON("echo up; exec sleep 1000") "read x");
	expect_ran(2);
	expect_line(two.out, "up\n");
	fd_close(&two.in);
	expect_exited(2);
	ck_assert_str_eq(read_all(two.out), "");
	close_ends(&two);
	ck_assert_int_eq(write(one.in, "\n", 1), 1);
	expect_line(one.out, "still\n");
	send_kill(1, 0);
	expect_exited(1);
	ck_assert_str_eq(read_all(one.out), "");
	close_ends(&one);
}
END_TEST

START_TEST(kill_reaches_every_session_below_a_run)
{
	struct ends e = send_sh(1, DAEMON("echo up; exec sleep 1000") "read x");

	expect_ran(1);
	expect_line(e.out, "up\n");
	send_kill(1, 3600 * 1000);
	ck_assert_int_eq(WTERMSIG(expect_exited(1)), SIGTERM);
	ck_assert_str_eq(read_all(e.out), "");
	close_ends(&e);
}
END_TEST

START_TEST(each_is_told_once_and_then_has_its_grace)
{
	struct ends e = send_sh(1, "sh -c 'trap \"echo told\" TERM; echo up; while :; do :; done'&"
				   "wait");

	expect_ran(1);
	expect_line(e.out, "up\n");
	send_kill(1, 300);
	ck_assert_int_eq(WTERMSIG(expect_exited(1)), SIGTERM);
	ck_assert_str_eq(read_all(e.out), "told\n");
	close_ends(&e);
}
END_TEST

START_TEST(who_has_stopped_himself_hears_as_well)
{
	struct ends e = send_sh(1, "trap 'exit 9' TERM; echo up; kill -STOP $$; echo on");
	char path[32], stat[256];
	uint32_t pid = expect_ran(1);

	expect_line(e.out, "up\n");
	snprintf(path, sizeof path, "/proc/%u/stat", pid);
	do {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, stat, sizeof stat - 1);
		stat[n > 0 ? n : 0] = '\0';
		fd_close(&fd);
	} while (!strstr(stat, ") T "));
	send_kill(1, 3600 * 1000);
	ck_assert_int_eq(WEXITSTATUS(expect_exited(1)), 9);
	close_ends(&e);
}
END_TEST

/* Lets a family grow to so many, each of whom writes one byte, before its run ends. */
static void grow_and_end(struct ends *e, unsigned size)
{
	char byte[1];

	expect_ran(1);
	while (size-- > 0) {
		await(e->out);
		ck_assert_int_eq(read(e->out, byte, 1), 1);
	}
	fd_close(&e->in);
	ck_assert_int_eq(expect_exited(1), 0);
	read_all(e->out);
	close_ends(e);
}

/* Each has a child and is gone: nobody is there for longer than a moment. */
START_TEST(who_runs_away_by_forking_is_caught)
{
	struct ends e = send_sh(1, "trap '' TERM; exec 2>&-; cat >$1/run <<'END'\n"
				   "#!/bin/sh\nprintf .; setsid $0 & exit\nEND\n"
				   "chmod 755 $1/run; $1/run & read x; exit 0");

	grow_and_end(&e, 20);
}
END_TEST

START_TEST(a_bomb_is_put_out)
{
	struct ends e = send_sh(1, "trap '' TERM; exec 2>&-; cat >$1/bomb <<'END'\n"
				   "#!/bin/sh\nprintf .; [ $1 -lt 8 ] || exec sleep 1000\n"
				   "$0 $(($1 + 1)) & setsid $0 $(($1 + 1)) & wait\nEND\n"
				   "chmod 755 $1/bomb; $1/bomb 1 & read x; exit 0");

	grow_and_end(&e, 100);
}
END_TEST

START_TEST(a_runner_has_no_zombies)
{
	bool known = true;

	for (int i = 0; i < 100; i++)
		output_of("(sleep 0 &) ; (setsid true &); exit 0");
	while (has_children(&known))
		poll(NULL, 0, 1);
	ck_assert(known);
}
END_TEST

/* ---- leftovers that are kept ---- */

static void setup_keeping(void)
{
	char *const argv[] = {
		(char[]){"hearth-exec"}, (char[]){"leftovers=keep"}, (char[]){"core=0:0"}, NULL};

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	start_runner_with(argv, spoil);
}

/* It has left a daemon that waits for a line in dir/ID. */
static struct ends leave_daemon(uint32_t id)
{
	char script[128];
	struct ends e;

	snprintf(script, sizeof script,
		"mkfifo $1/%u; (setsid sh -c 'echo up; read x <$0/%u; echo $x' $1 &)", id, id);
	e = send_sh(id, script);
	expect_ran(id);
	ck_assert_int_eq(expect_exited(id), 0);
	expect_line(e.out, "up\n");
	return e;
}

static void ask_daemon(uint32_t id, struct ends *e)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "%s/%u", dir, id);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "alive\n", 6), 6);
	ck_assert_str_eq(read_all(e->out), "alive\n");
	fd_close(&fd);
	close_ends(e);
}

/* Longer than leftovers would have, and while others are hunted; also if their own parents go. */
START_TEST(a_daemon_is_kept)
{
	struct ends first = leave_daemon(1), deaf, second;

	deaf = send_sh(3, "trap '' TERM; echo up; sleep 1000 & setsid sleep 1000");
	expect_ran(3);
	expect_line(deaf.out, "up\n");
	send_kill(3, 1200);
	second = leave_daemon(2);
	ck_assert_str_eq(read_all(deaf.out), "");
	ck_assert_int_eq(WTERMSIG(expect_exited(3)), SIGKILL);
	ask_daemon(1, &first);
	ask_daemon(2, &second);
	close_ends(&deaf);
}
END_TEST

/* They were told to end, or come from somebody who was. */
static const struct {
	uint32_t grace;
	const char *script;
} killed[] = {
	{300, "setsid sleep 1000 & echo up; wait"},
	{300, "trap 'setsid sleep 1000 & exit' TERM; echo up; sleep 1000 & wait"},
	{300, "trap '' TERM; (setsid sleep 1000 &); trap exit TERM; echo up; sleep 1000 & wait"},
	{0, "echo up; while :; do setsid sleep 1000 & sleep 0.01; done"},
};

START_TEST(what_a_killed_run_leaves_is_not_kept)
{
	struct ends kept = leave_daemon(1), e = send_sh(2, killed[_i].script);

	expect_ran(2);
	expect_line(e.out, "up\n");
	send_kill(2, killed[_i].grace);
	expect_exited(2);
	ck_assert_str_eq(read_all(e.out), "");
	ask_daemon(1, &kept);
	close_ends(&e);
}
END_TEST

START_TEST(what_is_kept_ends_with_the_runner)
{
	struct ends e = leave_daemon(1);

	kill(rn.pid, SIGQUIT);
	expect_end_of_channel();
	ck_assert_str_eq(read_all(e.out), "");
	ck_assert_int_eq(expect_end_of_runner(), 0);
	close_ends(&e);
}
END_TEST

/* ---- how the runner ends ---- */

/* A run, a leftover in its group, and a daemon in its own session; all hold `out`. */
static struct ends start_family(void)
{
	struct ends e = send_sh(
		1, "trap '' TERM; sleep 1000 & setsid sh -c 'echo up; exec sleep 1000' & cat");

	expect_ran(1);
	expect_line(e.out, "up\n");
	return e;
}

START_TEST(everything_ends_with_the_channel)
{
	struct ends e = start_family();

	ck_assert_int_eq(shutdown(rn.fd, SHUT_RDWR), 0);
	ck_assert_str_eq(read_all(e.out), "");
	ck_assert_int_eq(expect_end_of_runner(), 0);
	close_ends(&e);
}
END_TEST

START_TEST(everything_ends_with_sigterm)
{
	struct ends e = start_family();

	kill(rn.pid, SIGTERM);
	expect_end_of_channel();
	ck_assert_str_eq(read_all(e.out), "");
	ck_assert_int_eq(expect_end_of_runner(), 0);
	close_ends(&e);
}
END_TEST

START_TEST(a_script_dies_with_a_killed_runner)
{
	struct ends e = send_sh(1, "echo up; read x");

	expect_ran(1);
	expect_line(e.out, "up\n");
	kill(rn.pid, SIGKILL);
	ck_assert_str_eq(read_all(e.out), "");
	ck_assert_int_eq(WTERMSIG(expect_end_of_runner()), SIGKILL);
	close_ends(&e);
}
END_TEST

START_TEST(sigquit_waits_for_the_last_run)
{
	struct ends e = send_sh(1, "echo up; cat; exit 6");

	expect_ran(1);
	expect_line(e.out, "up\n");
	kill(rn.pid, SIGQUIT);
	ck_assert_int_eq(write(e.in, "more", 4), 4);
	fd_close(&e.in);
	ck_assert_str_eq(read_all(e.out), "more");
	ck_assert_int_eq(WEXITSTATUS(expect_exited(1)), 6);
	expect_end_of_channel();
	ck_assert_int_eq(expect_end_of_runner(), 0);
	close_ends(&e);
}
END_TEST

START_TEST(signals_meant_for_others_do_not_end_it)
{
	static const int harmless[] = {SIGHUP, SIGINT, SIGPIPE, SIGUSR1, SIGUSR2};

	for (size_t i = 0; i < nitems(harmless); i++)
		kill(rn.pid, harmless[i]);
	ck_assert_str_eq(output_of("echo on"), "on\n");
}
END_TEST

/* ---- peers that break the protocol ---- */

static const struct msg_run broken[] = {
	{2, {"/bin/true", 9}, {"/", 1}, {NULL, 0}}, {2, {NULL, 0}, {"/", 1}, {NULL, 0}},
	{2, {"/bin/true", 10}, {"/", 1}, {"A=1\0B=2", 7}},
	{2, {"/bin/true", 10}, {"/\0", 2}, {NULL, 0}},
	{1, {"/bin/true", 10}, {"/", 1}, {NULL, 0}}, /* the number of a run that lives */
};

START_TEST(an_unlawful_run_ends_the_channel)
{
	struct ends e = send_sh(1, "echo up; read x"), none;

	expect_ran(1);
	expect_line(e.out, "up\n");
	none = send_run(&broken[_i]);
	expect_end_of_channel();
	ck_assert_str_eq(read_all(none.out), "");
	ck_assert_str_eq(read_all(e.out), "");
	ck_assert_int_eq(expect_end_of_runner(), 0);
	close_ends(&none);
	close_ends(&e);
}
END_TEST

START_TEST(a_run_without_its_descriptors_ends_the_channel)
{
	struct buf letter = BUF_INIT;

	ck_assert(msg_encode(&letter, MSG_RUN, &broken[4]));
	send_with(&letter, NULL, 0);
	expect_end_of_channel();
}
END_TEST

START_TEST(a_too_long_directory_is_refused_but_no_offence)
{
	static char path[5000];
	struct ends e;

	memset(path, '/', sizeof path);
	e = send_run(&(struct msg_run){1, SPAN_LIT("/bin/true\0"), {path, sizeof path}, SPAN_NONE});
	ck_assert_int_eq((int)expect(MSG_RAN)->ran.error, ENAMETOOLONG);
	close_ends(&e);
	ck_assert_str_eq(output_of("echo on"), "on\n");
}
END_TEST

/* ---- limits ---- */

static void few_descriptors(void)
{
	spoil();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){32, 32}), 0);
}

/* 400 at once, more than the runner may have descriptors: it keeps none of a run's. */
START_TEST(many_runs_at_once)
{
	enum { MANY = 400 };
	static struct ends e[MANY];
	static bool ended[MANY];
	unsigned left = MANY;

	ck_assert_uint_ge(fd_limit_raise(), 3 * MANY + 50);
	start_runner(few_descriptors);
	for (uint32_t i = 0; i < MANY; i++) {
		e[i] = send_sh(i, "read x; exit 7");
		expect_ran(i);
	}
	for (unsigned i = 0; i < MANY; i++)
		close_ends(&e[i]);
	for (; left; left--) {
		uint32_t id = expect(MSG_EXITED)->exited.run;
		ck_assert_uint_lt(id, MANY);
		ck_assert(!ended[id]);
		ck_assert_int_eq(WEXITSTATUS(rn.m.exited.status), 7);
		ended[id] = true;
	}
	ck_assert_str_eq(output_of("echo on"), "on\n");
	fd_close(&rn.fd);
	ck_assert_int_eq(expect_end_of_runner(), 0);
}
END_TEST

/* As a user of its own (nobody else's processes count), with no process left to start. */
static void no_processes(void)
{
	uid_t uid = 54321;

	spoil();
	if (getuid() == 0)
		ck_assert_int_eq(setresuid(uid, uid, uid), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0}), 0);
}

START_TEST(a_limit_on_processes_is_an_answer)
{
	struct ends e;

	start_runner(no_processes);
	e = send_sh(1, ":");
	ck_assert_int_eq((int)expect(MSG_RAN)->ran.error, EAGAIN);
	ck_assert_int_eq(strncmp(rn.m.ran.why.p, "no more processes", 17), 0);
	close_ends(&e);
	kill(rn.pid, SIGKILL); /* a leak sanitizer would want a process for its farewell */
}
END_TEST

/* Of each program, and from its own start: the runner itself goes on. */
START_TEST(limits_are_the_programs)
{
	char *const argv[] = {(char[]){"hearth-exec"}, (char[]){"cpu=1:2"},
		(char[]){"nofile=100:200"}, (char[]){"core=0:0"}, NULL};
	struct ends e;
	struct rlimit of_runner;

	start_runner_with(argv, spoil);
	ck_assert_str_eq(output_of("ulimit -St; ulimit -Ht; ulimit -Sn; ulimit -Hn; ulimit -Hc"),
		"1\n2\n100\n200\n0\n");
	ck_assert_int_eq(prlimit(rn.pid, RLIMIT_CPU, NULL, &of_runner), 0);
	ck_assert_uint_ne(of_runner.rlim_cur, 1);
	e = send_sh(2, "while :; do :; done");
	expect_ran(2);
	ck_assert_int_eq(WTERMSIG(expect_exited(2)), SIGXCPU);
	close_ends(&e);
	ck_assert_str_eq(output_of("echo on"), "on\n");
	fd_close(&rn.fd);
	ck_assert_int_eq(expect_end_of_runner(), 0);
}
END_TEST

static void few_files(void)
{
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){50, 50}), 0);
	spoil();
	if (getuid() == 0)
		ck_assert_int_eq(setresuid(54321, 54321, 54321), 0);
}

START_TEST(a_limit_that_cannot_be_set_is_an_answer)
{
	char *const argv[] = {(char[]){"hearth-exec"}, (char[]){"nofile=51:51"}, NULL};
	struct ends e;

	start_runner_with(argv, few_files);
	e = send_sh(1, ":");
	ck_assert_int_eq((int)expect(MSG_RAN)->ran.error, EPERM);
	ck_assert_int_eq(strncmp(rn.m.ran.why.p, "its limits (rlimit) cannot be set", 33), 0);
	close_ends(&e);
}
END_TEST

static void add_loops(TCase *tc)
{
	tcase_add_loop_test(tc, a_refused_start_says_its_errno_and_why, 0, (int)nitems(refusals));
	tcase_add_loop_test(tc, an_unlawful_run_ends_the_channel, 0, (int)nitems(broken));
}

static TCase *with_a_runner(void)
{
	const TTest *const tests[] = {a_run_has_its_three_descriptors_and_its_argv,
		a_script_has_no_other_descriptor, a_script_has_default_signals_and_an_empty_mask,
		a_script_leads_its_own_session_and_group, the_environment_is_exactly_the_one_given,
		the_working_directory_is_the_one_given,
		an_argv_and_environment_of_many_strings_arrive_whole, the_wait_status_is_told,
		what_a_run_used_is_told_with_its_children, a_missing_directory_is_named,
		a_refused_start_leaves_its_number_free, kill_is_term_to_everybody,
		kill_is_kill_after_the_grace, kill_without_grace_is_kill,
		a_second_kill_can_shorten_the_grace, a_kill_that_comes_too_late_is_no_offence,
		what_a_run_leaves_behind_is_ended,
		what_a_run_leaves_behind_is_killed_if_it_will_not_go, adopted_orphans_are_reaped,
		everything_ends_with_the_channel, everything_ends_with_sigterm,
		a_script_dies_with_a_killed_runner, sigquit_waits_for_the_last_run,
		signals_meant_for_others_do_not_end_it,
		a_run_without_its_descriptors_ends_the_channel,
		a_too_long_directory_is_refused_but_no_offence};
	TCase *tc = tcase_create("run");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	for (size_t i = 0; i < nitems(tests); i++)
		tcase_add_test(tc, tests[i]);
	add_loops(tc);
	return tc;
}

static TCase *with_families(void)
{
	const TTest *const tests[] = {a_daemon_is_ended_with_its_run,
		a_daemon_is_killed_if_it_will_not_go, a_daemon_lives_as_long_as_its_run,
		kill_reaches_every_session_below_a_run, each_is_told_once_and_then_has_its_grace,
		who_has_stopped_himself_hears_as_well, who_runs_away_by_forking_is_caught,
		a_bomb_is_put_out, a_runner_has_no_zombies};
	TCase *tc = tcase_create("families");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	for (size_t i = 0; i < nitems(tests); i++)
		tcase_add_test(tc, tests[i]);
	return tc;
}

static TCase *with_keeping(void)
{
	TCase *tc = tcase_create("keeping");

	tcase_add_checked_fixture(tc, setup_keeping, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_daemon_is_kept);
	tcase_add_loop_test(tc, what_a_killed_run_leaves_is_not_kept, 0, (int)nitems(killed));
	tcase_add_test(tc, what_is_kept_ends_with_the_runner);
	return tc;
}

static TCase *with_limits(void)
{
	TCase *tc = tcase_create("limits");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, many_runs_at_once);
	tcase_add_test(tc, a_limit_on_processes_is_an_answer);
	tcase_add_test(tc, limits_are_the_programs);
	tcase_add_test(tc, a_limit_that_cannot_be_set_is_an_answer);
	return tc;
}

int main(int argc, char **argv)
{
	Suite *s = suite_create("exec");
	SRunner *sr;
	int failed;

	if (argc > 1)
		setenv("HEARTH_EXEC", argv[1], 1);
	suite_add_tcase(s, with_a_runner());
	suite_add_tcase(s, with_families());
	suite_add_tcase(s, with_keeping());
	suite_add_tcase(s, with_limits());
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
