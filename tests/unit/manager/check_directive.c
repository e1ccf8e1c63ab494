/* SPDX-License-Identifier: MIT
 *
 * Tests of directive: the table is whole, and each type of value reads, refuses and writes.
 */
#include "manager/directive.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* A row of each type for a struct of the test's own: the setters know no configuration. */
struct sample {
	unsigned flag;
	uint64_t number;
	char *text;
	struct words words;
	struct pairs pairs;
};

#define SAMPLE(kind, field, ...)                          \
	((struct directive){.section = SECTION_POOL,      \
		.type = (kind),                           \
		.name = "sample",                         \
		.offset = offsetof(struct sample, field), \
		.size = sizeof((struct sample){0}.field), \
		__VA_ARGS__})

static struct conf *conf;
static struct sample sample;

static void setup(void)
{
	conf = conf_new();
	sample = (struct sample){0};
}

static void teardown(void)
{
	conf_free(conf);
}

static const char *give(const struct directive *d, const char *key, const char *text)
{
	struct setting s = {d, conf, &sample, key, text, "/base/"};

	return directive_set(&s);
}

static void writes(const struct directive *d, const char *expected)
{
	struct buf out = BUF_INIT;

	directive_put(d, &sample, &out);
	ck_assert_msg(span_is(buf_span(&out), expected), "%.*s instead of %s",
		SPAN_FMT(buf_span(&out)), expected);
	buf_free(&out);
}

/* What is given, and what is written back; or the complaint. */
static void becomes(const struct directive *d, const char *text, const char *expected)
{
	const char *why = give(d, NULL, text);
	char line[256];

	ck_assert_msg(why == NULL, "%s %s", text, why);
	snprintf(line, sizeof line, "sample = %s\n", expected);
	writes(d, line);
}

static void refuses(const struct directive *d, const char *text, const char *why)
{
	const char *said = give(d, NULL, text);

	ck_assert_msg(said != NULL, "%s is accepted", text);
	ck_assert_str_eq(said, why);
}

START_TEST(every_row_is_whole)
{
	directive_for_each(d)
	{
		ck_assert_msg(d->help && d->help[strlen(d->help) - 1] == '.', "%s: help", d->name);
		ck_assert_msg(d->value || d->unset, "%s: neither default nor what holds", d->name);
		ck_assert_msg(d->value || d->example, "%s: no example", d->name);
		ck_assert_msg(d->type != TYPE_ENUM || d->choices, "%s: no choices", d->name);
		ck_assert_msg(d->min <= d->max, "%s: range", d->name);
		ck_assert_msg(directive_find(d->section, d->name) == d, "%s: twice", d->name);
	}
}
END_TEST

START_TEST(every_default_is_in_its_range)
{
	struct conf_pool pool = {0};

	directive_defaults(conf, SECTION_GLOBAL, &conf->global);
	directive_defaults(conf, SECTION_GATEWAY, &conf->gateway);
	directive_defaults(conf, SECTION_POOL, &pool);
	ck_assert_str_eq(conf->global.error_log, "stderr");
	ck_assert_uint_eq(conf->global.process_control_timeout, 10000);
	ck_assert_uint_eq(conf->gateway.threads, 0);
	ck_assert_uint_eq(conf->gateway.max_body, 8 << 20);
	ck_assert_str_eq(conf->gateway.listen.at[0], "127.0.0.1:8080");
	ck_assert_ptr_null(conf->gateway.document_root);
	ck_assert_uint_eq(pool.type, POOL_FASTCGI);
	ck_assert_uint_eq(pool.pm, PM_STATIC);
	ck_assert_uint_eq(pool.response_header_timeout, 60000);
}
END_TEST

START_TEST(every_example_is_good)
{
	directive_for_each(d)
	{
		struct conf_pool pool = {0};
		void *base = d->section == SECTION_GLOBAL    ? (void *)&conf->global
			     : d->section == SECTION_GATEWAY ? (void *)&conf->gateway
							     : &pool;
		const char *key = d->key == KEY_NAME    ? "A"
				  : d->key == KEY_LIMIT ? "nofile"
				  : d->key == KEY_LIST  ? ""
							: NULL;
		struct setting s = {d, conf, base, key, d->example, "/"};
		ck_assert_msg(!d->example || !directive_set(&s), "%s", d->name);
	}
}
END_TEST

START_TEST(times_have_units)
{
	const struct directive d = SAMPLE(TYPE_TIME, number, .min = 1, .max = 90000000);

	becomes(&d, "500ms", "500ms");
	becomes(&d, "10", "10s");
	becomes(&d, "90s", "90s");
	becomes(&d, "120s", "2m");
	becomes(&d, "24h", "1d");
	becomes(&d, "1500ms", "1500ms");
	refuses(&d, "0", "is out of range");
	refuses(&d, "26h", "is out of range");
	refuses(&d, "99999999999999999999d", "is out of range");
	refuses(&d, "1w", "is not a time");
	refuses(&d, "soon", "is not a time");
	refuses(&d, "", "is empty");
}
END_TEST

START_TEST(sizes_have_units)
{
	const struct directive d = SAMPLE(TYPE_SIZE, number, .min = 1024, .max = UINT64_C(1) << 31);

	becomes(&d, "4096", "4k");
	becomes(&d, "64k", "64k");
	becomes(&d, "8m", "8m");
	becomes(&d, "1g", "1g");
	becomes(&d, "1025", "1025");
	refuses(&d, "1023", "is out of range");
	refuses(&d, "3g", "is out of range");
	refuses(&d, "1kb", "is not a size");
}
END_TEST

START_TEST(counts_may_have_named_values)
{
	static const struct choice automatic[] = {{"auto", 0}, {NULL, 0}};
	const struct directive d = SAMPLE(
		TYPE_UINT, flag, .min = 1, .max = 64, .choices = automatic);

	becomes(&d, "64", "64");
	becomes(&d, "auto", "auto");
	ck_assert_uint_eq(sample.flag, 0);
	refuses(&d, "0", "is out of range");
	refuses(&d, "65", "is out of range");
	refuses(&d, "1k", "is not a whole number");
}
END_TEST

START_TEST(bools_have_many_spellings)
{
	static const char *const spellings[][2] = {{"yes", "no"}, {"on", "off"}, {"true", "false"},
		{"1", "0"}, {"Yes", "NO"}, {"ON", "Off"}};
	const struct directive d = SAMPLE(TYPE_BOOL, flag);

	for (size_t i = 0; i < nitems(spellings); i++) {
		becomes(&d, spellings[i][0], "yes");
		ck_assert_uint_eq(sample.flag, 1);
		becomes(&d, spellings[i][1], "no");
		ck_assert_uint_eq(sample.flag, 0);
	}
	refuses(&d, "maybe", "is not yes or no");
	refuses(&d, "2", "is not yes or no");
}
END_TEST

START_TEST(modes_are_octal)
{
	const struct directive d = SAMPLE(TYPE_MODE, flag);

	becomes(&d, "0022", "0022");
	ck_assert_uint_eq(sample.flag, 022);
	becomes(&d, "77", "0077");
	becomes(&d, "0", "0000");
	refuses(&d, "0028", "is no mode");
	refuses(&d, "01000", "is no mode");
	refuses(&d, "", "is empty");
}
END_TEST

START_TEST(limits_are_what_their_keys_are)
{
	const struct directive d = SAMPLE(TYPE_LIMIT, pairs, .key = KEY_LIMIT);

	ck_assert_ptr_null(give(&d, "cpu", "2m"));
	ck_assert_ptr_null(give(&d, "nofile", "100:200"));
	ck_assert_ptr_null(give(&d, "as", "1g:unlimited"));
	writes(&d, "sample[cpu] = 2m\nsample[nofile] = 100:200\nsample[as] = 1g:unlimited\n");
	ck_assert_str_eq(give(&d, "nproc", "1g"), "is not a whole number");
	ck_assert_str_eq(give(&d, "core", ""), "is empty");
}
END_TEST

START_TEST(texts_may_be_quoted)
{
	const struct directive d = SAMPLE(TYPE_TEXT, text);

	becomes(&d, "two words", "two words");
	becomes(&d, "\"two words\"", "two words");
	becomes(&d, "\"a ; b\"", "\"a ; b\"");
	becomes(&d, "say \"a\"", "\"say \\\"a\\\"\"");
	refuses(&d, "\"one\" two", "goes on after its closing quote");
	refuses(&d, "\"one", "has a quote that is never closed");
	refuses(&d, "\"\"", "is empty");
}
END_TEST

START_TEST(paths_are_made_absolute)
{
	static const struct choice targets[] = {{"stderr", 0}, {NULL, 0}};
	const struct directive d = SAMPLE(TYPE_PATH, text, .choices = targets);

	becomes(&d, "/a/b", "/a/b");
	becomes(&d, "a/b", "/base/a/b");
	becomes(&d, "./a", "/base/a");
	becomes(&d, ".", "/base");
	becomes(&d, "/a/b/", "/a/b");
	becomes(&d, "a//", "/base/a");
	becomes(&d, "/", "/");
	becomes(&d, "//", "/");
	becomes(&d, "../a", "/base/../a");
	becomes(&d, ".hidden", "/base/.hidden");
	becomes(&d, "stderr", "stderr");
	becomes(&d, "./stderr", "/base/stderr");
}
END_TEST

START_TEST(a_command_is_a_program_and_words)
{
	const struct directive d = SAMPLE(TYPE_COMMAND, words);

	becomes(&d, "sh -c \"a b\"", "sh -c \"a b\"");
	ck_assert_uint_eq(sample.words.n, 3);
	becomes(&d, "bin/app bin/app", "/base/bin/app bin/app");
	refuses(&d, "sh \"a", "has a quote that is never closed");
}
END_TEST

START_TEST(empty_lists_are_empty)
{
	const struct directive d = SAMPLE(TYPE_WORDS, words, .flags = MAY_BE_EMPTY);

	becomes(&d, "a", "a");
	becomes(&d, "", "");
	ck_assert_uint_eq(sample.words.n, 0);
}
END_TEST

START_TEST(pairs_keep_their_order)
{
	const struct directive d = SAMPLE(TYPE_TEXT, pairs, .key = KEY_NAME, .flags = MAY_BE_EMPTY);

	ck_assert_ptr_null(give(&d, "B", "1"));
	ck_assert_ptr_null(give(&d, "A", "x y"));
	ck_assert_ptr_null(give(&d, "C", ""));
	writes(&d, "sample[B] = 1\nsample[A] = x y\nsample[C] = \n");
}
END_TEST

static void expects(enum conf_section section, const char *name, const char *expected)
{
	struct buf out = BUF_INIT;

	directive_expects(directive_find(section, name), &out);
	ck_assert_msg(
		span_is(buf_span(&out), expected), "%s: %.*s", name, SPAN_FMT(buf_span(&out)));
	buf_free(&out);
}

START_TEST(what_may_be_given_is_told)
{
	expects(SECTION_GLOBAL, "error_log", "stderr, syslog or a path");
	expects(SECTION_GLOBAL, "log_level", "alert, error, warning, notice or debug");
	expects(SECTION_GATEWAY, "threads", "auto or a whole number from 1 to 64");
	expects(SECTION_GATEWAY, "max_header_size",
		"a size from 1k to 64k (such as 4096 64k 8m 1g)");
	expects(SECTION_POOL, "pm", "static, dynamic or ondemand");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("directive");
	TCase *t = tcase_create("directive");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_row_is_whole);
	tcase_add_test(t, every_default_is_in_its_range);
	tcase_add_test(t, every_example_is_good);
	tcase_add_test(t, times_have_units);
	tcase_add_test(t, sizes_have_units);
	tcase_add_test(t, counts_may_have_named_values);
	tcase_add_test(t, bools_have_many_spellings);
	tcase_add_test(t, modes_are_octal);
	tcase_add_test(t, limits_are_what_their_keys_are);
	tcase_add_test(t, texts_may_be_quoted);
	tcase_add_test(t, paths_are_made_absolute);
	tcase_add_test(t, a_command_is_a_program_and_words);
	tcase_add_test(t, empty_lists_are_empty);
	tcase_add_test(t, pairs_keep_their_order);
	tcase_add_test(t, what_may_be_given_is_told);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
