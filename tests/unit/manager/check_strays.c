/* SPDX-License-Identifier: MIT
 *
 * check_strays: what a killed runner leaves is known by its environment, and killed; others are
 * not. That somebody lives or has ended is seen at a pipe.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/tree.h"
#include "manager/reap.h"
#include "manager/strays.h"

#define PATIENCE_MS 30000

static struct loop loop;
static struct child watched;

static void up(void)
{
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void down(void)
{
	struct tree rest = {0};

	strays_end(0);
	loop_close(&loop);
	tree_below(&rest, getpid());
	for (size_t i = 0; i < rest.n; i++)
		kill(rest.at[i], SIGKILL);
	tree_free(&rest);
}

/* An orphan of ours in a session of its own, with this environment and a child: our end of a pipe
 * that both hold until they end. */
static int orphan(char *const env[])
{
	char *const argv[] = {(char[]){"sh"}, (char[]){"-c"},
		(char[]){"trap '' TERM; setsid sleep 1000 & echo up; wait"}, NULL};
	int ends[2];
	char up_line[3];

	ck_assert_int_eq(fd_pipe(ends, -1), 0);
	if (fork() == 0) {
		if (fork() > 0)
			_exit(0);
		setsid();
		dup2(ends[1], STDOUT_FILENO);
		execve("/bin/sh", argv, env);
		_exit(127);
	}
	ck_assert_int_gt(wait(NULL), 0);
	fd_close(&ends[1]);
	ck_assert_int_eq(read(ends[0], up_line, sizeof up_line), 3);
	return ends[0];
}

static bool has_ended(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

static void turn_until_ended(int fd)
{
	for (int i = 0; i < PATIENCE_MS / 10 && !has_ended(fd, 0); i++) {
		loop_turn(&loop, 10);
		reap_all();
	}
	ck_assert(has_ended(fd, 0));
}

static char *const cgi[] = {(char[]){"A=1"}, (char[]){"GATEWAY_INTERFACE=CGI/1.1"},
	(char[]){"PATH=/usr/bin:/bin"}, NULL};
static char *const first[] = {
	(char[]){"GATEWAY_INTERFACE=CGI/1.1"}, (char[]){"PATH=/usr/bin:/bin"}, NULL};
static char *const other[] = {
	(char[]){"X_GATEWAY_INTERFACE=CGI/1.1"}, (char[]){"PATH=/usr/bin:/bin"}, NULL};

START_TEST(scripts_are_killed)
{
	int fd = orphan(_i ? cgi : first);

	strays_hunt(&loop);
	turn_until_ended(fd);
	fd_close(&fd);
}
END_TEST

START_TEST(a_large_environment_hides_nobody)
{
	static char large[3][5000];
	char *env[5] = {large[0], large[1], large[2], cgi[1], cgi[2]};
	char *const all[] = {env[0], env[1], env[2], env[3], env[4], NULL};

	for (int pad = 0; pad < 32; pad++) { /* across the edge of a read */
		int fd;
		memset(large, 'x', sizeof large);
		for (int i = 0; i < 3; i++)
			large[i][sizeof large[i] - 1 - (i == 2 ? (unsigned)pad : 0)] = '\0';
		fd = orphan(all);
		strays_end(PATIENCE_MS);
		ck_assert(has_ended(fd, PATIENCE_MS));
		fd_close(&fd);
	}
}
END_TEST

START_TEST(others_are_left_alone)
{
	int fd = orphan(other), script = orphan(cgi);

	strays_hunt(&loop);
	turn_until_ended(script);
	ck_assert(!has_ended(fd, 0));
	fd_close(&fd);
	fd_close(&script);
}
END_TEST

static void on_exit_of_watched(struct child *c, int how, int status)
{
	(void)c, (void)how, (void)status;
}

START_TEST(who_is_watched_is_no_stray)
{
	int ends[2], script = orphan(cgi);
	pid_t pid;

	ck_assert_int_eq(fd_pipe(ends, -1), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execle("/bin/sleep", "sleep", "1000", (char *)NULL, cgi);
		_exit(127);
	}
	fd_close(&ends[1]);
	child_watch(&watched, &loop, pid, on_exit_of_watched);
	strays_hunt(&loop);
	turn_until_ended(script);
	ck_assert(!has_ended(ends[0], 0));
	kill(pid, SIGKILL);
	while (watched.pid)
		loop_turn(&loop, 10);
	fd_close(&ends[0]);
	fd_close(&script);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("strays");
	TCase *tc = tcase_create("strays");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, scripts_are_killed, 0, 2);
	tcase_add_test(tc, a_large_environment_hides_nobody);
	tcase_add_test(tc, others_are_left_alone);
	tcase_add_test(tc, who_is_watched_is_no_stray);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
