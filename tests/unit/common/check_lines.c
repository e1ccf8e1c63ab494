/* SPDX-License-Identifier: MIT
 *
 * check_lines: lines come out whole, however the bytes came in.
 */
#include "common/lines.h"

#include <stdio.h>

#include "tests/unit/feed.h"

static struct lines l;
static char got[8192];

static void note(void *arg, const char *line)
{
	size_t n = strlen(got);

	ck_assert_ptr_eq(arg, &l);
	snprintf(got + n, sizeof got - n, "[%s]", line);
}

/* Also between the ways to cut one text. */
static void setup(void)
{
	lines_free(&l);
	memset(&l, 0, sizeof l);
	got[0] = '\0';
}

static void down(void)
{
	lines_free(&l);
}

static const struct {
	const char *said;
	size_t n;
	const char *lines;
} rows[] = {
#define ROW(said, lines)                      \
	{                                     \
		said, sizeof(said) - 1, lines \
	}
	ROW("", ""),
	ROW("one\n", "[one]"),
	ROW("one\r\n", "[one]"),
	ROW("one\ntwo\n", "[one][two]"),
	ROW("one\n\n\r\ntwo\n", "[one][two]"),
	ROW("one\nunfinished", "[one][unfinished]"),
	ROW("\n\n", ""),
	ROW("a\rb\n", "[a\rb]"),
	ROW("nul\0inside\n", "[nul inside]"),
#undef ROW
};

START_TEST(lines_come_out_whole_however_they_are_cut)
{
	for (size_t first = 0; first <= rows[_i].n; first++) {
		setup();
		lines_take(&l, (struct span){rows[_i].said, first}, note, &l);
		lines_take(&l, (struct span){rows[_i].said + first, rows[_i].n - first}, note, &l);
		lines_end(&l, note, &l);
		ck_assert_str_eq(got, rows[_i].lines);
	}
}
END_TEST

START_TEST(a_long_line_is_cut_and_the_next_is_not)
{
	char longer[3 * LINES_MAX];

	memset(longer, 'x', sizeof longer);
	lines_take(&l, (struct span){longer, LINES_MAX}, note, &l);
	lines_end(&l, note, &l);
	ck_assert_uint_eq(strlen(got), LINES_MAX + 2);
	ck_assert_ptr_null(strstr(got, "..."));

	setup();
	lines_take(&l, (struct span){longer, sizeof longer}, note, &l);
	lines_take(&l, SPAN_LIT("\nnext\n"), note, &l);
	ck_assert_uint_eq(strlen(got), LINES_MAX + strlen("[...][next]"));
	ck_assert_ptr_nonnull(strstr(got, "x...][next]"));
}
END_TEST

START_TEST(ending_twice_says_nothing_twice)
{
	lines_take(&l, SPAN_LIT("word"), note, &l);
	ck_assert_str_eq(got, "");
	lines_end(&l, note, &l);
	lines_end(&l, note, &l);
	ck_assert_str_eq(got, "[word]");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lines");
	TCase *tc = tcase_create("lines");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, down);
	tcase_add_loop_test(tc, lines_come_out_whole_however_they_are_cut, 0, nitems(rows));
	tcase_add_test(tc, a_long_line_is_cut_and_the_next_is_not);
	tcase_add_test(tc, ending_twice_says_nothing_twice);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
