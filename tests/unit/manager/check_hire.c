/* SPDX-License-Identifier: MIT
 *
 * Tests of hire: the environment of a pool's programs. What they become of it is for the flow
 * tests.
 */
#include "manager/hire.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "manager/conf_load.h"

static char user[] = "app", home[] = "/srv/app";
static const struct identity as = {.user = user, .home = home};
static struct hire_env env;
static struct conf *conf;

static void setup(void)
{
	clearenv();
	setenv("OWN", "mine", 1);
	setenv("BOTH", "mine", 1);
	setenv("HOME", "/root", 1);
	setenv("LOGNAME", "root", 1);
	setenv("NOTIFY_SOCKET", "/run/x", 1);
	setenv("EMPTY", "", 1);
	setenv("IS", "a=b=c", 1);
	setenv("odd%name", "x", 1);
	setenv("BASH_FUNC_f%%", "() { :; }", 1);
	env = (struct hire_env){NULL, 0};
}

static void teardown(void)
{
	hire_env_free(&env);
	conf_free(conf);
	conf = NULL;
}

static void put(const char *lines)
{
	struct complaints c = COMPLAINTS_INIT;
	char text[400];

	snprintf(text, sizeof text, "[a]\ncommand = /bin/sh\nroute = /\nuser = nobody\n%s", lines);
	conf = conf_load_text("t", text, &c);
	ck_assert_msg(conf != NULL, "%s", c.n ? c.at[0].text : "");
	complaints_free(&c);
	hire_env_put_pool(&env, conf->pools[0], &as);
}

static const char *value_of(const char *name)
{
	const char *found = NULL;
	size_t n = strlen(name);

	for (size_t i = 0; i < env.n; i++)
		if (strncmp(env.at[i], name, n) == 0 && env.at[i][n] == '=') {
			ck_assert_msg(!found, "%s is there twice", name);
			found = env.at[i] + n + 1;
		}
	return found;
}

START_TEST(nothing_is_passed_on_by_itself)
{
	put("env[BOTH] = pool\nenv[COPY] = $OWN\nenv[NONE] = $NO_SUCH\n");
	ck_assert_uint_eq(env.n, 3);
	ck_assert_pstr_eq(value_of("BOTH"), "pool");
	ck_assert_pstr_eq(value_of("COPY"), "mine");
	ck_assert_pstr_eq(value_of("NONE"), "");
	ck_assert_ptr_null(env.at[3]);
}
END_TEST

START_TEST(all_is_passed_on_below_the_rest)
{
	put("clear_env = no\nenv[BOTH] = pool\n");
	ck_assert_pstr_eq(value_of("OWN"), "mine");
	ck_assert_pstr_eq(value_of("BOTH"), "pool");
	ck_assert_pstr_eq(value_of("EMPTY"), "");
	ck_assert_pstr_eq(value_of("IS"), "a=b=c");
	ck_assert_pstr_eq(value_of("HOME"), "/srv/app");
	ck_assert_pstr_eq(value_of("USER"), "app");
	ck_assert_ptr_null(value_of("LOGNAME"));
	ck_assert_ptr_null(value_of("NOTIFY_SOCKET"));
	ck_assert_ptr_null(value_of("odd%name"));
	ck_assert_ptr_null(value_of("BASH_FUNC_f%%"));
	ck_assert_uint_eq(env.n, 6);
}
END_TEST

START_TEST(a_pool_may_say_who_it_is)
{
	put("clear_env = no\nenv[HOME] = /elsewhere\n");
	ck_assert_pstr_eq(value_of("HOME"), "/elsewhere");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hire");
	TCase *t = tcase_create("hire");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_is_passed_on_by_itself);
	tcase_add_test(t, all_is_passed_on_below_the_rest);
	tcase_add_test(t, a_pool_may_say_who_it_is);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
