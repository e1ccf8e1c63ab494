/* SPDX-License-Identifier: MIT
 *
 * Tests of conf_load and of source: lines, sections, includes, where things stand.
 */
#include "manager/conf_load.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

#define APP "[app]\ncommand = sh\nroute = /app/\nuser = nobody\n"

static struct complaints complaints;
static char dir[] = "/tmp/check-conf-XXXXXX";
static char *old_dir;

static void setup(void)
{
	complaints = COMPLAINTS_INIT;
	strcpy(dir, "/tmp/check-conf-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	old_dir = getcwd(NULL, 0);
	ck_assert_int_eq(chdir(dir), 0);
}

static void teardown(void)
{
	char *command = mem_printf("rm -rf %s", dir);

	ck_assert_int_eq(chdir(old_dir), 0);
	ck_assert_int_eq(system(command), 0);
	free(command);
	free(old_dir);
	complaints_free(&complaints);
}

static void file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* Anybody but root is warned that "user" has no effect; who tests is not what is tested. */
static void forget_warnings(void)
{
	size_t n = 0;

	for (size_t i = 0; i < complaints.n; i++)
		if (complaints.at[i].warning)
			free(complaints.at[i].text);
		else
			complaints.at[n++] = complaints.at[i];
	complaints.n = n;
}

static void said(const char *expected)
{
	struct buf out = BUF_INIT;

	forget_warnings();
	complaints_put(&complaints, &out);
	ck_assert_msg(span_is(buf_span(&out), expected), "said:\n%.*s", SPAN_FMT(buf_span(&out)));
	buf_free(&out);
}

static struct conf *good(struct conf *conf)
{
	said("");
	ck_assert_ptr_nonnull(conf);
	return conf;
}

static struct conf *loaded(const char *text)
{
	return good(conf_load_text("text", text, &complaints));
}

static void complains(const char *text, const char *expected)
{
	ck_assert_ptr_null(conf_load_text("text", text, &complaints));
	said(expected);
}

START_TEST(pools_come_in_the_order_of_the_file)
{
	struct conf *c = loaded(
		APP "\n[b]\ntype = cgi\ndirectory = .\nroute = /b/\nuser = nobody\n");

	ck_assert_uint_eq(c->npools, 2);
	ck_assert_str_eq(c->pools[0]->name, "app");
	ck_assert_str_eq(c->pools[1]->name, "b");
	ck_assert_uint_eq(c->pools[1]->type, POOL_CGI);
	ck_assert_uint_eq(c->pools[1]->line, 6);
	ck_assert_str_eq(c->pools[1]->file, "text");
	ck_assert_ptr_eq(conf_pool_find(c, "b"), c->pools[1]);
	ck_assert_ptr_null(conf_pool_find(c, "c"));
	conf_free(c);
}
END_TEST

START_TEST(marks_tell_where_things_stand)
{
	struct conf *c = loaded(APP "\n; a comment\nenv[A] = 1\nenv[B] = 2\n");
	const struct conf_marks *marks = &c->pools[0]->marks;

	ck_assert_uint_eq(conf_mark_find(marks, "route", NULL)->line, 3);
	ck_assert_uint_eq(conf_mark_find(marks, "env", "B")->line, 8);
	ck_assert_ptr_null(conf_mark_find(marks, "env", "C"));
	ck_assert_ptr_null(conf_mark_find(marks, "pm", NULL));
	conf_free(c);
}
END_TEST

START_TEST(comments_need_a_blank_before_them)
{
	struct conf *c = loaded(
		APP "env[A] = a;b#c ; no\nenv[B] = \"a ; b\" # no\nenv[C] = http://x/#y\n");
	const struct pair *env = c->pools[0]->env.at;

	ck_assert_str_eq(env[0].value, "a;b#c");
	ck_assert_str_eq(env[1].value, "a ; b");
	ck_assert_str_eq(env[2].value, "http://x/#y");
	conf_free(c);
}
END_TEST

/* As php-fpm reads them: nothing in there has a meaning. */
START_TEST(single_quotes_keep_what_is_in_them)
{
	struct conf *c = loaded(APP "env[A] = 'a ; b' ; no\nenv[B] =' # \"'\nenv[C] = '${HOME}'\n"
				    "env[D] = it's ; isn't\nenv[E] = ' ; no\n");
	const struct pair *env = c->pools[0]->env.at;

	ck_assert_str_eq(env[0].value, "a ; b");
	ck_assert_str_eq(env[1].value, " # \"");
	ck_assert_str_eq(env[2].value, "${HOME}");
	ck_assert_str_eq(env[3].value, "it's");
	ck_assert_str_eq(env[4].value, "'");
	conf_free(c);
}
END_TEST

/* What inih itself would cut at 200 bytes arrives whole, up to our own limit. */
START_TEST(lines_may_have_4095_bytes)
{
	char text[8192] = APP "env[A] = ";
	size_t start = strlen(text), line = start - strlen(APP);
	struct conf *c;

	memset(text + start, 'x', 4095 - line);
	strcpy(text + start + 4095 - line, "\npm = ondemand\n");
	c = loaded(text);
	ck_assert_uint_eq(strlen(c->pools[0]->env.at[0].value), 4095 - line);
	ck_assert_uint_eq(c->pools[0]->pm, PM_ONDEMAND);
	conf_free(c);
	strcpy(text + start + 4095 - line, "x\n");
	complains(text, "text:5: the line is longer than 4095 bytes: make it shorter\n");
}
END_TEST

START_TEST(an_indented_line_is_a_line)
{
	struct conf *c = loaded("  [app]\n\tcommand = sh\n  route = /a/\n    user=nobody");

	ck_assert_str_eq(c->pools[0]->route.at[0], "/a/");
	conf_free(c);
}
END_TEST

START_TEST(an_empty_section_is_a_section)
{
	struct conf *c = loaded("[global]\n[gateway]\n" APP "[app]\n");

	ck_assert_uint_eq(c->npools, 1);
	conf_free(c);
	complains("[gateway]\nlisten = 80\n[a]\n[b]\n[a]\nuser = nobody\n[b]\nuser = nobody\n",
		"text:3: pool 'a' has no command: add \"command = /path/to/program\"\n"
		"text:3: pool 'a' has no route: add \"route = /app/ /api/\", or a "
		"\"listen\" if a web server shall speak FastCGI to it\n"
		"text:4: pool 'b' has no command: add \"command = /path/to/program\"\n"
		"text:4: pool 'b' has no route: add \"route = /app/ /api/\", or a "
		"\"listen\" if a web server shall speak FastCGI to it\n");
}
END_TEST

START_TEST(pool_names_itself)
{
	struct conf *c = loaded(
		"[one]\ncommand = sh $pool \"$pool/$pool\"\nroute = /$pool/\nuser = nobody\n"
		"env[A] = $$poolpool\n");
	const struct conf_pool *p = c->pools[0];

	ck_assert_str_eq(p->command.at[1], "one");
	ck_assert_str_eq(p->command.at[2], "one/one");
	ck_assert_str_eq(p->route.at[0], "/one/");
	ck_assert_str_eq(p->env.at[0].value, "$onepool");
	conf_free(c);
}
END_TEST

START_TEST(relative_paths_start_at_their_file)
{
	char *expected = mem_printf("%s/sub/www", dir);
	struct conf *c;

	ck_assert_int_eq(mkdir("sub", 0755) | mkdir("sub/www", 0755) | mkdir("sub/more", 0755), 0);
	file("main.ini", "[global]\ninclude = sub/*.conf\n");
	file("sub/a.conf", "[global]\ninclude = more/*.conf\n[gateway]\ndocument_root = ./www\n");
	file("sub/more/b.conf",
		"[scripts]\ntype = cgi\ndirectory = ../www\nroute = /b/\nuser = nobody\n");
	c = good(conf_load("main.ini", &complaints));
	ck_assert_str_eq(c->gateway.document_root, expected);
	ck_assert_uint_eq(c->nfiles, 3);
	ck_assert_str_eq(c->pools[0]->file, "sub/more/b.conf");
	conf_free(c);
	free(expected);
}
END_TEST

START_TEST(an_include_ends_where_it_ends)
{
	struct conf *c;

	file("main.ini", "[global]\ninclude = app.conf\nlog_level = debug\n");
	file("app.conf", APP);
	c = good(conf_load("main.ini", &complaints));
	ck_assert_uint_eq(c->global.log_level, 4);
	conf_free(c);
}
END_TEST

START_TEST(a_directory_of_odd_name_is_no_pattern)
{
	struct conf *c;

	ck_assert_int_eq(mkdir("[x]*", 0755), 0);
	file("[x]*/main.ini", "[global]\ninclude = a*.conf\n");
	file("[x]*/app.conf", APP);
	c = good(conf_load("[x]*/main.ini", &complaints));
	ck_assert_uint_eq(c->npools, 1);
	conf_free(c);
}
END_TEST

START_TEST(complaints_come_file_by_file)
{
	file("main.ini",
		"[global]\ninclude = b.conf\ninclude = a.conf\n[x]\ncommand = sh\nuser = nobody\n");
	file("a.conf", "a = 1\n");
	file("b.conf", "\nb = 1\n[y]\nroute = /y/\ncommand = sh\nuser = nobody\npn = 1\n");
	ck_assert_ptr_null(conf_load("main.ini", &complaints));
	said("main.ini:4: pool 'x' has no route: add \"route = /app/ /api/\", or a "
	     "\"listen\" if a web server shall speak FastCGI to it\n"
	     "b.conf:2: b stands before any section: put [global], [gateway] or [POOL] above it\n"
	     "b.conf:7: pn is not a directive of a pool; did you mean pm?\n"
	     "a.conf:1: a stands before any section: put [global], [gateway] or [POOL] above it\n");
}
END_TEST

START_TEST(a_missing_file_is_told)
{
	ck_assert_ptr_null(conf_load("nowhere.ini", &complaints));
	said("nowhere.ini:1: the file cannot be read: No such file or directory\n");
}
END_TEST

START_TEST(a_directory_is_no_file)
{
	ck_assert_ptr_null(conf_load(dir, &complaints));
	ck_assert_uint_eq(complaints.errors, 1);
}
END_TEST

START_TEST(an_included_fifo_does_not_hang)
{
	file("main.ini", "[global]\ninclude = fifo\n" APP);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_ptr_null(conf_load("main.ini", &complaints));
	said("main.ini:2: include of fifo: this is not a file\n");
}
END_TEST

START_TEST(a_text_includes_nothing)
{
	complains("[global]\ninclude = *.conf\n" APP, "text:2: include works in files only\n");
}
END_TEST

START_TEST(what_is_wrong_is_told_once)
{
	complains(APP "route = /b/\npm.max_children = 0\n",
		"text:5: route of pool 'app' is set twice, first at text:3: keep one of them\n"
		"text:6: pm.max_children = '0' of pool 'app' is out of range: give a whole number "
		"from 1 to 10000\n");
}
END_TEST

START_TEST(complaints_of_two_runs_add_up)
{
	ck_assert_ptr_null(conf_load_text("a", "", &complaints));
	conf_free(conf_load_text("b", APP, &complaints));
	ck_assert_uint_eq(complaints.errors, 1);
	said("a:1: no pool and no document_root: nothing to serve\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_load");
	TCase *t = tcase_create("conf_load");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, pools_come_in_the_order_of_the_file);
	tcase_add_test(t, marks_tell_where_things_stand);
	tcase_add_test(t, comments_need_a_blank_before_them);
	tcase_add_test(t, single_quotes_keep_what_is_in_them);
	tcase_add_test(t, lines_may_have_4095_bytes);
	tcase_add_test(t, an_indented_line_is_a_line);
	tcase_add_test(t, an_empty_section_is_a_section);
	tcase_add_test(t, pool_names_itself);
	tcase_add_test(t, relative_paths_start_at_their_file);
	tcase_add_test(t, an_include_ends_where_it_ends);
	tcase_add_test(t, a_directory_of_odd_name_is_no_pattern);
	tcase_add_test(t, complaints_come_file_by_file);
	tcase_add_test(t, a_missing_file_is_told);
	tcase_add_test(t, a_directory_is_no_file);
	tcase_add_test(t, an_included_fifo_does_not_hang);
	tcase_add_test(t, a_text_includes_nothing);
	tcase_add_test(t, what_is_wrong_is_told_once);
	tcase_add_test(t, complaints_of_two_runs_add_up);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
