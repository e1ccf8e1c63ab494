/* SPDX-License-Identifier: MIT
 *
 * check_sig: a new program finds no signal ignored, and how one ended is said in words.
 */
#include "common/sig.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/span.h"

/* What the kernel says of this process; libc's own view leaves two signals out. */
static unsigned long long ignored(void)
{
	unsigned long long set = ~0ULL;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f))
		if (strncmp(line, "SigIgn:", 7) == 0)
			set = strtoull(line + 7, NULL, 16);
	fclose(f);
	return set;
}

START_TEST(nothing_stays_ignored)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGRTMIN, SIG_IGN);
	ck_assert(ignored() != 0);
	sig_all_default();
	ck_assert_uint_eq(ignored(), 0);
}
END_TEST

static const struct {
	int exit, signal;
	const char *words;
} ends[] = {
	{0, 0, "exited with code 0"},
	{3, 0, "exited with code 3"},
	{255, 0, "exited with code 255"},
	{0, SIGKILL, "exited on signal 9 (SIGKILL)"},
	{0, SIGTERM, "exited on signal 15 (SIGTERM)"},
	{0, SIGUSR1, "exited on signal 10 (SIGUSR1)"},
};

START_TEST(an_end_in_words)
{
	char text[80];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sig_all_default(); /* Check handles some of them */
		if (ends[_i].signal)
			raise(ends[_i].signal);
		_exit(ends[_i].exit);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	sig_describe_end(status, text, sizeof text);
	ck_assert_str_eq(text, ends[_i].words);
}
END_TEST

START_TEST(a_core_and_a_signal_without_a_name)
{
	char text[80];

	sig_describe_end(SIGSEGV | 0x80, text, sizeof text);
	ck_assert_str_eq(text, "exited on signal 11 (SIGSEGV, core dumped)");
	sig_describe_end(60, text, sizeof text);
	ck_assert_str_eq(text, "exited on signal 60 (unnamed)");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sig");
	TCase *tc = tcase_create("sig");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, nothing_stays_ignored);
	tcase_add_loop_test(tc, an_end_in_words, 0, nitems(ends));
	tcase_add_test(tc, a_core_and_a_signal_without_a_name);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
