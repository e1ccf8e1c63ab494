/* SPDX-License-Identifier: MIT
 *
 * check_serve_tell: records become lines for a person, whatever the records are.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/access_format.h"
#include "manager/serve_tell.h"

static struct teller plain, coloured;
static struct buf out;

static void setup(void)
{
	plain = (struct teller){.dir = "/srv/site"};
	coloured = (struct teller){.dir = "/srv/site", .colour = true};
	out = BUF_INIT;
}

static void teardown(void)
{
	buf_free(&out);
}

static const char *told(struct teller *t, const char *record)
{
	buf_clear(&out);
	tell_record(t, "10:00:00", span_of(record), &out);
	buf_put(&out, "", 1);
	return buf_head(&out);
}

static const char *ended(const struct teller *t, uint64_t seconds)
{
	buf_clear(&out);
	tell_end(t, "10:00:00", seconds, &out);
	buf_put(&out, "", 1);
	return buf_head(&out);
}

START_TEST(the_format_is_one)
{
	char why[200];

	ck_assert_msg(access_format_check(TELL_ACCESS_FORMAT, why, sizeof why), "%s", why);
}
END_TEST

static const struct {
	const char *record, *line;
} requests[] = {
	{"@200 6 1900 1700 - - kept \"GET\" \"/cgi-bin/hello?x=1\" \"/cgi-bin/hello\"",
		"10:00:00  200  GET       6 B   1.9 ms  /cgi-bin/hello?x=1\n"},
	{"@200 1234 12345 10000 50.00 4096000 kept \"POST\" \"/cgi-bin/a\" \"/x\"",
		"10:00:00  200  POST   1.2 kB    12 ms  /cgi-bin/a  (cpu 5.0 ms, 4.1 MB)\n"},
	{"@404 148 10 - - - kept \"GET\" \"/cgi-bin/no?x\" \"/cgi-bin/no\"",
		"10:00:00  404  GET     148 B   0.0 ms  /cgi-bin/no?x  (there is no script no in cgi-bin)\n"},
	{"@404 148 10 - - - kept \"GET\" \"/cgi-bin/\" \"/cgi-bin/\"",
		"10:00:00  404  GET     148 B   0.0 ms  /cgi-bin/  (there is no script such as "
		"index.cgi in cgi-bin)\n"},
	/* Its own 404: the script is there. */
	{"@404 148 10 9 - - kept \"GET\" \"/cgi-bin/no?x\" \"/cgi-bin/no\"",
		"10:00:00  404  GET     148 B   0.0 ms  /cgi-bin/no?x\n"},
	{"@404 148 10 - - - kept \"GET\" \"/no\" \"-\"",
		"10:00:00  404  GET     148 B   0.0 ms  /no\n"},
	{"@499 0 2500000 2400000 - - left \"GET\" \"/a\" \"-\"",
		"10:00:00  499  GET       0 B    2.5 s  /a  (the client left)\n"},
	{"@200 99999999 123456789 1 - - cut \"DELETE\" \"/a\" \"-\"",
		"10:00:00  200  DELETE   100 MB    123 s  /a  (cut short)\n"},
	{"@400 152 0 - - - closed \"-\" \"-\" \"-\"", "10:00:00  400  -       152 B   0.0 ms  -\n"},
	/* What is cut off or nonsense is shown all the same. */
	{"@200 6", "10:00:00  200            6 B        -  \n"},
	{"@200 6 1 1 99999999999999999999 1 kept \"GET\" \"\033[2J\" \"-\"",
		"10:00:00  200  GET       6 B   0.0 ms  \\x1b[2J\n"},
};

START_TEST(a_request_is_a_line)
{
	ck_assert_str_eq(told(&plain, requests[_i].record), requests[_i].line);
}
END_TEST

#define HEAD(level) "[18-Nov-2025 10:00:00.123] " level ": gateway: "
#define SCRIPT      "[pool cgi] request 0123456789abcdef: script /srv/site/cgi-bin/a"
#define RUNNING     SCRIPT " (pid 12)"

static const struct {
	const char *record, *line;
} errors[] = {
	{HEAD("WARNING") RUNNING " said into stderr: \"a \"b\" /srv/site/c\"",
		"10:00:00  cgi-bin/a | a \"b\" /srv/site/c\n"},
	{HEAD("WARNING") SCRIPT " said into stderr: \"x\" (its further lines are dropped)",
		"10:00:00  cgi-bin/a | x (its further lines are dropped)\n"},
	{HEAD("ERROR") RUNNING " (\"GET /cgi-bin/a?q\"): it broke (it exited with code 3)",
		"10:00:00  cgi-bin/a: it broke (it exited with code 3)\n"},
	{HEAD("ERROR") SCRIPT " could not be started: /srv/site/cgi-bin/a has no #! line",
		"10:00:00  cgi-bin/a could not be started: cgi-bin/a has no #! line\n"
		"          the first line of a script names what runs it: #!/bin/sh, "
		"#!/usr/bin/python3\n"},
	{"[18-Nov-2025 10:00:00.123] ALERT: /srv/sitemap is not /srv/site/map",
		"10:00:00  /srv/sitemap is not map\n"},
	{"[", "10:00:00  \n"},
	{"[18-Nov-2025 10:00:00.123] ERROR: gateway: [pool cgi] request 0123",
		"10:00:00  request 0123\n"},
	{"no record \033", "no record \\x1b\n"},
	{"", "\n"},
};

START_TEST(an_error_is_short)
{
	ck_assert_str_eq(told(&plain, errors[_i].record), errors[_i].line);
}
END_TEST

START_TEST(a_long_target_is_cut)
{
	static const char tail[] = "xxx...\n";
	char target[600], record[700];
	const char *line;

	memset(target, 'x', sizeof target);
	snprintf(record, sizeof record, "@200 6 1 1 - - kept \"GET\" \"/%.*s\" \"-\"",
		(int)sizeof target, target);
	line = told(&plain, record);
	ck_assert_uint_lt(strlen(line), 300);
	ck_assert_str_eq(line + strlen(line) - strlen(tail), tail);
}
END_TEST

START_TEST(colours_say_the_class)
{
	static const struct {
		const char *status, *colour;
	} classes[] = {{"200", "\033[32m200\033[0m"}, {"302", "\033[36m302\033[0m"},
		{"404", "\033[33m404\033[0m"}, {"502", "\033[1;31m502\033[0m"}};
	char record[200];

	for (size_t i = 0; i < nitems(classes); i++) {
		snprintf(record, sizeof record, "@%s 6 1 1 - - kept \"GET\" \"/a\" \"-\"",
			classes[i].status);
		ck_assert_ptr_nonnull(strstr(told(&coloured, record), classes[i].colour));
		ck_assert_ptr_null(strchr(told(&plain, record), '\033'));
	}
	ck_assert_ptr_nonnull(
		strstr(told(&coloured, HEAD("ERROR") "it broke"), "\033[1;31mit broke\033[0m"));
	ck_assert_ptr_nonnull(strstr(
		told(&coloured, HEAD("WARNING") "it may break"), "\033[33mit may break\033[0m"));
}
END_TEST

START_TEST(the_end_has_totals)
{
	ck_assert_str_eq(ended(&plain, 0), "10:00:00  stopped after 0 s: 0 requests\n");
	told(&plain, requests[0].record);
	ck_assert_str_eq(ended(&plain, 61), "10:00:00  stopped after 1 min 1 s: 1 request\n");
	told(&plain, requests[2].record);
	told(&plain, "@500 1 1 1 - - kept \"GET\" \"/\" \"-\"");
	ck_assert_str_eq(ended(&plain, 7325),
		"10:00:00  stopped after 2 h 2 min 5 s: 3 requests, 1 error (5xx)\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("serve_tell");
	TCase *tc = tcase_create("serve_tell");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_format_is_one);
	tcase_add_loop_test(tc, a_request_is_a_line, 0, (int)nitems(requests));
	tcase_add_loop_test(tc, an_error_is_short, 0, (int)nitems(errors));
	tcase_add_test(tc, a_long_target_is_cut);
	tcase_add_test(tc, colours_say_the_class);
	tcase_add_test(tc, the_end_has_totals);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
