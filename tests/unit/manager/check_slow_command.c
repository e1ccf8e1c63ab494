/* SPDX-License-Identifier: MIT
 *
 * check_slow_command: a command that is run for a slow request, with a process that only pretends.
 */
#include <check.h>
#include <errno.h>
#include <unistd.h>

#include "common/fd.h"

#include "../../../manager/slow_command.c"

static struct loop loop;
static struct slow_command c;
static struct slow_order order;
static int mouth, news_writer, kills, reports;
static uint64_t started; /* of the process that is looked at; 0: it is no more */

/* ---- the pretended world ---- */

pid_t spawn_start(const struct job *job, int *news)
{
	int ends[2];

	ck_assert_int_eq(fd_pipe(ends, 0), 0);
	*news = ends[0];
	news_writer = ends[1];
	mouth = dup(job->moves[1].from);
	return 4242;
}

enum spawn_news spawn_read_news(int news, char *why, size_t size)
{
	(void)news;
	(void)why;
	(void)size;
	return SPAWN_EXECED;
}

void child_watch(struct child *child, struct loop *l, pid_t pid,
	void (*fn)(struct child *c, int how, int status))
{
	(void)l;
	child->pid = pid;
	child->on_exit = fn;
}

void child_kill_tree(const struct child *child)
{
	ck_assert_int_eq(child->pid, 4242);
	kills++;
}

void reap_describe(int how, int status, char *text, size_t size)
{
	(void)how;
	snprintf(text, size, "exited with code %d", status);
}

bool process_stat_read(pid_t pid, struct process_stat *st)
{
	ck_assert_int_eq(pid, 77);
	*st = (struct process_stat){.started = started};
	return started != 0;
}

void hire_env_put_common(struct hire_env *env)
{
	(void)env;
}

void hire_env_free(struct hire_env *env)
{
	(void)env;
}

static void done(struct slow_command *from, struct slow_order *o)
{
	ck_assert_ptr_eq(from, &c);
	ck_assert_ptr_eq(o, &order);
	reports++;
}

static void begin(void)
{
	static char name[] = "/bin/look", *argv[] = {name, NULL};

	kills = reports = 0;
	mouth = news_writer = -1;
	started = 5;
	ck_assert_int_eq(loop_init(&loop), 0);
	slow_command_init(&c, &loop, done);
	order = (struct slow_order){.argv = argv, .pid = 77, .started = 5, .report = BUF_INIT};
}

static void end(void)
{
	slow_command_end(&c);
	buf_free(&order.report);
	fd_close(&mouth);
	fd_close(&news_writer);
	loop_close(&loop);
}

static void expect_report(const char *what)
{
	buf_put(&order.report, "", 1);
	ck_assert_msg(strstr(buf_head(&order.report), what) != NULL, "wanted '%s' in: %s", what,
		buf_head(&order.report));
	order.report.end--;
}

/* ---- the tests ---- */

START_TEST(what_it_says_is_in_the_report)
{
	begin();
	ck_assert(slow_command_order(&c, &order));
	ck_assert_int_eq(write(mouth, "one\ntwo\033", 8), 8);
	c.child.on_exit(&c.child, 1, 3);
	ck_assert_int_eq(reports, 1);
	expect_report("command = /bin/look, exited with code 3 after ");
	expect_report("| one\n| two\\x1b\n");
	end();
}
END_TEST

/* Or its end would be told again and again for as long as the process lives. Whatever was the last
 * error of anybody says nothing about it. */
START_TEST(an_output_that_has_ended_is_closed_at_once)
{
	begin();
	ck_assert(slow_command_order(&c, &order));
	fd_close(&mouth);
	errno = EAGAIN;
	c.out.fn(&c.out, EPOLLHUP);
	ck_assert_int_eq(c.out.fd, -1);
	ck_assert_int_eq(reports, 0);
	c.child.on_exit(&c.child, 1, 0);
	ck_assert_int_eq(reports, 1);
	end();
}
END_TEST

START_TEST(an_output_that_pauses_stays_open)
{
	begin();
	ck_assert(slow_command_order(&c, &order));
	c.out.fn(&c.out, EPOLLIN);
	ck_assert_int_ge(c.out.fd, 0);
	ck_assert_int_eq(write(mouth, "later", 5), 5);
	c.out.fn(&c.out, EPOLLIN);
	c.child.on_exit(&c.child, 1, 0);
	expect_report("| later\n");
	end();
}
END_TEST

START_TEST(another_process_of_that_number_is_let_alone)
{
	begin();
	started = 6;
	ck_assert(slow_command_order(&c, &order));
	ck_assert_int_eq(mouth, -1);
	ck_assert_int_eq(reports, 1);
	expect_report("was not run: the process is no more");
	end();
}
END_TEST

START_TEST(at_the_end_it_is_broken_off)
{
	begin();
	ck_assert(slow_command_order(&c, &order));
	slow_command_end(&c);
	ck_assert_int_eq(kills, 1);
	ck_assert_int_eq(reports, 1);
	expect_report("was broken off, as hearth stops,");
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slow_command");
	TCase *tc = tcase_create("slow_command");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, what_it_says_is_in_the_report);
	tcase_add_test(tc, an_output_that_has_ended_is_closed_at_once);
	tcase_add_test(tc, an_output_that_pauses_stays_open);
	tcase_add_test(tc, another_process_of_that_number_is_let_alone);
	tcase_add_test(tc, at_the_end_it_is_broken_off);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
