/* SPDX-License-Identifier: MIT
 *
 * check_access_format: every placeholder with everything it takes, and what is refused.
 */
#include "common/access_format.h"

#include <check.h>

#include "common/buf.h"

#define GOOD(text, what, option, arg)                       \
	{                                                   \
		(text), ACCESS_##what, ACCESS_##option, arg \
	}

static const struct {
	const char *text;
	enum access_what what;
	enum access_option option;
	const char *arg; /* NULL: none */
} good[] = {
	/* php-fpm's. */
	GOOD("%%", LITERAL, PATH, "%"),
	GOOD("%C", CPU, TOTAL, NULL),
	GOOD("%{total}C", CPU, TOTAL, "total"),
	GOOD("%{user}C", CPU, OF_USER, "user"),
	GOOD("%{system}C", CPU, OF_SYSTEM, "system"),
	GOOD("%d", DURATION, SECONDS, NULL),
	GOOD("%{seconds}d", DURATION, SECONDS, "seconds"),
	GOOD("%{milliseconds}d", DURATION, MILLISECONDS, "milliseconds"),
	GOOD("%{miliseconds}d", DURATION, MILLISECONDS, "miliseconds"),
	GOOD("%{milli}d", DURATION, MILLISECONDS, "milli"),
	GOOD("%{mili}d", DURATION, MILLISECONDS, "mili"),
	GOOD("%{microseconds}d", DURATION, MICROSECONDS, "microseconds"),
	GOOD("%{MICRO}d", DURATION, MICROSECONDS, "MICRO"), /* php-fpm: in any case */
	GOOD("%{REMOTE_ADDR}e", VARIABLE, GIVEN, "REMOTE_ADDR"),
	GOOD("%f", SCRIPT, PATH, NULL),
	GOOD("%l", LENGTH, PATH, NULL),
	GOOD("%m", METHOD, PATH, NULL),
	GOOD("%M", MEMORY, IN_BYTES, NULL),
	GOOD("%{bytes}M", MEMORY, IN_BYTES, "bytes"),
	GOOD("%{kilo}M", MEMORY, KILOBYTES, "kilo"),
	GOOD("%{kilobytes}M", MEMORY, KILOBYTES, "kilobytes"),
	GOOD("%{mega}M", MEMORY, MEGABYTES, "mega"),
	GOOD("%{megabytes}M", MEMORY, MEGABYTES, "megabytes"),
	GOOD("%n", POOL, PATH, NULL),
	GOOD("%{Content-Type}o", ANSWER_HEADER, GIVEN, "Content-Type"),
	GOOD("%p", WORKER_PID, PATH, NULL),
	GOOD("%P", MANAGER_PID, PATH, NULL),
	GOOD("%q", QUERY, PATH, NULL),
	GOOD("%Q", QUERY_MARK, PATH, NULL),
	GOOD("%r", REQUEST, PATH, NULL),
	GOOD("%R", CLIENT, PATH, NULL),
	GOOD("%s", STATUS, PATH, NULL),
	GOOD("%t", BEGAN, CLF, NULL),
	GOOD("%{%Y-%m-%dT%H:%M:%S%z}t", BEGAN, GIVEN, "%Y-%m-%dT%H:%M:%S%z"),
	GOOD("%T", LOGGED, CLF, NULL),
	GOOD("%{%H}T", LOGGED, GIVEN, "%H"),
	GOOD("%u", USER, PATH, NULL),

	/* Ours. */
	GOOD("%B", BYTES, PATH, NULL),
	GOOD("%O", ALL_BYTES, PATH, NULL),
	GOOD("%c", PORT, PATH, NULL),
	GOOD("%F", FIRST_BYTE, SECONDS, NULL),
	GOOD("%{milli}F", FIRST_BYTE, MILLISECONDS, "milli"),
	GOOD("%H", PROTOCOL, PATH, NULL),
	GOOD("%{User-Agent}i", HEADER, GIVEN, "User-Agent"),
	GOOD("%L", ID, PATH, NULL),
	GOOD("%{line}r", REQUEST, LINE, "line"),
	GOOD("%{target}r", REQUEST, TARGET, "target"),
	GOOD("%{path}r", REQUEST, PATH, "path"),
	GOOD("%S", WORKER_TIME, SECONDS, NULL),
	GOOD("%{micro}S", WORKER_TIME, MICROSECONDS, "micro"),
	GOOD("%{iso}t", BEGAN, ISO, "iso"),
	GOOD("%{clf}T", LOGGED, CLF, "clf"),
	GOOD("%v", HOST, PATH, NULL),
	GOOD("%W", QUEUE_TIME, SECONDS, NULL),
	GOOD("%{micro}W", QUEUE_TIME, MICROSECONDS, "micro"),
	GOOD("%X", END, SIGN, NULL),
	GOOD("%{word}X", END, WORD, "word"),

	/* What is none. */
	GOOD("a text {with} braces", LITERAL, PATH, "a text {with} braces"),
};

START_TEST(is_taken_whole)
{
	struct span rest = span_of(good[_i].text);
	struct access_item it;
	char why[256];

	ck_assert(access_format_next(&rest, &it, why, sizeof why));
	ck_assert_uint_eq(rest.n, 0);
	ck_assert_int_eq(it.what, good[_i].what);
	ck_assert_int_eq(it.option, good[_i].option);
	if (good[_i].arg)
		ck_assert(span_is(it.text, good[_i].arg));
	else
		ck_assert_ptr_null(it.text.p);
}
END_TEST

static const struct {
	const char *text, *why; /* a part of it */
} bad[] = {
	{"%", "has no letter: write %% for a percent sign"},
	{"%{x}", "has no letter"},
	{"%{", "'%{' lacks a '}'"},
	{"%{%Y t", "'%{%Y t' lacks a '}'"},
	{"%z", "'%z' is not a placeholder: write %%"},
	{"%A", "'%A' is not a placeholder"},
	{"% ", "'% ' is not a placeholder"},
	{"%}", "'%}' is not a placeholder"},
	{"%{x}z", "'%{x}z' is not a placeholder"},
	{"%{a}{b}i", "'%{a}{' is not a placeholder"},
	{"%{x}m", "'%{x}m': %m takes nothing in braces; for example %m"},
	{"%{}m", "%m takes nothing in braces"},
	{"%{}%", "%% takes nothing in braces"},
	{"%e", "'%e': %e takes a name in braces before its letter; for example %{NAME}e"},
	{"%e{VAR}", "'%e': %e takes a name in braces before its letter"},
	{"%o", "%o takes a name in braces"},
	{"%{}i", "'%{}i': %i takes a name"},
	{"%{hours}d", "'%{hours}d': %d takes seconds, milliseconds or microseconds"},
	{"%{}d", "%d takes seconds"},
	{"%{micros}W", "%W takes seconds"},
	{"%{giga}M", "%M takes bytes, kilobytes or megabytes"},
	{"%{all}C", "%C takes total, user or system"},
	{"%{}t", "'%{}t': %t takes a format of strftime"},
	{"%{query}r", "%r takes path, target or line"},
	{"%{sentence}X", "%X takes sign or word"},
};

START_TEST(is_refused)
{
	struct span rest = span_of(bad[_i].text);
	struct access_item it;
	char why[256] = "";

	ck_assert(!access_format_next(&rest, &it, why, sizeof why));
	ck_assert_msg(strstr(why, bad[_i].why) != NULL, "%s", why);
}
END_TEST

/* What does not fit into a sentence is cut in it, wherever the sentence ends. */
START_TEST(long_mistakes_make_short_sentences)
{
	char text[4096], why[256];
	struct access_item it;
	struct span rest = {text, sizeof text};

	memset(text, 'x', sizeof text);
	memcpy(text, "%{", 2);
	ck_assert(!access_format_next(&rest, &it, why, sizeof why));
	text[sizeof text - 2] = '}';
	text[sizeof text - 1] = 'm';
	for (size_t size = 1; size <= sizeof why; size++) {
		rest = (struct span){text, sizeof text};
		ck_assert(!access_format_next(&rest, &it, why, size));
		ck_assert_uint_lt(strlen(why), size);
	}
}
END_TEST

START_TEST(items_follow_one_another)
{
	struct span rest = span_of("[%t] \"%m %r%Q%q\" %s%%");
	static const enum access_what wanted[] = {ACCESS_LITERAL, ACCESS_BEGAN, ACCESS_LITERAL,
		ACCESS_METHOD, ACCESS_LITERAL, ACCESS_REQUEST, ACCESS_QUERY_MARK, ACCESS_QUERY,
		ACCESS_LITERAL, ACCESS_STATUS, ACCESS_LITERAL};

	for (size_t i = 0; i < nitems(wanted); i++) {
		struct access_item it;
		ck_assert(access_format_next(&rest, &it, NULL, 0));
		ck_assert_int_eq(it.what, wanted[i]);
	}
	ck_assert_uint_eq(rest.n, 0);
}
END_TEST

/* Whatever has a title is documented as it is read. */
START_TEST(the_documentation_is_true)
{
	const struct access_term *t = &access_terms[_i];
	struct span rest = span_of(t->title);
	struct access_item it;
	char why[256] = "";

	ck_assert_msg(access_format_next(&rest, &it, why, sizeof why), "%s", why);
	ck_assert_uint_eq(rest.n, 0);
	ck_assert_int_eq(it.what, t->what);
	for (const char *p = strstr(t->help, "%{"); p; p = strstr(p + 1, "%{")) {
		rest = span_of(p);
		ck_assert_msg(access_format_next(&rest, &it, why, sizeof why), "%s", why);
	}
}
END_TEST

START_TEST(words_for_whole_formats)
{
	bool json;
	struct access_item it;
	struct span rest = span_of(access_format_text("combined", &json));

	ck_assert(!json);
	while (rest.n)
		ck_assert(access_format_next(&rest, &it, NULL, 0));
	rest = span_of(access_format_text("json", &json));
	ck_assert(json);
	while (rest.n)
		ck_assert(access_format_next(&rest, &it, NULL, 0));
	ck_assert_str_eq(access_format_text("Combined", &json), "Combined");
	ck_assert(!json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access_format");
	TCase *tc = tcase_create("access_format");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, is_taken_whole, 0, nitems(good));
	tcase_add_loop_test(tc, is_refused, 0, nitems(bad));
	tcase_add_test(tc, long_mistakes_make_short_sentences);
	tcase_add_test(tc, items_follow_one_another);
	tcase_add_loop_test(tc, the_documentation_is_true, 0, (int)access_terms_count);
	tcase_add_test(tc, words_for_whole_formats);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
