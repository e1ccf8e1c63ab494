/* SPDX-License-Identifier: MIT
 *
 * check_obituary: the rings keep the last few, in order, and nothing of what was in their places.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manager/obituary.h"

static struct last_words words;
static struct obituary deaths;

static void setup(void)
{
	memset(&words, 0, sizeof words);
	memset(&deaths, 0, sizeof deaths);
}

static void say(unsigned from, unsigned to)
{
	char line[20];

	for (unsigned i = from; i < to; i++) {
		snprintf(line, sizeof line, "line %u", i);
		last_words_add(&words, line);
	}
}

START_TEST(nobody_has_said_anything)
{
	ck_assert_ptr_null(last_words_at(&words, 0));
	ck_assert_str_eq(last_words_end(&words), "");
}
END_TEST

START_TEST(the_last_lines_are_kept_in_order)
{
	say(0, 3);
	ck_assert_str_eq(last_words_at(&words, 0), "line 0");
	ck_assert_str_eq(last_words_at(&words, 2), "line 2");
	ck_assert_ptr_null(last_words_at(&words, 3));
	say(3, 12);
	ck_assert_str_eq(last_words_at(&words, 0), "line 7");
	ck_assert_str_eq(last_words_at(&words, OBITUARY_LINES - 1), "line 11");
	ck_assert_ptr_null(last_words_at(&words, OBITUARY_LINES));
	ck_assert_str_eq(last_words_end(&words), "line 11");
}
END_TEST

START_TEST(a_line_is_cut_to_its_place)
{
	char longer[3 * OBITUARY_CHARS];

	memset(longer, 'z', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	last_words_add(&words, longer);
	ck_assert_uint_eq(strlen(last_words_end(&words)), OBITUARY_CHARS);
	ck_assert_ptr_null(last_words_at(&words, 1));
}
END_TEST

START_TEST(nobody_has_died)
{
	ck_assert_ptr_null(obituary_at(&deaths, 0));
}
END_TEST

START_TEST(the_newest_death_comes_first)
{
	for (int pid = 1; pid <= 3; pid++)
		obituary_add(&deaths)->pid = pid;
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(obituary_at(&deaths, i)->pid, 3 - (int)i);
	ck_assert_ptr_null(obituary_at(&deaths, 3));
}
END_TEST

START_TEST(the_oldest_death_is_forgotten_whole)
{
	struct death *first = obituary_add(&deaths);

	first->lived_ms = 7;
	strcpy(first->why, "a reason of its own");
	last_words_add(&first->words, "bye");
	for (int pid = 1; pid <= OBITUARY_DEATHS; pid++)
		obituary_add(&deaths)->pid = pid;
	ck_assert_uint_eq(deaths.deaths, OBITUARY_DEATHS + 1);
	ck_assert_int_eq(obituary_at(&deaths, OBITUARY_DEATHS - 1)->pid, 1);
	ck_assert_ptr_null(obituary_at(&deaths, OBITUARY_DEATHS));
	for (unsigned i = 0; i < OBITUARY_DEATHS; i++) {
		const struct death *d = obituary_at(&deaths, i);
		ck_assert_int_eq(d->lived_ms, -1);
		ck_assert_str_eq(d->why, "");
		ck_assert_uint_eq(d->words.said, 0);
	}
}
END_TEST

START_TEST(counters_may_wrap)
{
	words.said = 4294967295u;
	last_words_add(&words, "before");
	ck_assert_uint_eq(words.said, 0);
	last_words_add(&words, "after");
	ck_assert_str_eq(last_words_end(&words), "after");
	ck_assert_ptr_null(last_words_at(&words, 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("obituary");
	TCase *tc = tcase_create("obituary");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, nobody_has_said_anything);
	tcase_add_test(tc, the_last_lines_are_kept_in_order);
	tcase_add_test(tc, a_line_is_cut_to_its_place);
	tcase_add_test(tc, nobody_has_died);
	tcase_add_test(tc, the_newest_death_comes_first);
	tcase_add_test(tc, the_oldest_death_is_forgotten_whole);
	tcase_add_test(tc, counters_may_wrap);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
