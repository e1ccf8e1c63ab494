/* SPDX-License-Identifier: MIT
 *
 * check_tree: families of processes, found by either way that a kernel may offer.
 */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/tree.h"

static struct tree t;
static int said[2]; /* whoever lives writes its number here */

static void up(void)
{
	t = (struct tree){.scans = false};
	ck_assert_int_eq(pipe(said), 0);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void down(void)
{
	tree_clear(&t);
	tree_below(&t, getpid());
	for (size_t i = 0; i < t.n; i++)
		kill(t.at[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	tree_free(&t);
}

static void live(void)
{
	pid_t me = getpid();

	if (write(said[1], &me, sizeof me) != (ssize_t)sizeof me)
		_exit(1);
	for (;;)
		pause();
}

/* Waits until so many are there. */
static void born(int n)
{
	pid_t pid;

	while (n-- > 0)
		ck_assert_int_eq(read(said[0], &pid, sizeof pid), sizeof pid);
}

/* A process, its child, and so on. */
static void chain(int length)
{
	if (fork() == 0) {
		for (int i = 1; i < length && fork() == 0; i++)
			;
		live();
	}
	born(length);
}

static bool has(pid_t pid)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.at[i] == pid)
			return true;
	return false;
}

static pid_t one(void)
{
	pid_t pid = fork();

	if (pid == 0)
		live();
	born(1);
	return pid;
}

/* ---- each twice: by lists and by a look at everybody ---- */

START_TEST(a_process_without_children_has_none)
{
	t.scans = _i;
	ck_assert(tree_children(&t, getpid()));
	ck_assert_uint_eq(t.n, 0);
}
END_TEST

START_TEST(children_are_found_and_only_they)
{
	pid_t a = one(), b = one();

	t.scans = _i;
	ck_assert(tree_children(&t, getpid()));
	ck_assert_uint_eq(t.n, 2);
	ck_assert(has(a) && has(b));
	tree_clear(&t);
	ck_assert(tree_children(&t, a));
	ck_assert_uint_eq(t.n, 0);
}
END_TEST

START_TEST(descendants_are_found_parents_first)
{
	if (fork() == 0) {
		setsid(); /* sessions make no difference */
		if (fork() == 0) {
			if (fork() == 0)
				live();
			live();
		}
		live();
	}
	born(3);
	t.scans = _i;
	ck_assert(tree_below(&t, getpid()));
	ck_assert_uint_eq(t.n, 3);
	for (size_t i = 0; i + 1 < t.n; i++) {
		struct tree child = {.scans = _i};
		ck_assert(tree_children(&child, t.at[i]));
		ck_assert_uint_eq(child.n, 1);
		ck_assert_int_eq(child.at[0], t.at[i + 1]);
		tree_free(&child);
	}
}
END_TEST

START_TEST(an_orphan_is_its_new_parents)
{
	pid_t orphan;

	if (fork() == 0) {
		if (fork() == 0)
			live();
		_exit(0);
	}
	ck_assert_int_eq(read(said[0], &orphan, sizeof orphan), sizeof orphan);
	ck_assert_int_gt(wait(NULL), 0);
	t.scans = _i;
	ck_assert(tree_children(&t, getpid()));
	ck_assert_uint_eq(t.n, 1);
	ck_assert_int_eq(t.at[0], orphan);
}
END_TEST

START_TEST(who_is_gone_has_no_children)
{
	pid_t pid = one();

	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	t.scans = _i;
	ck_assert(tree_below(&t, pid));
	ck_assert_uint_eq(t.n, 0);
}
END_TEST

START_TEST(a_name_with_brackets_does_not_confuse)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, ") S 1 (x) 7");
		live();
	}
	born(1);
	t.scans = _i;
	ck_assert(tree_children(&t, getpid()));
	ck_assert(has(pid));
}
END_TEST

static void *have_a_child(void *arg)
{
	*(pid_t *)arg = one();
	pause();
	return NULL;
}

START_TEST(children_of_every_thread_count)
{
	pthread_t thread;
	pid_t mine = one(), its = 0;
	struct timespec moment = {0, 1000000};

	ck_assert_int_eq(pthread_create(&thread, NULL, have_a_child, &its), 0);
	t.scans = _i;
	for (int i = 0; i < 10000 && t.n < 2; i++) {
		nanosleep(&moment, NULL);
		tree_clear(&t);
		ck_assert(tree_children(&t, getpid()));
	}
	ck_assert_uint_eq(t.n, 2);
	ck_assert(has(mine));
}
END_TEST

START_TEST(there_may_be_many)
{
	enum { MANY = 700 }; /* more than one read of a list */

	for (int i = 0; i < MANY; i++)
		one();
	t.scans = _i;
	ck_assert(tree_children(&t, getpid()));
	ck_assert_uint_eq(t.n, MANY);
}
END_TEST

START_TEST(deep_families_are_found_to_the_bottom)
{
	chain(50);
	t.scans = _i;
	ck_assert(tree_below(&t, getpid()));
	ck_assert_uint_eq(t.n, 50);
}
END_TEST

/* By a /proc that was opened before the root was another. Who is not root can only be shown that
 * the descriptor is what counts. */
START_TEST(proc_may_be_elsewhere)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int none = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t a = one();

	t.scans = _i;
	tree_proc_at(none);
	tree_children(&t, getpid());
	ck_assert_uint_eq(t.n, 0);
	tree_proc_at(proc);
	if (geteuid() == 0)
		ck_assert_int_eq(chroot("/tmp"), 0);
	t.scans = _i;
	ck_assert(tree_children(&t, getpid()));
	ck_assert_uint_eq(t.n, 1);
	ck_assert(has(a));
	if (geteuid() == 0) /* back: LeakSanitizer looks for its /proc in the end */
		ck_assert_int_eq(fchdir(none) | chroot("."), 0);
	tree_proc_at(-1);
	close(none);
	close(proc);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tree");
	TCase *tc = tcase_create("tree");
	const TTest *const tests[] = {a_process_without_children_has_none,
		children_are_found_and_only_they, descendants_are_found_parents_first,
		an_orphan_is_its_new_parents, who_is_gone_has_no_children,
		a_name_with_brackets_does_not_confuse, children_of_every_thread_count,
		there_may_be_many, deep_families_are_found_to_the_bottom, proc_may_be_elsewhere};
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tcase_add_loop_test(tc, tests[i], 0, 2);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
