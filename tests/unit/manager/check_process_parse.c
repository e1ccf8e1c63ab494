/* SPDX-License-Identifier: MIT
 *
 * check_process_parse: what /proc says, whatever a process is called.
 */
#include "manager/process_parse.h"

#include <sys/syscall.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *text;
	bool good;
	const char *comm;
	char state;
	int parent;
	unsigned threads;
	uint64_t user, system, started;
} stats[] = {
	{"12 (sh) S 1 12 12 0 -1 4194560 100 0 0 0 7 3 0 0 20 0 4 0 98765 1 2 3", true, "sh", 'S',
		1, 4, 7, 3, 98765},
	{"12 (a) R 9 (x) S) D 77 12 12 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5 1", true, "a) R 9 (x) S",
		'D', 77, 1, 1, 2, 5},
	{"12 () Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5", true, "", 'Z', 1, 1, 0, 0, 5},
	{"12 (sh S 1 12", false, "", 0, 0, 0, 0, 0, 0},
	{"12 )sh( S 1 12 12 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5", false, "", 0, 0, 0, 0, 0, 0},
	{"12 (sh) S 1 12 12", false, "sh", 'S', 1, 0, 0, 0, 0},
	{"", false, "", 0, 0, 0, 0, 0, 0},
};

START_TEST(a_name_cannot_pretend_to_be_the_rest)
{
	struct process_stat st;
	char *copy = strdup(stats[_i].text); /* no byte behind it may be read */

	ck_assert_int_eq(process_stat_parse(span_of(copy), &st), stats[_i].good);
	if (stats[_i].good) {
		ck_assert_str_eq(st.comm, stats[_i].comm);
		ck_assert_int_eq(st.state, stats[_i].state);
		ck_assert_int_eq(st.parent, stats[_i].parent);
		ck_assert_uint_eq(st.threads, stats[_i].threads);
		ck_assert_uint_eq(st.user, stats[_i].user);
		ck_assert_uint_eq(st.system, stats[_i].system);
		ck_assert_uint_eq(st.started, stats[_i].started);
	}
	free(copy);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
	char text[1024];
	struct process_stat st;

	snprintf(text, sizeof text, "1 (%0300d) S 2 1 1 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5", 7);
	ck_assert(process_stat_parse(span_of(text), &st));
	ck_assert_uint_eq(strlen(st.comm), sizeof st.comm - 1);
}
END_TEST

static const struct {
	const char *text, *name;
	bool good;
	uint64_t kb;
} fields[] = {
	{"Name:\tx\nVmRSS:\t  1234 kB\nThreads:\t1\n", "VmRSS", true, 1234},
	{"Name:\tVmRSS: 5 kB\nVmRSS:\t6 kB", "VmRSS", true, 6},
	{"VmRSSx:\t6 kB\n", "VmRSS", false, 0},
	{"Pss:", "Pss", false, 0},
	{"Pss_Anon: 5 kB\nPss:    9 kB\n", "Pss", true, 9},
	{"", "Pss", false, 0},
};

START_TEST(a_field_is_found_by_its_whole_name)
{
	uint64_t kb = 0;

	ck_assert_int_eq(
		process_field_kb(span_of(fields[_i].text), fields[_i].name, &kb), fields[_i].good);
	ck_assert_uint_eq(kb, fields[_i].good ? fields[_i].kb : 0);
}
END_TEST

static const struct {
	const char *text;
	bool good, runs;
	long number;
	uint64_t first;
} calls[] = {
	{"0 0x3 0x7ffc 0x1000 0x0 0x0 0x0 0x7ffd 0x7f00\n", true, false, 0, 3},
	{"running\n", true, true, 0, 0},
	{"-1 0x7ffc 0x7f00\n", true, true, -1, 0x7ffc},
	{"230\n", false, false, 230, 0},
	{"x\n", false, false, 0, 0},
	{"", false, false, 0, 0},
};

START_TEST(a_call_is_a_number_and_what_it_was_given)
{
	struct process_call call;

	ck_assert_int_eq(process_call_parse(span_of(calls[_i].text), &call), calls[_i].good);
	if (!calls[_i].good)
		return;
	ck_assert_int_eq(call.runs, calls[_i].runs);
	ck_assert_int_eq(call.number, calls[_i].number);
	ck_assert_uint_eq(call.first, calls[_i].first);
}
END_TEST

START_TEST(common_calls_have_names)
{
	ck_assert_str_eq(process_call_name(SYS_read), "read");
	ck_assert_str_eq(process_call_name(SYS_futex), "futex");
	ck_assert_str_eq(process_call_name(SYS_wait4), "wait4");
	ck_assert(process_call_has_fd(SYS_read) && process_call_has_fd(SYS_connect));
	ck_assert(!process_call_has_fd(SYS_futex) && !process_call_has_fd(999999));
	ck_assert_ptr_null(process_call_name(999999));
	ck_assert_str_eq(process_state_name('S'), "S (sleeping)");
	ck_assert_str_eq(process_state_name('\n'), "?");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("process_parse");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, a_name_cannot_pretend_to_be_the_rest, 0, (int)nitems(stats));
	tcase_add_test(tc, a_long_name_is_cut);
	tcase_add_loop_test(tc, a_field_is_found_by_its_whole_name, 0, (int)nitems(fields));
	tcase_add_loop_test(tc, a_call_is_a_number_and_what_it_was_given, 0, (int)nitems(calls));
	tcase_add_test(tc, common_calls_have_names);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
