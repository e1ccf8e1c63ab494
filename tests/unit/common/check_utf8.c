/* SPDX-License-Identifier: MIT
 *
 * check_utf8: what is text, byte for byte.
 */
#include "common/utf8.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	struct span s;
	size_t n;
	uint32_t code;
} rows[] = {
	{SPAN_LIT("a"), 1, 'a'},
	{SPAN_LIT("\0"), 1, 0},
	{SPAN_LIT("\x7f"), 1, 0x7f},
	{SPAN_LIT("\xc3\xa9x"), 2, 0xe9},
	{SPAN_LIT("\xe2\x82\xac"), 3, 0x20ac},
	{SPAN_LIT("\xf0\x9f\x94\xa5"), 4, 0x1f525},
	{SPAN_LIT("\xf4\x8f\xbf\xbf"), 4, 0x10ffff},
	{SPAN_LIT("\xf4\x90\x80\x80"), 0, 0}, /* beyond */
	{SPAN_LIT("\xc0\xaf"), 0, 0},         /* overlong */
	{SPAN_LIT("\xe0\x80\xaf"), 0, 0},
	{SPAN_LIT("\xf0\x80\x80\xaf"), 0, 0},
	{SPAN_LIT("\xed\xa0\x80"), 0, 0}, /* a surrogate */
	{SPAN_LIT("\x80"), 0, 0},
	{SPAN_LIT("\xff"), 0, 0},
	{SPAN_LIT("\xe2\x82"), 0, 0}, /* cut */
	{SPAN_LIT("\xe2(\xac"), 0, 0},
};

START_TEST(only_the_one_right_form_is_taken)
{
	uint32_t code = 0;

	ck_assert_uint_eq(utf8_code(rows[_i].s, &code), rows[_i].n);
	if (rows[_i].n)
		ck_assert_uint_eq(code, rows[_i].code);
}
END_TEST

START_TEST(what_moves_a_cursor_or_turns_text_is_tricky)
{
	static const uint32_t tricky[] = {
		0, '\n', 0x1b, 0x7f, 0x80, 0x9f, 0x200e, 0x2028, 0x202e, 0x2066};
	static const uint32_t harmless[] = {' ', '~', 0xa0, 0xe9, 0x20ac, 0x1f525};

	for (size_t i = 0; i < nitems(tricky); i++)
		ck_assert(utf8_is_tricky(tricky[i]));
	for (size_t i = 0; i < nitems(harmless); i++)
		ck_assert(!utf8_is_tricky(harmless[i]));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("utf8");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, only_the_one_right_form_is_taken, 0, (int)nitems(rows));
	tcase_add_test(tc, what_moves_a_cursor_or_turns_text_is_tricky);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
