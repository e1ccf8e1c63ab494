/* SPDX-License-Identifier: MIT
 *
 * Tests of suggest: what a name that is none may have meant.
 */
#include "manager/suggest.h"

#include <check.h>

static void suggests(enum conf_section section, const char *name, const char *expected)
{
	struct buf out = BUF_INIT;

	suggest(section, name, &out);
	ck_assert_msg(
		span_is(buf_span(&out), expected), "%s: %.*s", name, SPAN_FMT(buf_span(&out)));
	buf_free(&out);
}

START_TEST(slips_are_understood)
{
	suggests(SECTION_POOL, "pm.max_childen", "; did you mean pm.max_children?");
	suggests(SECTION_POOL, "max_children", "; did you mean pm.max_children?");
	suggests(SECTION_POOL, "server_name", "; did you mean host?");
	suggests(SECTION_GATEWAY, "DocumentRoot", "; did you mean document_root?");
	suggests(SECTION_GATEWAY, "access_log", "; did you mean access.log?");
	suggests(SECTION_GLOBAL, "listen", "; it belongs in [gateway]");
	suggests(SECTIONS, "rote", "; did you mean route?");
	suggests(SECTION_POOL, "xyzzy", "");
	suggests(SECTION_POOL, "", "");
	suggests(SECTION_POOL, "listen.setfib", "; leave it out: Linux has no such tables");
}
END_TEST

START_TEST(a_pool_is_near_by_its_name)
{
	struct conf_pool login = {.name = (char[]){"login"}}, app = {.name = (char[]){"app"}};
	struct conf_pool *pools[] = {&login, &app};
	struct conf conf = {.pools = pools, .npools = nitems(pools)};

	ck_assert_str_eq(suggest_pool(&conf, "logn"), "login");
	ck_assert_str_eq(suggest_pool(&conf, "ap"), "app");
	ck_assert_ptr_null(suggest_pool(&conf, "something-else"));
	conf.npools = 0;
	ck_assert_ptr_null(suggest_pool(&conf, "login"));
}
END_TEST

/* Every directive of php-fpm's, and of its pools, is ours or has advice. */
START_TEST(php_fpm_is_known)
{
	static const char *const names[] = {"pid", "error_log", "syslog.facility", "syslog.ident",
		"log_level", "log_limit", "log_buffering", "emergency_restart_threshold",
		"emergency_restart_interval", "process_control_timeout", "process.max",
		"process.priority", "daemonize", "rlimit_files", "rlimit_core", "events.mechanism",
		"systemd_interval", "include", "prefix", "user", "group", "listen",
		"listen.backlog", "listen.owner", "listen.group", "listen.mode", "listen.acl_users",
		"listen.acl_groups", "listen.allowed_clients", "listen.setfib", "process.dumpable",
		"pm", "pm.max_children", "pm.start_servers", "pm.min_spare_servers",
		"pm.max_spare_servers", "pm.max_spawn_rate", "pm.process_idle_timeout",
		"pm.max_requests", "pm.status_path", "pm.status_listen", "ping.path",
		"ping.response", "access.log", "access.format", "access.suppress_path", "slowlog",
		"request_slowlog_timeout", "request_slowlog_trace_depth",
		"request_terminate_timeout", "request_terminate_timeout_track_finished", "chroot",
		"chdir", "catch_workers_output", "decorate_workers_output", "clear_env",
		"security.limit_extensions", "apparmor_hat", "env", "php_value", "php_flag",
		"php_admin_value", "php_admin_flag"};

	for (size_t i = 0; i < nitems(names); i++) {
		struct buf out = BUF_INIT;
		bool ours = false;
		for (enum conf_section in = 0; in < SECTIONS; in++)
			ours = ours || directive_find(in, names[i]);
		suggest(SECTIONS, names[i], &out);
		ck_assert_msg(ours || (buf_len(&out) && !memmem(buf_head(&out), buf_len(&out),
								"did you mean", 12)),
			"%s", names[i]);
		buf_free(&out);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("suggest");
	TCase *t = tcase_create("suggest");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, slips_are_understood);
	tcase_add_test(t, a_pool_is_near_by_its_name);
	tcase_add_test(t, php_fpm_is_known);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
