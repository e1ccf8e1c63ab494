/* SPDX-License-Identifier: MIT
 *
 * Tests of directive_key: each kind of brackets takes what belongs into it, and nothing else.
 */
#include "manager/directive_key.h"

#include <check.h>

static void takes(enum directive_key kind, const char *key)
{
	const struct directive d = {.name = "sample", .key = kind};
	const char *why = directive_key(&d, key);

	ck_assert_msg(!why, "[%s] %s", key ? key : "(none)", why);
}

static void refuses(enum directive_key kind, const char *key)
{
	const struct directive d = {.name = "sample", .key = kind};

	ck_assert_msg(directive_key(&d, key) != NULL, "[%s] is taken", key ? key : "(none)");
}

START_TEST(a_plain_directive_takes_none)
{
	takes(KEY_NONE, NULL);
	refuses(KEY_NONE, "A");
	refuses(KEY_NONE, "");
}
END_TEST

START_TEST(a_name_is_one_of_a_variable)
{
	takes(KEY_NAME, "_A9");
	refuses(KEY_NAME, NULL);
	refuses(KEY_NAME, "");
	refuses(KEY_NAME, "9A");
	refuses(KEY_NAME, "A-B");
}
END_TEST

START_TEST(a_setting_may_have_dots)
{
	static const enum directive_key kinds[] = {KEY_SETTING, KEY_FLAG};

	for (size_t i = 0; i < nitems(kinds); i++) {
		takes(kinds[i], "date.timezone");
		refuses(kinds[i], NULL);
		refuses(kinds[i], "");
		refuses(kinds[i], "a b");
	}
}
END_TEST

START_TEST(an_extension_begins_with_its_dot)
{
	takes(KEY_EXTENSION, NULL);
	takes(KEY_EXTENSION, ".tar.gz");
	refuses(KEY_EXTENSION, "py");
	refuses(KEY_EXTENSION, ".");
	refuses(KEY_EXTENSION, ".p/y");
}
END_TEST

START_TEST(a_limit_is_one_that_there_is)
{
	takes(KEY_LIMIT, "nofile");
	refuses(KEY_LIMIT, "files");
	refuses(KEY_LIMIT, "");
	refuses(KEY_LIMIT, NULL);
}
END_TEST

START_TEST(a_list_has_empty_brackets)
{
	takes(KEY_LIST, "");
	refuses(KEY_LIST, "A");
	refuses(KEY_LIST, NULL);
}
END_TEST

static void is_titled(enum directive_key kind, const char *expected)
{
	const struct directive d = {.name = "sample", .key = kind};
	struct buf out = BUF_INIT;

	directive_title(&d, &out);
	ck_assert_msg(span_is(buf_span(&out), expected), "%.*s", SPAN_FMT(buf_span(&out)));
	buf_free(&out);
}

START_TEST(a_title_shows_the_brackets)
{
	is_titled(KEY_NONE, "sample");
	is_titled(KEY_NAME, "sample[NAME]");
	is_titled(KEY_EXTENSION, "sample[.EXTENSION]");
	is_titled(KEY_LIMIT, "sample[LIMIT]");
	is_titled(KEY_LIST, "sample[]");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("directive_key");
	TCase *t = tcase_create("directive_key");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_plain_directive_takes_none);
	tcase_add_test(t, a_name_is_one_of_a_variable);
	tcase_add_test(t, a_setting_may_have_dots);
	tcase_add_test(t, an_extension_begins_with_its_dot);
	tcase_add_test(t, a_limit_is_one_that_there_is);
	tcase_add_test(t, a_list_has_empty_brackets);
	tcase_add_test(t, a_title_shows_the_brackets);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
