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

int main(void)
{
	Suite *s = suite_create("slow_argument");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, each_stands_for_what_it_says, 0, (int)nitems(rows));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
