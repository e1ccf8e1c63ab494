/* SPDX-License-Identifier: MIT
 *
 * check_output: a child's words become records, whatever the words are.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "manager/output.h"

static struct loop loop;
static struct output o;
static int child, records[2];
static char log_text[1 << 16];

static void setup(void)
{
	int ends[2];

	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(fd_pipe(ends, 0), 0);
	ck_assert_int_eq(fd_pipe(records, 0), 0);
	log_open(NULL, LOG_AT_NOTICE);
	log_to_fd(records[1]);
	output_open(&o, &loop, ends[0], "[pool app] child", "stderr");
	o.pid = 1234;
	child = ends[1];
}

static void teardown(void)
{
	output_close(&o);
	fd_close(&child);
	log_to_fd(STDERR_FILENO);
	fd_close(&records[0]);
	fd_close(&records[1]);
	loop_close(&loop);
}

static const char *logged(void)
{
	ssize_t n = read(records[0], log_text, sizeof log_text - 1);

	log_text[n > 0 ? n : 0] = '\0';
	return log_text;
}

static void say(const char *text)
{
	ck_assert_int_eq(write(child, text, strlen(text)), (ssize_t)strlen(text));
	loop_turn(&loop, 0);
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

START_TEST(a_line_is_a_record)
{
	say("hello world\n");
	ck_assert_ptr_nonnull(
		strstr(logged(), "[pool app] child 1234 said into stderr: \"hello world\"\n"));
	ck_assert_str_eq(last_words_end(&o.last), "hello world");
}
END_TEST

START_TEST(a_line_may_come_in_pieces)
{
	say("hel");
	say("lo\nwor");
	ck_assert_ptr_nonnull(strstr(logged(), "\"hello\""));
	say("ld\r\n\n\n");
	ck_assert_ptr_nonnull(strstr(logged(), "\"world\""));
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(controls_do_not_reach_the_log)
{
	static const char bytes[] = "a\0b\033[31mc\n";

	ck_assert_int_eq(write(child, bytes, sizeof bytes - 1), (ssize_t)sizeof bytes - 1);
	loop_turn(&loop, 0);
	ck_assert_ptr_nonnull(strstr(logged(), "\"a b\\x1b[31mc\""));
	ck_assert_str_eq(last_words_end(&o.last), "a b\\x1b[31mc");
}
END_TEST

START_TEST(a_long_line_is_cut_and_the_next_is_whole)
{
	char line[6000];

	memset(line, 'z', sizeof line);
	line[sizeof line - 2] = '\n';
	line[sizeof line - 1] = '\0';
	say(line);
	say("next\n");
	logged();
	ck_assert_int_eq(count(log_text, "z"), (int)log_words_max());
	ck_assert_ptr_nonnull(strstr(log_text, "z...\""));
	ck_assert_ptr_nonnull(strstr(log_text, "\"next\""));
	ck_assert_uint_eq(strlen(last_words_end(&o.last)), strlen("next"));
}
END_TEST

START_TEST(a_flood_is_counted_and_drained)
{
	for (int i = 0; i < OUTPUT_LINES_MAX + 23; i++)
		say("again\n");
	ck_assert_int_eq(count(logged(), "again"), OUTPUT_LINES_MAX);
	while (o.dropped)
		loop_turn(&loop, 2000);
	ck_assert_ptr_nonnull(
		strstr(logged(), "[pool app] child 1234 said too much into stderr: 23 lines "
				 "dropped"));
	say("later\n");
	ck_assert_ptr_nonnull(strstr(logged(), "\"later\""));
}
END_TEST

START_TEST(the_last_words_are_taken_at_the_end)
{
	ck_assert_int_eq(write(child, "one\ntwo", 7), 7); /* no turn of the loop in between */
	output_close(&o);
	logged();
	ck_assert_ptr_nonnull(strstr(log_text, "\"one\""));
	ck_assert_ptr_nonnull(strstr(log_text, "\"two\""));
	ck_assert_str_eq(last_words_end(&o.last), "two");
	output_close(&o);
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(end_of_file_ends_the_line)
{
	say("almost");
	fd_close(&child);
	loop_turn(&loop, 0);
	ck_assert_ptr_nonnull(strstr(logged(), "\"almost\""));
	ck_assert_int_eq(o.io.fd, -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("output");
	TCase *tc = tcase_create("output");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_line_is_a_record);
	tcase_add_test(tc, a_line_may_come_in_pieces);
	tcase_add_test(tc, controls_do_not_reach_the_log);
	tcase_add_test(tc, a_long_line_is_cut_and_the_next_is_whole);
	tcase_add_test(tc, a_flood_is_counted_and_drained);
	tcase_add_test(tc, the_last_words_are_taken_at_the_end);
	tcase_add_test(tc, end_of_file_ends_the_line);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
