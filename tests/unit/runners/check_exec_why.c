/* SPDX-License-Identifier: MIT
 *
 * check_exec_why: a script that cannot be started: the errno, and the sentence that says why.
 */
#include "tests/unit/runners/patron.h"

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

int main(void)
{
	const TTest *const refused[] = {
		a_missing_directory_is_named, a_refused_start_leaves_its_number_free};
	const TTest *const limits[] = {
		a_limit_on_processes_is_an_answer, a_limit_that_cannot_be_set_is_an_answer};
	TCase *cases[] = {patron_case("refused", setup, refused, nitems(refused)),
		patron_case("limits", NULL, limits, nitems(limits)), NULL};

	tcase_add_loop_test(
		cases[0], a_refused_start_says_its_errno_and_why, 0, (int)nitems(refusals));
	return patron_run("exec_why", cases);
}
