/* SPDX-License-Identifier: MIT
 *
 * check_exec_spawn: what a script is given by hearth-exec: its descriptors, environment, signals
 * and limits, and nothing besides.
 */
#include "tests/unit/runners/patron.h"

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

int main(void)
{
	const TTest *const given[] = {a_run_has_its_three_descriptors_and_its_argv,
		a_script_has_no_other_descriptor, a_script_has_default_signals_and_an_empty_mask,
		a_script_leads_its_own_session_and_group, the_environment_is_exactly_the_one_given,
		the_working_directory_is_the_one_given,
		an_argv_and_environment_of_many_strings_arrive_whole};
	const TTest *const limits[] = {limits_are_the_programs};
	TCase *cases[] = {patron_case("given", setup, given, nitems(given)),
		patron_case("limits", NULL, limits, nitems(limits)), NULL};

	return patron_run("exec_spawn", cases);
}
