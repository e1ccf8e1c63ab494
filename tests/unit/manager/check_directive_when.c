/* SPDX-License-Identifier: MIT
 *
 * Tests of directive_when: each condition is met by a section that says so, and by no other.
 */
#include "manager/directive_when.h"

#include <check.h>

static struct conf_pool pool;
static char log_path[] = "/var/log/access.log", listen_at[] = "/run/app.sock";
static char *doors[] = {listen_at};

static void setup(void)
{
	pool = (struct conf_pool){.type = POOL_FASTCGI, .pm = PM_STATIC};
}

static struct directive row(enum conf_section section, unsigned flags)
{
	return (struct directive){.name = "sample", .section = section, .flags = flags};
}

static void applies(unsigned flags)
{
	const struct directive d = row(SECTION_POOL, flags);

	ck_assert_ptr_null(directive_unmet(&d, &pool));
	ck_assert(directive_applies(&d, &pool));
}

static void lacks(unsigned flags, const char *what)
{
	const struct directive d = row(SECTION_POOL, flags);

	ck_assert_str_eq(directive_unmet(&d, &pool), what);
	ck_assert(!directive_applies(&d, &pool));
}

START_TEST(without_a_condition_it_applies)
{
	const struct directive d = row(SECTION_POOL, MAY_REPEAT | REQUIRED);

	applies(MAY_REPEAT | REQUIRED);
	ck_assert_ptr_null(directive_condition(&d));
}
END_TEST

START_TEST(types_of_pools)
{
	applies(ONLY_FASTCGI);
	applies(ONLY_CAUGHT);
	lacks(ONLY_CGI, "type = cgi");
	pool.type = POOL_CGI;
	applies(ONLY_CGI);
	lacks(ONLY_FASTCGI, "type = fastcgi");
	lacks(ONLY_CAUGHT, "catch_workers_output = yes");
	pool.catch_output = true;
	applies(ONLY_CAUGHT);
}
END_TEST

START_TEST(what_else_a_pool_says)
{
	lacks(ONLY_ONDEMAND, "pm = ondemand or type = external");
	lacks(ONLY_DYNAMIC, "pm = dynamic");
	lacks(ONLY_LISTEN, "listen = ADDRESS");
	lacks(ONLY_LOGGED, "access.log");
	pool.pm = PM_ONDEMAND;
	pool.listen = (struct words){doors, 1};
	pool.access_log = log_path;
	applies(ONLY_ONDEMAND | ONLY_LISTEN | ONLY_LOGGED);
	lacks(ONLY_DYNAMIC, "pm = dynamic");
	pool.pm = PM_DYNAMIC;
	applies(ONLY_DYNAMIC);
}
END_TEST

START_TEST(what_is_lacking_is_named_and_nothing_else)
{
	const struct directive d = row(SECTION_POOL, ONLY_FASTCGI | ONLY_DYNAMIC);

	lacks(ONLY_FASTCGI | ONLY_DYNAMIC, "pm = dynamic");
	ck_assert_str_eq(directive_condition(&d), "type = fastcgi");
}
END_TEST

START_TEST(the_house_and_syslog)
{
	static char to_syslog[] = "syslog", to_stderr[] = "stderr";
	const struct directive d = row(SECTION_GLOBAL, ONLY_SYSLOG);
	struct conf_global g = {.error_log = to_stderr};

	ck_assert_str_eq(directive_unmet(&d, &g), "error_log = syslog");
	g.error_log = to_syslog;
	ck_assert(directive_applies(&d, &g));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("directive_when");
	TCase *t = tcase_create("directive_when");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, without_a_condition_it_applies);
	tcase_add_test(t, types_of_pools);
	tcase_add_test(t, what_else_a_pool_says);
	tcase_add_test(t, what_is_lacking_is_named_and_nothing_else);
	tcase_add_test(t, the_house_and_syslog);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
