/* SPDX-License-Identifier: MIT
 *
 * check_slow_argument: placeholders in the arguments of slowlog_command.
 */
#include "manager/slow_argument.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *configured, *made; /* NULL: refused */
} rows[] = {
	{"--pid", "--pid"},
	{"%p", "1234"},
	{"--pid=%p,%p", "--pid=1234,1234"},
	{"%r", "00000000000000ff"},
	{"%s", "/srv/%p a"},
	{"100%%p", "100%p"},
	{"", ""},
	{"%", NULL},
	{"a%x", NULL},
	{"%%%", NULL},
};

START_TEST(each_stands_for_what_it_says)
{
	const struct slow_names names = {1234, 0xff, SPAN_LIT("/srv/%p a")};
	char *made;

	ck_assert_int_eq(slow_argument_check(rows[_i].configured) == NULL, rows[_i].made != NULL);
	if (!rows[_i].made)
		return;
	made = slow_argument(rows[_i].configured, &names);
	ck_assert_str_eq(made, rows[_i].made);
	free(made);
}
END_TEST

/* The script is what a web server calls it, or a gateway that has been taken over. */
START_TEST(a_script_is_no_option)
{
	const struct slow_names names = {1234, 0xff, SPAN_LIT("--exec=/tmp/x")};
	static const struct {
		const char *configured, *made;
	} wanted[] = {
		{"%s", "./--exec=/tmp/x"},
		{"%s:%s", "./--exec=/tmp/x:--exec=/tmp/x"},
		{"--script=%s", "--script=--exec=/tmp/x"},
	};

	for (size_t i = 0; i < nitems(wanted); i++) {
		char *made = slow_argument(wanted[i].configured, &names);
		ck_assert_str_eq(made, wanted[i].made);
		free(made);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slow_argument");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, each_stands_for_what_it_says, 0, (int)nitems(rows));
	tcase_add_test(tc, a_script_is_no_option);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
