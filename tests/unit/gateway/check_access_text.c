/* SPDX-License-Identifier: MIT
 *
 * check_access_text: bytes of all kinds at all places, in a text and in JSON.
 */
#include "gateway/access_text.h"

#include <check.h>
#include <stdio.h>

static const char *text_of(struct span s, bool (*put)(struct buf *b, struct span s))
{
	static char text[64 * 1024];
	struct buf b = BUF_INIT;

	ck_assert(put(&b, s));
	ck_assert_uint_lt(buf_len(&b), sizeof text);
	if (buf_len(&b))
		memcpy(text, buf_head(&b), buf_len(&b));
	text[buf_len(&b)] = '\0';
	buf_free(&b);
	return text;
}

#define ROW(from, text, json)                            \
	{                                                \
		(from), sizeof(from) - 1, (text), (json) \
	}

static const struct {
	const char *from;
	size_t n;
	const char *text, *json;
} rows[] = {
	ROW("", "", ""),
	ROW("plain", "plain", "plain"),
	ROW("a \"b\" \\c", "a \\x22b\\x22 \\x5cc", "a \\\"b\\\" \\\\c"),
	ROW("\0\x1f\x7f\r\n\t", "\\x00\\x1f\\x7f\\x0d\\x0a\\x09",
		"\\u0000\\u001f\\u007f\\u000d\\u000a\\u0009"),
	ROW("\x1b[2J", "\\x1b[2J", "\\u001b[2J"),
	ROW("gr\xc3\xbc\xc3\x9f", "gr\\xc3\\xbc\\xc3\\x9f", "gr\xc3\xbc\xc3\x9f"),
	ROW("\xe2\x82\xac", "\\xe2\\x82\\xac", "\xe2\x82\xac"),
	ROW("\xf0\x9f\x94\xa5", "\\xf0\\x9f\\x94\\xa5", "\xf0\x9f\x94\xa5"),
	/* No UTF-8: alone, cut, overlong, surrogates, too large. */
	ROW("\xff", "\\xff", "\\\\xff"),
	ROW("\xc3", "\\xc3", "\\\\xc3"),
	ROW("\xc3(", "\\xc3(", "\\\\xc3("),
	ROW("\xe2\x82", "\\xe2\\x82", "\\\\xe2\\\\x82"),
	ROW("\xc0\xaf", "\\xc0\\xaf", "\\\\xc0\\\\xaf"),
	ROW("\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\\\\xe0\\\\x80\\\\xaf"),
	ROW("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf", "\\\\xf0\\\\x80\\\\x80\\\\xaf"),
	ROW("\xed\xa0\x80", "\\xed\\xa0\\x80", "\\\\xed\\\\xa0\\\\x80"),
	ROW("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80"),
	/* UTF-8 that does something to who reads it. */
	ROW("\xc2\x9b", "\\xc2\\x9b", "\\u009b"),
	ROW("\xe2\x80\xa8", "\\xe2\\x80\\xa8", "\\u2028"),
	ROW("\xe2\x80\xae", "\\xe2\\x80\\xae", "\\u202e"),
	ROW("\xe2\x81\xa6", "\\xe2\\x81\\xa6", "\\u2066"),
	ROW("\xe2\x80\x8f", "\\xe2\\x80\\x8f", "\\u200f"),
};

START_TEST(is_escaped)
{
	struct span from = {rows[_i].from, rows[_i].n};

	ck_assert_str_eq(text_of(from, access_text_put), rows[_i].text);
	ck_assert_str_eq(text_of(from, access_json_put), rows[_i].json);
}
END_TEST

/* The eight at a time must not see less than one at a time. */
static void at_every_place(int byte)
{
	bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';

	for (size_t at = 0; at < 20; at++) {
		char from[20], wanted[32];
		memset(from, 'x', sizeof from);
		from[at] = (char)byte;
		snprintf(wanted, sizeof wanted, plain ? "%.*s%c%.*s" : "%.*s\\x%02x%.*s", (int)at,
			"xxxxxxxxxxxxxxxxxxxx", (unsigned)byte, (int)(19 - at),
			"xxxxxxxxxxxxxxxxxxxx");
		ck_assert_str_eq(
			text_of((struct span){from, sizeof from}, access_text_put), wanted);
	}
}

/* A test is a process: sixteen bytes each. */
START_TEST(every_byte_at_every_place)
{
	for (int byte = 16 * _i; byte < 16 * (_i + 1); byte++)
		at_every_place(byte);
}
END_TEST

/* Neighbours of bytes that are not plain do not hide them. */
static void with_every_byte(int first)
{
	for (int second = 0; second < 256; second++) {
		char from[16];
		const char *got;
		memset(from, 'x', sizeof from);
		from[3] = (char)first;
		from[4] = (char)second;
		got = text_of((struct span){from, sizeof from}, access_text_put);
		for (const char *p = got; *p; p++)
			ck_assert(*p >= 0x20 && *p < 0x7f && *p != '"');
		for (const char *p = strchr(got, '\\'); p; p = strchr(p + 1, '\\'))
			ck_assert_int_eq(p[1], 'x');
	}
}

START_TEST(every_pair_of_bytes)
{
	for (int byte = 16 * _i; byte < 16 * (_i + 1); byte++)
		with_every_byte(byte);
}
END_TEST

START_TEST(long_ones_are_cut_visibly)
{
	static char from[ACCESS_TEXT_MAX + 1], wanted[ACCESS_TEXT_MAX + 4];

	memset(from, 'y', sizeof from);
	memset(wanted, 'y', ACCESS_TEXT_MAX);
	ck_assert_str_eq(text_of((struct span){from, ACCESS_TEXT_MAX}, access_text_put), wanted);
	memcpy(wanted + ACCESS_TEXT_MAX, "...", 4);
	ck_assert_str_eq(text_of((struct span){from, sizeof from}, access_text_put), wanted);
	ck_assert_str_eq(text_of((struct span){from, sizeof from}, access_json_put), wanted);
}
END_TEST

START_TEST(no_character_is_cut_in_two)
{
	static char from[ACCESS_TEXT_MAX + 8];
	const char *got;

	memset(from, 'y', sizeof from);
	memcpy(from + ACCESS_TEXT_MAX - 3 + _i, "\xf0\x9f\x94\xa5", 4);
	got = text_of((struct span){from, sizeof from}, access_json_put);
	ck_assert_ptr_null(strstr(got, "\\\\x"));
	ck_assert_str_eq(got + strlen(got) - 3, "...");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access_text");
	TCase *tc = tcase_create("access_text");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, is_escaped, 0, nitems(rows));
	tcase_add_loop_test(tc, every_byte_at_every_place, 0, 16);
	tcase_add_loop_test(tc, every_pair_of_bytes, 0, 16);
	tcase_add_test(tc, long_ones_are_cut_visibly);
	tcase_add_loop_test(tc, no_character_is_cut_in_two, 0, 5);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
