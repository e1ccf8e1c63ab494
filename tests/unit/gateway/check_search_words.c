/* SPDX-License-Identifier: MIT
 *
 * check_search_words: which queries are words for a command line, and which words (RFC 3875 4.4).
 */
#include "gateway/search_words.h"

#include <check.h>
#include <stdlib.h>

/* Words with a '|' behind each. */
static const struct {
	const char *query, *words;
} rows[] = {
	{"one", "one|"},
	{"one+two", "one|two|"},
	{"a+b+c+a", "a|b|c|a|"},
	{"one%20word+%c3%a9%C3%A9", "one word|\xc3\xa9\xc3\xa9|"},
	{"a%2Bb", "a+b|"},
	{"a%3Db", "a=b|"},     /* encoded, it is no sign of a form */
	{"a%2520b", "a%20b|"}, /* decoded once */
	{"a-b+c-", "a-b|c-|"}, /* only a first dash makes an option */
	{"/etc/passwd", "/etc/passwd|"},
	{"a:b@c,d!e.f_g", "a:b@c,d!e.f_g|"},

	/* What a shell would act upon: RFC 3875 7.2. */
	{"a;b%26c", "a\\;b\\&c|"},
	{"$(x)+%60y%60", "\\$\\(x\\)|\\`y\\`|"},
	{"*?~", "\\*\\?\\~|"},
	{"%22%27%5C", "\\\"\\'\\\\|"},
	{"%3c%3e%5b%5d%7b%7d%7c%5e", "\\<\\>\\[\\]\\{\\}\\|\\^|"},

	/* No search. */
	{"", ""},
	{"a=b", ""},
	{"=", ""},
	{"a+b=", ""},
	{"one+two&three=", ""},

	/* No words. */
	{"+", ""},
	{"a+", ""},
	{"+a", ""},
	{"a++b", ""},
	{"-s", ""},
	{"-", ""},
	{"a+-s", ""},
	{"%2ds", ""},
	{"%2d%73", ""},
	{"a%00b", ""},
	{"a%0ab", ""},
	{"%1b[2J", ""},
	{"a+b%7f", ""},
	{"a%", ""},
	{"a%2", ""},
	{"a%2+b", ""},
	{"a%zz", ""},
};

static void words_of(struct span query, const char *wanted)
{
	struct buf to = BUF_INIT;

	ck_assert(buf_put(&to, "before", 7));
	ck_assert(search_words(query, &to));
	ck_assert_uint_eq(buf_len(&to), 7 + strlen(wanted));
	for (size_t i = 7; i < buf_len(&to); i++)
		if (buf_head(&to)[i] == '\0' && wanted[i - 7] == '|')
			buf_head(&to)[i] = '|';
	ck_assert_int_eq(memcmp(buf_head(&to), "before", 7), 0);
	ck_assert_msg(strncmp(buf_head(&to) + 7, wanted, strlen(wanted)) == 0, "%.*s: %.*s, not %s",
		SPAN_FMT(query), (int)buf_len(&to) - 7, buf_head(&to) + 7, wanted);
	buf_free(&to);
}

START_TEST(words)
{
	words_of(span_of(rows[_i].query), rows[_i].words);
}
END_TEST

START_TEST(no_query)
{
	words_of(SPAN_NONE, "");
}
END_TEST

/* So many and no more. */
START_TEST(many_words)
{
	char query[4 * SEARCH_WORDS_MAX] = "a", wanted[4 * SEARCH_WORDS_MAX] = "a|";

	for (int i = 1; i < SEARCH_WORDS_MAX; i++) {
		strcat(query, "+b");
		strcat(wanted, "b|");
	}
	words_of(span_of(query), wanted);
	strcat(query, "+c");
	words_of(span_of(query), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("search_words");
	TCase *tc = tcase_create("search_words");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, words, 0, nitems(rows));
	tcase_add_test(tc, no_query);
	tcase_add_test(tc, many_words);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
