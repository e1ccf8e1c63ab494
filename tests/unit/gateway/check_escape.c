/* SPDX-License-Identifier: MIT
 *
 * check_escape: what becomes of each kind of byte in each format.
 */
#include "gateway/escape.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	const char *from, *text, *markup, *json, *label;
} cases[] = {
	{"", "", "", "", ""},
	{"plain /x?y", "plain /x?y", "plain /x?y", "plain \\/x?y", "plain /x?y"},
	{"\"'\\", "\"'\\", "&quot;&#039;\\", "\\\"'\\\\", "\\\"'\\\\"},
	{"<&>", "<&>", "&lt;&amp;&gt;", "<&>", "<&>"},
	{"a\nb", "a\\x0ab",
		"a\xef\xbf\xbd"
		"b",
		"a\\u000ab", "a\\nb"},
	{"\t\x01\x7f", "\\x09\\x01\\x7f", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		"\\u0009\\u0001\\u007f", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xc3\xa4", "\xc3\xa4", "\xc3\xa4", "\\u00e4", "\xc3\xa4"},
	{"\xf0\x9f\x90\x98", "\xf0\x9f\x90\x98", "\xf0\x9f\x90\x98", "\\ud83d\\udc18",
		"\xf0\x9f\x90\x98"},
	/* no UTF-8: a lone byte, an overlong slash, a surrogate, a cut character */
	{"\xff", "\\xff", "\xef\xbf\xbd", "\\ufffd", "\xef\xbf\xbd"},
	{"\xc0\xaf", "\\xc0\\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "\\ufffd\\ufffd",
		"\xef\xbf\xbd\xef\xbf\xbd"},
	{"x\xc3", "x\\xc3", "x\xef\xbf\xbd", "x\\ufffd", "x\xef\xbf\xbd"},
	/* turns text around; a C1 control; no character at all */
	{"\xe2\x80\xae", "\\xe2\\x80\\xae", "\xef\xbf\xbd", "\\u202e", "\xef\xbf\xbd"},
	{"\xc2\x9b", "\\xc2\\x9b", "\xef\xbf\xbd", "\\u009b", "\xef\xbf\xbd"},
	{"\xef\xbf\xbf", "\\xef\\xbf\\xbf", "\xef\xbf\xbd", "\\uffff", "\xef\xbf\xbd"},
	{"\xf0\x9f\xbf\xbe", "\\xf0\\x9f\\xbf\\xbe", "\xef\xbf\xbd", "\\ud83f\\udffe",
		"\xef\xbf\xbd"},
};

static void becomes(const char *from, enum escape how, const char *wanted)
{
	struct buf b = BUF_INIT;

	ck_assert(escape_put(&b, span_of(from), how));
	ck_assert_msg(span_is(buf_span(&b), wanted), "%s: %.*s instead of %s", from,
		SPAN_FMT(buf_span(&b)), wanted);
	buf_free(&b);
}

START_TEST(each_format_has_its_own)
{
	becomes(cases[_i].from, ESCAPE_TEXT, cases[_i].text);
	becomes(cases[_i].from, ESCAPE_MARKUP, cases[_i].markup);
	becomes(cases[_i].from, ESCAPE_JSON, cases[_i].json);
	becomes(cases[_i].from, ESCAPE_LABEL, cases[_i].label);
}
END_TEST

START_TEST(a_nul_is_a_control_too)
{
	struct buf b = BUF_INIT;

	ck_assert(escape_put(&b, SPAN_LIT("a\0b"), ESCAPE_JSON));
	ck_assert(span_is(buf_span(&b), "a\\u0000b"));
	buf_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("escape");
	TCase *t = tcase_create("escape");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, each_format_has_its_own, 0, nitems(cases));
	tcase_add_test(t, a_nul_is_a_control_too);
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
