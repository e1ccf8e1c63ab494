/* SPDX-License-Identifier: MIT
 *
 * Tests of php_fpm: its directives that are nothing here, and its ways to write a value.
 */
#include "manager/php_fpm.h"

#include <check.h>
#include <stdlib.h>

static struct conf *conf;

static void setup(void)
{
	conf = conf_new();
	setenv("CHECK_VALUE", "a;b", 1);
	setenv("CHECK_SIGNS", "\"\\", 1);
	unsetenv("CHECK_NOTHING");
}

static void teardown(void)
{
	conf_free(conf);
}

START_TEST(values_become_ours)
{
	static const struct {
		const char *name, *text, *value;
	} rows[] = {
		{"pm.max_children", "5", "5"},
		{"pm.max_children", "5;", "5"},
		{"pm.max_children", "5 ;five", "5"},
		{"pm.max_children", "\"5\"", "5"},
		{"pm.max_children", "'5' ; five", "5"},
		{"pm.max_children", "${CHECK_NOTHING}5", "5"},
		{"pm.max_children", "${CHECK_NOTHING}", ""},
		{"pm.max_children", "${CHECK", "${CHECK"},
		{"listen.mode", "\"0660\"", "0660"},
		{"clear_env", "None", "no"},
		{"clear_env", "'none'", "no"},
		{"clear_env", "off", "off"},
		{"user", "'www-data'", "www-data"},
		{"user", "\"www-data\"", "\"www-data\""},
		{"user", "'", "'"},
		{"user", "''", ""},
		{"user", "'a' 'b'", "'a' 'b'"},
		{"access.format", "' %m'", "\" %m\""},
		{"access.format", "'\"%m\"'", "\"\\\"%m\\\"\""},
		{"env", "${CHECK_VALUE}${CHECK_VALUE}", "a;ba;b"},
		{"env", "x'y'", "x'y'"},
		{"env", "'${CHECK_VALUE}'", "\"\\${CHECK_VALUE}\""},
		{"env", "\"${CHECK_VALUE}\"", "\"a;b\""},
		{"env", "\"\\${CHECK_VALUE} \\\\${CHECK_VALUE}\"", "\"\\${CHECK_VALUE} \\\\a;b\""},
		{"env", "\"${CHECK_SIGNS}\"", "\"\\\"\\\\\""},
		{"env", "${CHECK_SIGNS}", "\"\\"},
		{"listen.allowed_clients", "\"127.0.0.1, ::1\"", "127.0.0.1, ::1"},
		{"listen.allowed_clients", "\"a\" \"b\"", "\"a\" \"b\""},
		{"listen", "\"/a b\"", "\"/a b\""},
		{"listen", "'/a b'", "/a b"},
		/* What php-fpm has not is left alone. */
		{"pm.max_queue", "\"5\"", "5"},
		{"pm.max_memory", "5;", "5;"},
		{"pm.max_memory", "${CHECK_VALUE}", "${CHECK_VALUE}"},
		{"route", "'/a/'", "'/a/'"},
	};

	for (size_t i = 0; i < nitems(rows); i++) {
		const struct directive *d = directive_find(SECTION_POOL, rows[i].name);
		ck_assert_msg(d != NULL, "%s", rows[i].name);
		ck_assert_str_eq(php_fpm_value(conf, d, rows[i].text), rows[i].value);
	}
}
END_TEST

START_TEST(nothing_may_be_said)
{
	static const struct {
		const char *name, *text;
		bool unset;
	} rows[] = {
		{"user", "", true},
		{"user", "\"\"", true},
		{"user", "x", false},
		{"listen.acl_users", "", true},
		{"chroot", "", true},
		/* These have a default, or nothing means something. */
		{"pm.max_children", "", false},
		{"security.limit_extensions", "", false},
		{"env", "", false},
		{"directory", "", false},
	};

	for (size_t i = 0; i < nitems(rows); i++) {
		const struct directive *d = directive_find(SECTION_POOL, rows[i].name);
		ck_assert_msg(
			php_fpm_is_unset(d, rows[i].text) == rows[i].unset, "%s", rows[i].name);
	}
}
END_TEST

START_TEST(strangers_are_known_where_they_belong)
{
	ck_assert_ptr_nonnull(php_fpm_stranger(SECTION_POOL, "listen.setfib"));
	ck_assert_ptr_nonnull(php_fpm_stranger(SECTIONS, "listen.setfib"));
	ck_assert_ptr_null(php_fpm_stranger(SECTION_GLOBAL, "listen.setfib"));
	ck_assert_ptr_null(php_fpm_stranger(SECTION_POOL, "listen.setfibs"));
	ck_assert_ptr_null(php_fpm_stranger(SECTION_POOL, "pm"));
	ck_assert(php_fpm_stranger(SECTION_POOL, "apparmor_hat")->refused);
	ck_assert(!php_fpm_stranger(SECTION_GLOBAL, "events.mechanism")->refused);
}
END_TEST

START_TEST(ours_of_the_same_name_are_known)
{
	ck_assert(php_fpm_has(directive_find(SECTION_POOL, "pm")));
	ck_assert(php_fpm_has(directive_find(SECTION_GLOBAL, "daemonize")));
	ck_assert(!php_fpm_has(directive_find(SECTION_POOL, "route")));
	ck_assert(!php_fpm_has(directive_find(SECTION_GATEWAY, "access.log")));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("php_fpm");
	TCase *t = tcase_create("php_fpm");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, values_become_ours);
	tcase_add_test(t, nothing_may_be_said);
	tcase_add_test(t, strangers_are_known_where_they_belong);
	tcase_add_test(t, ours_of_the_same_name_are_known);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
