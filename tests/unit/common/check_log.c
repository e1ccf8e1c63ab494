/* SPDX-License-Identifier: MIT
 *
 * check_log: whatever is logged, a record is one line, and it is honest about who wrote it.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/span.h"

static int ends[2];

static void setup(void)
{
	ck_assert_int_eq(fd_pipe(ends, 0), 0);
	log_to_fd(ends[1]);
	log_open(NULL, LOG_AT_NOTICE);
}

static void teardown(void)
{
	log_to_fd(STDERR_FILENO);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

/* All that was logged since the last call. */
static const char *logged(void)
{
	static char text[1 << 17];
	ssize_t n = read(ends[0], text, sizeof text - 1);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* The text of the only record. Checks "[DD-Mon-YYYY HH:MM:SS.mmm] ", which is php-fpm's. */
static const char *record(void)
{
	const char *text = logged(), *end = strchr(text, '\n');
	int day, year, hour, minute, second, ms, used = 0;
	char month[4];

	ck_assert_ptr_nonnull(end);
	ck_assert_str_eq(end, "\n");
	ck_assert_int_eq(sscanf(text, "[%2d-%3[A-Za-z]-%4d %2d:%2d:%2d.%3d] %n", &day, month, &year,
				 &hour, &minute, &second, &ms, &used),
		7);
	ck_assert_int_eq(used, 27);
	return text + used;
}

/* ---- escaping ---- */

static const struct escaped {
	struct span from;
	const char *to;
} escapes[] = {
	{{"plain ~text", 11}, "plain ~text"},
	{{"", 0}, ""},
	{{"a\nb\r\tc", 6}, "a\\x0ab\\x0d\\x09c"},
	{{"\0\x7f\x1b[31m", 7}, "\\x00\\x7f\\x1b[31m"},
	{{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa5", 14},
		"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa5"},
	{{"cut\xc3", 4}, "cut\\xc3"},
	{{"cut\xe2\x82", 5}, "cut\\xe2\\x82"},
	{{"cut\xf0\x9f\x94", 6}, "cut\\xf0\\x9f\\x94"},
	{{"\xc3(", 2}, "\\xc3("},
	{{"\xe2\x82\n", 3}, "\\xe2\\x82\\x0a"},
	{{"\x80\xbf", 2}, "\\x80\\xbf"},
	{{"\xc0\xaf\xc1\xbf", 4}, "\\xc0\\xaf\\xc1\\xbf"},
	{{"\xc2\x9b"
	  "31m",
		 5},
		"\\xc2\\x9b31m"}, /* CSI as a C1 control */
	{{"\xc2\xa0", 2}, "\xc2\xa0"},
	{{"\xf5\x80\x80\x80\xff", 5}, "\\xf5\\x80\\x80\\x80\\xff"},
};

START_TEST(controls_become_visible_and_utf8_passes)
{
	const struct escaped *c = &escapes[_i];
	char to[128];
	size_t n = log_escape(to, sizeof to, c->from.p, c->from.n);

	ck_assert_str_eq(to, c->to);
	ck_assert_uint_eq(n, strlen(c->to));
}
END_TEST

START_TEST(what_does_not_fit_is_left_out_whole)
{
	static const char from[] = "ab\xe2\x82\xac\n.";
	char to[16];

	for (size_t size = 1; size < sizeof to; size++) {
		memset(to, '!', sizeof to);
		size_t n = log_escape(to, size, from, sizeof from - 1);
		ck_assert_uint_lt(n, size);
		ck_assert_uint_eq(strlen(to), n);
		ck_assert_int_eq(to[size], '!');
		ck_assert(n == 0 || n == 1 || n == 2 || n == 5 || n == 9 || n == 10);
	}
	ck_assert_uint_eq(log_escape(NULL, 0, from, sizeof from - 1), 0);
}
END_TEST

START_TEST(every_single_byte_is_harmless)
{
	char to[8];

	for (int i = 0; i < 256; i++) {
		log_escape(to, sizeof to, &(char){(char)i}, 1);
		for (const char *p = to; *p; p++)
			ck_assert(*p >= 0x20 && *p < 0x7f);
	}
}
END_TEST

/* ---- records ---- */

START_TEST(a_record_is_a_date_a_level_and_the_text)
{
	log_warn("pool %s: %d", "web", 7);
	ck_assert_str_eq(record(), "WARNING: pool web: 7\n");
}
END_TEST

START_TEST(a_record_is_one_line_whatever_it_carries)
{
	log_error("%s", "one\ntwo\r\n[01-Jan-1970 00:00:00.000] ALERT: forged");
	ck_assert_str_eq(
		record(), "ERROR: one\\x0atwo\\x0d\\x0a[01-Jan-1970 00:00:00.000] ALERT: forged\n");
}
END_TEST

START_TEST(a_long_record_is_cut_and_still_one_line)
{
	static char text[20000];

	memset(text, '\n', sizeof text - 1);
	log_error("%s", text);
	ck_assert_uint_lt(strlen(record()), 4096);
	memset(text, 'x', sizeof text - 1);
	log_error("%s", text);
	ck_assert_uint_lt(strlen(record()), 4096);
}
END_TEST

static void say(bool plain)
{
	log_words(LOG_AT_WARNING, &(struct log_words){"[pool app] child 12", "stderr",
					  "a\nb\x1b\xff", " (and more)", plain});
}

START_TEST(words_of_others_are_in_quotes_or_alone)
{
	say(false);
	ck_assert_str_eq(record(), "WARNING: [pool app] child 12 said into stderr: "
				   "\"a\\x0ab\\x1b\\xff\" (and more)\n");
	say(true);
	ck_assert_str_eq(logged(), "a\\x0ab\\x1b\\xff\n");
	log_set_format(LOG_AS_JSON);
	for (int plain = 0; plain < 2; plain++) {
		const char *line;
		say(plain);
		line = logged();
		ck_assert_ptr_nonnull(strstr(line,
			",\"level\":\"warning\",\"process\":\"manager\",\"event\":\"said\","
			"\"pool\":\"app\",\"pid\":12,\"stream\":\"stderr\","
			"\"note\":\" (and more)\",\"message\":\"a\\u000ab\\u001b\\\\xff\"}\n"));
	}
	log_set_format(LOG_AS_TEXT);
}
END_TEST

START_TEST(a_line_is_as_long_as_it_may_be)
{
	static const size_t limits[] = {512, 4096, 20000, 65536};
	static char text[70000];

	memset(text, 'x', sizeof text - 1);
	for (size_t i = 0; i < nitems(limits); i++) {
		log_set_limit(limits[i]);
		for (int format = LOG_AS_TEXT; format <= LOG_AS_JSON; format++) {
			size_t n;
			log_set_format((enum log_format)format);
			log_error("%s", text);
			n = strlen(logged());
			ck_assert_uint_le(n, limits[i]);
			ck_assert_uint_gt(n, limits[i] - 16);
		}
		ck_assert_uint_lt(log_words_max(), limits[i]);
	}
	log_set_limit(0);
	ck_assert_uint_gt(log_words_max(), 100);
	log_set_limit(LOG_LIMIT);
	log_set_format(LOG_AS_TEXT);
}
END_TEST

START_TEST(other_processes_say_who_they_are)
{
	log_open("gateway", LOG_AT_NOTICE);
	log_notice("ready");
	ck_assert_str_eq(record(), "NOTICE: gateway: ready\n");
	log_open("a name that is longer than the room there is for names", LOG_AT_NOTICE);
	log_notice("ready");
	ck_assert_ptr_nonnull(strstr(record(), ": ready\n"));
}
END_TEST

START_TEST(who_is_taken_down_by_another_says_the_words_alone)
{
	log_open("exec", LOG_AT_NOTICE);
	log_set_format(LOG_AS_WORDS);
	log_notice("left\nbehind");
	ck_assert_str_eq(logged(), "left\\x0abehind\n");
	log_debug("nothing");
	ck_assert_str_eq(logged(), "");
	log_set_format(LOG_AS_TEXT);
}
END_TEST

START_TEST(a_level_hides_what_is_below_it)
{
	for (int level = LOG_AT_ALERT; level <= LOG_AT_DEBUG; level++) {
		int lines = 0;
		log_set_level((enum log_level)level);
		ck_assert_int_eq(log_get_level(), level);
		log_alert("a");
		log_error("e");
		log_warn("w");
		log_notice("n");
		log_debug("d");
		for (const char *p = logged(); *p; p++)
			lines += *p == '\n';
		ck_assert_int_eq(lines, level + 1);
	}
	log_set_level(LOG_AT_ERROR);
	log_at(LOG_AT_WARNING, "hidden");
	log_at(LOG_AT_ERROR, "shown");
	ck_assert_str_eq(record(), "ERROR: shown\n");
}
END_TEST

START_TEST(levels_have_php_fpm_names)
{
	ck_assert_str_eq(log_level_names[LOG_AT_ALERT], "alert");
	ck_assert_str_eq(log_level_names[LOG_AT_ERROR], "error");
	ck_assert_str_eq(log_level_names[LOG_AT_WARNING], "warning");
	ck_assert_str_eq(log_level_names[LOG_AT_NOTICE], "notice");
	ck_assert_str_eq(log_level_names[LOG_AT_DEBUG], "debug");
}
END_TEST

START_TEST(errno_is_read_and_kept)
{
	char expected[128];

	snprintf(expected, sizeof expected, "ERROR: open: %s\n", strerror(ENOENT));
	errno = ENOENT;
	log_error("open: %m");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(record(), expected);
	errno = EACCES;
	log_debug("hidden");
	ck_assert_int_eq(errno, EACCES);
}
END_TEST

START_TEST(a_log_that_cannot_be_written_changes_nothing)
{
	log_to_fd(-1);
	errno = ENOENT;
	log_error("lost");
	ck_assert_int_eq(errno, ENOENT);
	log_to_fd(ends[1]);
	log_error("found");
	ck_assert_str_eq(record(), "ERROR: found\n");
}
END_TEST

/* ---- ends ---- */

static int status_of(void (*end)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		end();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void end_fatally(void)
{
	fatal(78, "no %s", "configuration");
}

static void break_a_promise(void)
{
	int zero = 0;

	must(zero == 0);
	must(zero == 1);
}

START_TEST(fatal_says_why_and_exits_with_its_status)
{
	ck_assert_int_eq(WEXITSTATUS(status_of(end_fatally)), 78);
	ck_assert_str_eq(record(), "ALERT: no configuration\n");
}
END_TEST

START_TEST(a_programming_error_says_where_it_is)
{
	const char *text;

	ck_assert_int_eq(WEXITSTATUS(status_of(break_a_promise)), 70);
	text = record();
	ck_assert_ptr_nonnull(strstr(text, "check_log.c:"));
	ck_assert_ptr_nonnull(strstr(text, "must(zero == 1)"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("log");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, controls_become_visible_and_utf8_passes, 0, (int)nitems(escapes));
	tcase_add_test(tc, what_does_not_fit_is_left_out_whole);
	tcase_add_test(tc, every_single_byte_is_harmless);
	tcase_add_test(tc, a_record_is_a_date_a_level_and_the_text);
	tcase_add_test(tc, a_record_is_one_line_whatever_it_carries);
	tcase_add_test(tc, a_long_record_is_cut_and_still_one_line);
	tcase_add_test(tc, words_of_others_are_in_quotes_or_alone);
	tcase_add_test(tc, a_line_is_as_long_as_it_may_be);
	tcase_add_test(tc, other_processes_say_who_they_are);
	tcase_add_test(tc, who_is_taken_down_by_another_says_the_words_alone);
	tcase_add_test(tc, a_level_hides_what_is_below_it);
	tcase_add_test(tc, levels_have_php_fpm_names);
	tcase_add_test(tc, errno_is_read_and_kept);
	tcase_add_test(tc, a_log_that_cannot_be_written_changes_nothing);
	tcase_add_test(tc, fatal_says_why_and_exits_with_its_status);
	tcase_add_test(tc, a_programming_error_says_where_it_is);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
