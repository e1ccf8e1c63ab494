/* SPDX-License-Identifier: MIT
 *
 * Tests of hearth-migrate(7) against the table of directives: what it names is there, and what
 * directives say of php-fpm it has.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"
#include "manager/directive.h"
#include "manager/php_fpm.h"

#define PAGE "manager/hearth-migrate.7"

static char *page;

/* Without the backslashes that roff wants before dashes. */
static void setup(void)
{
	FILE *f = fopen(PAGE, "r");
	struct buf text = BUF_INIT;
	int c;

	ck_assert_msg(f != NULL, PAGE);
	while ((c = getc(f)) != EOF) {
		char byte = (char)c;
		if (byte == '\\' && (c = getc(f)) != '-')
			buf_put(&text, "\\", 1);
		if (byte == '\\')
			byte = (char)c;
		buf_put(&text, &byte, 1);
	}
	fclose(f);
	page = mem_strndup(buf_head(&text), buf_len(&text));
	buf_free(&text);
}

static void teardown(void)
{
	free(page);
}

static bool is_directive(const char *name)
{
	for (enum conf_section in = 0; in < SECTIONS; in++)
		if (directive_find(in, name))
			return true;
	return false;
}

START_TEST(what_it_names_is_there)
{
	unsigned n = 0;

	for (const char *at = page; (at = strstr(at, "\\fB")); n++) {
		const char *end = strstr(at += 3, "\\fR");
		char *name;
		ck_assert_ptr_nonnull(end);
		name = mem_strndup(at, (size_t)(end - at));
		ck_assert_msg(is_directive(name), "%s", name);
		free(name);
	}
	ck_assert_uint_gt(n, 150);
}
END_TEST

/* In the table of php-fpm, which is the first: NAME on a line of its own. */
static bool has_row(const char *name, size_t n)
{
	const char *end = strstr(page, ".SS fcgiwrap");
	char *row = mem_printf("\n.B \"%.*s\"\n", (int)n, name);
	const char *at = strstr(page, row);

	ck_assert_ptr_nonnull(end);
	free(row);
	return at && at < end;
}

START_TEST(all_of_php_fpm_is_there)
{
	static const char *const strangers[] = {"apparmor_hat", "events.mechanism", "listen.setfib",
		"log_buffering", "request_slowlog_trace_depth",
		"request_terminate_timeout_track_finished"};

	directive_for_each(d)
	{
		for (const char *at = d->also; at && (at = strstr(at, "php-fpm ")); at++) {
			const char *name = at + strlen("php-fpm ");
			size_t n = strcspn(name, ",");
			ck_assert_msg(has_row(name, n), "%.*s", (int)n, name);
		}
	}
	for (size_t i = 0; i < nitems(strangers); i++) {
		ck_assert_ptr_nonnull(php_fpm_stranger(SECTIONS, strangers[i]));
		ck_assert_msg(has_row(strangers[i], strlen(strangers[i])), "%s", strangers[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("migrate");
	TCase *t = tcase_create("migrate");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_it_names_is_there);
	tcase_add_test(t, all_of_php_fpm_is_there);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
