/* SPDX-License-Identifier: MIT
 *
 * check_exec_hunt: how hearth-exec ends a script with all that it has started, in whatever session.
 */
#include "tests/unit/runners/patron.h"

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

int main(void)
{
	const TTest *const ended[] = {kill_is_term_to_everybody, kill_is_kill_after_the_grace,
		kill_without_grace_is_kill, a_second_kill_can_shorten_the_grace,
		a_kill_that_comes_too_late_is_no_offence, what_a_run_leaves_behind_is_ended,
		what_a_run_leaves_behind_is_killed_if_it_will_not_go, adopted_orphans_are_reaped};
	const TTest *const families[] = {a_daemon_is_ended_with_its_run,
		a_daemon_is_killed_if_it_will_not_go, a_daemon_lives_as_long_as_its_run,
		kill_reaches_every_session_below_a_run, each_is_told_once_and_then_has_its_grace,
		who_has_stopped_himself_hears_as_well, who_runs_away_by_forking_is_caught,
		a_bomb_is_put_out, a_runner_has_no_zombies};
	const TTest *const kept[] = {a_daemon_is_kept, what_is_kept_ends_with_the_runner};
	TCase *cases[] = {patron_case("ended", setup, ended, nitems(ended)),
		patron_case("families", setup, families, nitems(families)),
		patron_case("kept", setup_keeping, kept, nitems(kept)), NULL};

	tcase_add_loop_test(cases[2], what_a_killed_run_leaves_is_not_kept, 0, (int)nitems(killed));
	return patron_run("exec_hunt", cases);
}
