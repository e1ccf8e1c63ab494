/* SPDX-License-Identifier: MIT
 *
 * Tests of conf_check: what it finishes, and the rules that depend on who asks. The wording of
 * complaints is the business of tests/golden/conf.
 */
#include "manager/conf_check.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "manager/conf_load.h"

#define POOL(name, rest) "[" name "]\ncommand = sh\nuser = nobody\n" rest
#define FILES            "[gateway]\ndocument_root = /tmp\n"

static struct complaints complaints;

static void setup(void)
{
	complaints = COMPLAINTS_INIT;
}

/* Root and dumpable again, or LeakSanitizer could not look at us in the end. */
static void teardown(void)
{
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0) | setegid(0) | prctl(PR_SET_DUMPABLE, 1), 0);
	complaints_free(&complaints);
}

static struct conf *load(const char *text)
{
	return conf_load_text("t", text, &complaints);
}

static bool has_said(const char *piece)
{
	struct buf out = BUF_INIT;
	bool found;

	complaints_put(&complaints, &out);
	buf_put(&out, "", 1);
	found = strstr(buf_head(&out), piece) != NULL;
	buf_free(&out);
	return found;
}

/* Exactly one complaint, with these words in it. */
static void refuses(const char *text, const char *piece)
{
	ck_assert_ptr_null(load(text));
	ck_assert_uint_eq(complaints.errors, 1);
	ck_assert_msg(has_said(piece), "%s", complaints.at[0].text);
	complaints_free(&complaints);
}

/* It is usable, but is told so. */
static void warns(const char *text, const char *piece)
{
	struct conf *c = load(text);

	ck_assert_ptr_nonnull(c);
	ck_assert_msg(has_said(piece), "%s", text);
	conf_free(c);
	complaints_free(&complaints);
}

static void accepts(const char *text)
{
	struct conf *c = load(text);

	ck_assert_msg(c != NULL, "%s", complaints.n ? complaints.at[0].text : "");
	conf_free(c);
	complaints_free(&complaints);
}

START_TEST(programs_get_their_full_path)
{
	struct conf *c = load(
		FILES "[scripts]\ntype = cgi\ndirectory = /tmp\nroute = /c/\nuser = nobody\n"
		      "interpreter[.sh] = sh\n" POOL("app", "route = /a/\n"));

	ck_assert_ptr_nonnull(c);
	ck_assert_ptr_nonnull(strstr(c->pools[0]->interpreter.at[0].value, "/bin/sh"));
	ck_assert_ptr_nonnull(strstr(c->pools[1]->command.at[0], "/bin/sh"));
	conf_free(c);
}
END_TEST

/* The environment of whoever starts the daemon has no say. */
START_TEST(programs_are_not_found_by_path)
{
	ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
	accepts(POOL("app", "route = /a/\n"));
}
END_TEST

/* Whatever starts it: what may lie among uploads is not run. */
START_TEST(php_has_extensions)
{
	struct conf *c = load("[a]\ncommand = sh php-cgi\nuser = nobody\nroute = /a/\n"
			      "[b]\ncommand = sh php-cgi\nuser = nobody\nroute = /b/\n"
			      "security.limit_extensions =\n" POOL("c", "route = /c/\n"));

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->pools[0]->limit_extensions.n, 2);
	ck_assert_str_eq(c->pools[0]->limit_extensions.at[0], ".php");
	ck_assert_str_eq(c->pools[0]->limit_extensions.at[1], ".phar");
	ck_assert_uint_eq(c->pools[1]->limit_extensions.n, 0);
	ck_assert_uint_eq(c->pools[2]->limit_extensions.n, 0);
	conf_free(c);
}
END_TEST

START_TEST(hosts_become_lower_case)
{
	struct conf *c = load(POOL("app", "route = /a/\nhost = Example.ORG *.A.b\n"));

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->pools[0]->host.at[0], "example.org");
	ck_assert_str_eq(c->pools[0]->host.at[1], "*.a.b");
	conf_free(c);
}
END_TEST

START_TEST(hosts_keep_equal_routes_apart)
{
	accepts(POOL("a", "route = /x/\nhost = a.org\n") POOL("b", "route = /x/\nhost = b.org\n")
			POOL("c", "route = /x/\n"));
	refuses(POOL("a", "route = /x/\nhost = a.org c.org\n")
			POOL("b", "route = /x/\nhost = C.org\n"),
		"belongs to pool 'a' already (t:4)");
	refuses(POOL("a", "route = /x/\n") POOL("b", "route = /y/ /x/\n"), "belongs to pool 'a'");
	accepts(POOL("a", "route = /x/\n") POOL("b", "route = =/x/\n"));
}
END_TEST

START_TEST(extensions_need_files)
{
	accepts(FILES POOL("php", "route = *.php\n"));
	refuses(POOL("php", "route = *.php\n"), "needs a document_root");
}
END_TEST

START_TEST(what_has_no_effect_is_refused_but_of_php_fpm)
{
	accepts(POOL("a", "route = /x/\npm = ondemand\npm.process_idle_timeout = 3s\n"));
	warns(POOL("a", "route = /x/\npm.process_idle_timeout = 3s\n"),
		"warning: pm.process_idle_timeout has no effect in pool 'a': it needs \"pm = "
		"ondemand");
	refuses(POOL("a", "route = /x/\ndirectory = /tmp\n"), "type = cgi");
}
END_TEST

/* The kernel gives nobody more files than fs.nr_open, not even root. */
START_TEST(a_limit_is_one_that_hearth_may_give)
{
	struct rlimit before, after;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	accepts(POOL("a", "route = /x/\nrlimit[nofile] = 100\nrlimit[cpu] = 10\n"));
	refuses(POOL("a", "route = /x/\nrlimit[nofile] = 64:4294967295\n"),
		"t:5: rlimit[nofile] = 64:4294967295 of pool 'a' is more than the ");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &after), 0);
	ck_assert_uint_eq(after.rlim_cur, before.rlim_cur);
	ck_assert_uint_eq(after.rlim_max, before.rlim_max);
}
END_TEST

/* One mistake, one complaint: a value that was refused is not missed as well. */
START_TEST(a_refused_value_is_not_missing)
{
	refuses("[app]\ncommand = \"sh\" \"\nroute = /a/\nuser = nobody\n[app]\ncommand = sh\n",
		"quote");
	refuses(POOL("app", "route =\n"), "is empty");
}
END_TEST

START_TEST(root_is_refused_to_root)
{
	refuses("[app]\ncommand = sh\nroute = /a/\nuser = root\n", "is root");
	refuses("[app]\ncommand = sh\nroute = /a/\nuser = 0\n", "is root");
	refuses("[app]\ncommand = sh\nroute = /a/\n", "has no user");
	refuses(FILES "user = root\n", "is root");
	accepts("[app]\ncommand = sh\nroute = /a/\nuser = 12345\n");
}
END_TEST

/* The real user stays root, for the way back. */
static void become_nobody(void)
{
	if (geteuid() == 0)
		ck_assert_int_eq(setegid(65534) | seteuid(65534), 0);
}

START_TEST(others_need_no_user)
{
	become_nobody();
	accepts("[app]\ncommand = sh\nroute = /a/\n");
	refuses("[app]\ncommand = sh\nroute = /a/\nuser = no-such-user\n", "there is no user");
}
END_TEST

START_TEST(others_are_warned_of_users_in_vain)
{
	struct conf *c;

	become_nobody();
	c = load("[app]\ncommand = sh\nroute = /a/\nuser = root\ngroup = root\n");
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(complaints.errors, 0);
	ck_assert_uint_eq(complaints.n, 2);
	ck_assert(has_said("t:4: warning: user of pool 'app' has no effect"));
	ck_assert(has_said("t:5: warning: group of pool 'app' has no effect"));
	conf_free(c);
}
END_TEST

START_TEST(a_table_of_types_may_be_missing)
{
	struct conf *c;

	become_nobody();
	c = load("[gateway]\nmime_types = /no/table\n[app]\ncommand = sh\nroute = /a/\n");
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(complaints.errors, 0);
	ck_assert_uint_eq(complaints.n, 1);
	ck_assert(has_said("t:2: warning: mime_types: /no/table: "));
	conf_free(c);
}
END_TEST

START_TEST(the_default_user_is_no_reason_to_warn)
{
	become_nobody();
	ck_assert_uint_eq(complaints.n, 0);
	conf_free(load(FILES));
	ck_assert_uint_eq(complaints.n, 0);
}
END_TEST

START_TEST(listeners_differ)
{
	accepts(FILES
		"listen = 127.0.0.1:0 127.0.0.1:0 [::]:80 0.0.0.0:80 unix:/tmp/a unix:/tmp/b\n");
	refuses(FILES "listen = 80 *:80\n", "same address");
	accepts(FILES "listen =\n");
}
END_TEST

START_TEST(an_open_port_that_lets_nobody_in_is_told_of)
{
	static const char *const open[] = {"9000", "*:9000", "0.0.0.0:9000", "[0::0]:9000",
		"/tmp/a.sock 127.0.0.1:9000 [::]:9000"};
	char text[200];

	for (size_t i = 0; i < nitems(open); i++) {
		snprintf(text, sizeof text, POOL("a", "listen = %s\n"), open[i]);
		warns(text, "is open on every address, but to this machine alone");
	}
	conf_free(load(POOL("a", "listen = 9000\nlisten.allowed_clients = 10.0.0.0/8\n")));
	ck_assert(!has_said("open on every address"));
	complaints_free(&complaints);
	conf_free(load(POOL("a", "listen = /tmp/a.sock 127.0.0.1:9000 [::1]:9000\n")));
	ck_assert(!has_said("open on every address"));
	complaints_free(&complaints);
}
END_TEST

START_TEST(a_socket_begins_at_the_prefix)
{
	static const char *const sockets[] = {"php.sock", "9000.sock", "./php.sock"};
	char text[200], whole[64];

	for (size_t i = 0; i < nitems(sockets); i++) {
		struct conf *c;
		snprintf(text, sizeof text, POOL("a", "prefix = /\nlisten = %s\n"), sockets[i]);
		snprintf(whole, sizeof whole, "unix://%s", sockets[i]);
		c = load(text);
		ck_assert_msg(c != NULL, "%s", complaints.n ? complaints.at[0].text : "");
		ck_assert_str_eq(c->pools[0]->listen.at[0], whole);
		conf_free(c);
		complaints_free(&complaints);
	}
	refuses(POOL("a", "prefix = /\nlisten = x:80\n"), "address in numbers");
}
END_TEST

START_TEST(a_route_without_a_script_is_told_of)
{
	static const char *const none[] = {"/", "/blog/", "=/login", "/php/", "/x.php5/"};
	static const char *const some[] = {"*.php", "=/check.php", "/index.php/", "/a.phar/",
		"/status", "=/status", "/pages/"};
	char text[300];

	for (size_t i = 0; i < nitems(none) + nitems(some); i++) {
		bool is = i >= nitems(none);
		snprintf(text, sizeof text,
			FILES POOL("a",
				"security.limit_extensions = .php .phar\npm.status_path = /status\n"
				"ping.path = /pages/ping\nroute = %s\n"),
			is ? some[i - nitems(none)] : none[i]);
		conf_free(load(text));
		ck_assert_msg(has_said("names no script: by security") != is, "%s", text);
		complaints_free(&complaints);
	}
	conf_free(load(POOL("a", "route = /\n")));
	ck_assert(!has_said("names no script"));
	complaints_free(&complaints);
}
END_TEST

START_TEST(something_must_be_served)
{
	refuses("", "nothing to serve");
	refuses("[gateway]\nlisten = 80\n", "nothing to serve");
	accepts(FILES);
	accepts(POOL("a", "route = /\n"));
}
END_TEST

/* A pool's own word of a limit is one, by whichever name. */
static const struct {
	const char *pool, *files, *core, *priority;
} heirs[] = {
	{"", "100", "4k", "3"},
	{"rlimit_files = 50\n", "50", "4k", "3"},
	{"rlimit[nofile] = 50\n", NULL, "4k", "3"},
	{"rlimit_core = 0\n", "100", "0", "3"},
	{"rlimit[core] = 0\n", "100", NULL, "3"},
	{"process.priority = 7\n", "100", "4k", "7"},
};

START_TEST(a_pool_that_says_nothing_gets_what_all_get)
{
	char text[400];
	struct conf *c;

	snprintf(text, sizeof text,
		"[global]\nrlimit_files = 100\nrlimit_core = 4k\nprocess.priority = 3\n" POOL(
			"a", "route = /\n%s"),
		heirs[_i].pool);
	c = load(text);
	ck_assert_msg(c != NULL, "%s", complaints.n ? complaints.at[0].text : "");
	ck_assert_pstr_eq(c->pools[0]->rlimit_files, heirs[_i].files);
	ck_assert_pstr_eq(c->pools[0]->rlimit_core, heirs[_i].core);
	ck_assert_pstr_eq(c->pools[0]->priority, heirs[_i].priority);
	conf_free(c);
}
END_TEST

/* A link in a chroot leads to what it leads to in there. */
START_TEST(links_in_a_chroot_are_its_own)
{
	char dir[] = "/tmp/check-conf-XXXXXX", text[400], path[100];
	struct conf *c;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(text, sizeof text,
		"cd %s && mkdir bin real && >real/app && chmod 755 real/app && "
		"ln -s /real/app bin/app && ln -s /bin/sh bin/out && ln -s ../../../../real bin/up",
		dir);
	ck_assert_int_eq(system(text), 0);
#define JAIL(program) "[a]\ncommand = " program "\nuser = nobody\nroute = /\nchroot = %s\n"
	snprintf(text, sizeof text, JAIL("/bin/app"), dir);
	accepts(text);
	snprintf(text, sizeof text, JAIL("/bin/up/app"), dir);
	accepts(text);
	snprintf(text, sizeof text, JAIL("app"), dir);
	c = load(text);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->pools[0]->command.at[0], "/bin/app");
	conf_free(c);
	snprintf(text, sizeof text, JAIL("/bin/out"), dir);
	refuses(text, "'/bin/out' in the chroot ");
	snprintf(text, sizeof text, JAIL("/bin/sh"), dir);
	refuses(text, "'/bin/sh' in the chroot ");
	/* No section [PATH] of PHP is that of / itself. */
	snprintf(text, sizeof text, JAIL("app php-cgi") "php_admin_value[a] = b\n", dir);
	warns(text, "t:6: warning: php_admin_value of pool 'a' does not hold for scripts in /");
	snprintf(text, sizeof text, JAIL("app php-cgi") "php_admin_flag[a] = on\n", dir);
	warns(text, "t:6: warning: php_admin_flag of pool 'a' does not hold for scripts in /");
	snprintf(text, sizeof text, JAIL("app php-cgi") "php_value[a] = b\n", dir);
	c = load(text);
	ck_assert_ptr_nonnull(c);
	ck_assert(!has_said("does not hold"));
	complaints_free(&complaints);
	conf_free(c);
	snprintf(path, sizeof path, "rm -r %s", dir);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

/* Who only checks may not look everywhere where hearth may. */
START_TEST(what_is_closed_to_us_is_not_missing)
{
	char dir[] = "/tmp/check-conf-XXXXXX", text[400], path[100];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(text, sizeof text, "mkdir -m 711 %s/www && mkdir -m 700 %s/www/a && chmod 711 %s",
		dir, dir, dir);
	ck_assert_int_eq(system(text), 0);
	become_nobody();
	snprintf(text, sizeof text,
		"[global]\nruntime_dir = %s/www/a/b/run\n[gateway]\ndocument_root = %s/www\n"
		"fallback = /a/index.html\n",
		dir, dir);
	accepts(text);
	snprintf(text, sizeof text, "[global]\nruntime_dir = %s/www/b/run\n" FILES, dir);
	refuses(text, "is no directory to make it in");
	ck_assert_int_eq(seteuid(0), 0);
	snprintf(path, sizeof path, "rm -r %s", dir);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_check");
	TCase *t = tcase_create("conf_check");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, programs_get_their_full_path);
	tcase_add_test(t, programs_are_not_found_by_path);
	tcase_add_test(t, hosts_become_lower_case);
	tcase_add_test(t, hosts_keep_equal_routes_apart);
	tcase_add_test(t, extensions_need_files);
	tcase_add_test(t, what_has_no_effect_is_refused_but_of_php_fpm);
	tcase_add_test(t, a_limit_is_one_that_hearth_may_give);
	tcase_add_test(t, a_refused_value_is_not_missing);
	if (geteuid() == 0)
		tcase_add_test(t, root_is_refused_to_root);
	else
		puts("skip root_is_refused_to_root (it takes root)");
	tcase_add_test(t, others_need_no_user);
	tcase_add_test(t, others_are_warned_of_users_in_vain);
	tcase_add_test(t, a_table_of_types_may_be_missing);
	tcase_add_test(t, the_default_user_is_no_reason_to_warn);
	tcase_add_test(t, php_has_extensions);
	tcase_add_test(t, listeners_differ);
	tcase_add_test(t, an_open_port_that_lets_nobody_in_is_told_of);
	tcase_add_test(t, a_socket_begins_at_the_prefix);
	tcase_add_test(t, a_route_without_a_script_is_told_of);
	tcase_add_test(t, something_must_be_served);
	tcase_add_loop_test(t, a_pool_that_says_nothing_gets_what_all_get, 0, nitems(heirs));
	if (geteuid() == 0) {
		tcase_add_test(t, links_in_a_chroot_are_its_own);
		tcase_add_test(t, what_is_closed_to_us_is_not_missing);
	} else {
		puts("skip links_in_a_chroot_are_its_own (it takes root)");
		puts("skip what_is_closed_to_us_is_not_missing (it takes root)");
	}
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
