/* SPDX-License-Identifier: MIT
 *
 * check_exec: hearth-exec as a peer: what it tells of runs, how it ends, and what it does with a
 * gateway that breaks the protocol.
 */
#include "tests/unit/runners/patron.h"

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

int main(void)
{
	const TTest *const peer[] = {the_wait_status_is_told,
		what_a_run_used_is_told_with_its_children, everything_ends_with_the_channel,
		everything_ends_with_sigterm, a_script_dies_with_a_killed_runner,
		sigquit_waits_for_the_last_run, signals_meant_for_others_do_not_end_it,
		a_run_without_its_descriptors_ends_the_channel,
		a_too_long_directory_is_refused_but_no_offence};
	const TTest *const crowd[] = {many_runs_at_once};
	TCase *cases[] = {patron_case("peer", setup, peer, nitems(peer)),
		patron_case("crowd", NULL, crowd, nitems(crowd)), NULL};

	tcase_add_loop_test(cases[0], an_unlawful_run_ends_the_channel, 0, (int)nitems(broken));
	return patron_run("exec", cases);
}
