/* SPDX-License-Identifier: MIT
 *
 * Tests of php_settings: lines of php.ini, arguments of php-cgi.
 */
#include "manager/php_settings.h"

#include <check.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

static struct conf *conf;

#define TEXT(s) conf_strdup(conf, s)

static void setup(void)
{
	conf = conf_new();
}

static void teardown(void)
{
	conf_free(conf);
}

START_TEST(values_are_said_so_that_php_reads_them)
{
	static const struct {
		const char *value, *line;
	} rows[] = {
		{"64M", "x=64M\n"},
		{"", "x=\n"},
		{"none", "x=none\n"},
		{"E_ALL", "x=E_ALL\n"},
		{"-1", "x='-1'\n"},
		{"E_ALL & ~E_NOTICE", "x=0|(E_ALL & ~E_NOTICE)\n"},
		{"~(E_NOTICE|E_STRICT) & 7", "x=0|(~(E_NOTICE|E_STRICT) & 7)\n"},
		{"(E_ALL", "x='(E_ALL'\n"},
		{"E_ALL)(E_ALL", "x='E_ALL)(E_ALL'\n"},
		{"E_ALL E_NOTICE", "x='E_ALL E_NOTICE'\n"},
		{"E_ALL & on", "x='E_ALL & on'\n"},
		{"a | b", "x='a | b'\n"},
		{"E_ALL &", "x='E_ALL &'\n"},
		{"/usr/sbin/sendmail -t -i", "x='/usr/sbin/sendmail -t -i'\n"},
		{"a;b #c", "x='a;b #c'\n"},
		{"${HOME}", "x='${HOME}'\n"},
		{"it's \\", "x=\"it's \\\\\"\n"},
	};

	for (size_t i = 0; i < nitems(rows); i++) {
		struct pair pair = {TEXT("x"), TEXT(rows[i].value)};
		struct pairs values = {&pair, 1}, none = {NULL, 0};
		struct buf out = BUF_INIT;
		php_settings_put(&values, &none, &out);
		ck_assert_msg(span_is(buf_span(&out), rows[i].line), "%s: %.*s", rows[i].value,
			SPAN_FMT(buf_span(&out)));
		buf_free(&out);
	}
}
END_TEST

START_TEST(flags_are_numbers)
{
	struct pair at[] = {{TEXT("a"), TEXT("on")}, {TEXT("b"), TEXT("Yes")},
		{TEXT("c"), TEXT("1")}, {TEXT("d"), TEXT("off")}, {TEXT("e"), TEXT("none")},
		{TEXT("f"), TEXT("FALSE")}};
	struct pairs flags = {at, nitems(at)}, none = {NULL, 0};
	struct buf out = BUF_INIT;

	php_settings_put(&none, &flags, &out);
	ck_assert_msg(span_is(buf_span(&out), "a=1\nb=1\nc=1\nd=0\ne=0\nf=0\n"), "%.*s",
		SPAN_FMT(buf_span(&out)));
	buf_free(&out);
}
END_TEST

static void are(char **argv, const char *const *expected)
{
	size_t n = 0;

	for (; argv[n] && expected[n]; n++)
		ck_assert_str_eq(argv[n], expected[n]);
	ck_assert_ptr_null(argv[n]);
	ck_assert_ptr_null(expected[n]);
	php_settings_free(argv);
}

START_TEST(settings_stand_behind_the_program)
{
	char *words[] = {TEXT("nice"), TEXT("php-cgi"), TEXT("--"), TEXT("x")};
	struct pair value[] = {{TEXT("a"), TEXT("1")}, {TEXT("b"), TEXT("c d")}},
		    flag[] = {{TEXT("e"), TEXT("on")}};
	struct conf_pool pool = {
		.command = {words, 4}, .php_value = {value, 2}, .php_flag = {flag, 1}};
	struct conf_pool plain = {.command = {words, 4}};

	are(php_settings_argv(&plain, "/"), (const char *[]){"nice", "php-cgi", "--", "x", NULL});
	are(php_settings_argv(&pool, "/"), (const char *[]){"nice", "php-cgi", "-d", "a=1", "-d",
						   "b='c d'", "-d", "e=1", "--", "x", NULL});
}
END_TEST

START_TEST(locks_stand_behind_all_options)
{
	char *words[] = {TEXT("php-cgi"), TEXT("-q"), TEXT("-d"), TEXT("x"), TEXT("-by"),
		TEXT("--"), TEXT("-d")};
	struct pair value[] = {{TEXT("a"), TEXT("1")}};
	struct conf_pool pool = {.command = {words, 7}, .php_admin_value = {value, 1}};

	are(php_settings_argv(&pool, "/no/such"),
		(const char *[]){"php-cgi", "-d", "a=1", "-q", "-d", "x", "-by", "-d",
			"hearth.locked=1", "--", "-d", NULL});
	words[4] = TEXT("file");
	are(php_settings_argv(&pool, "/no/such"),
		(const char *[]){"php-cgi", "-d", "a=1", "-q", "-d", "x", "-d", "hearth.locked=1",
			"file", "--", "-d", NULL});
}
END_TEST

/* Any that php.ini can name: a blank in a name is no reason to leave its scripts free. */
START_TEST(directories_of_odd_names_are_locked)
{
	static const struct {
		const char *name;
		bool is;
	} rows[] = {{"a b", true}, {".hidden", true}, {"d\xc3\xa9", true}, {"a$b", true},
		{"a+b@c=d", true}, {"a[b", true}, {"a]b", false}, {"a;b", false}, {"a\"b", false},
		{"a'b", false}, {"a\\b", false}, {"a${b}", false}, {"a\nb", false},
		{"proc", false}};
	struct pair value[] = {{TEXT("a"), TEXT("b")}};
	char *words[] = {TEXT("php-cgi")};
	struct conf_pool pool = {.command = {words, 1}, .php_admin_value = {value, 1}};

	for (size_t i = 0; i < nitems(rows); i++) {
		char dir[] = "/tmp/check-php-XXXXXX", *odd, *lock;
		ck_assert_ptr_nonnull(mkdtemp(dir));
		odd = mem_printf("%s/%s", dir, rows[i].name);
		ck_assert_int_eq(mkdir(odd, 0700), 0);
		lock = rows[i].is ? mem_printf("hearth.locked=1\n[PATH=/%s]\na=b", rows[i].name)
				  : mem_strdup("hearth.locked=1");
		are(php_settings_argv(&pool, dir),
			(const char *[]){"php-cgi", "-d", "a=b", "-d", lock, NULL});
		rmdir(odd);
		rmdir(dir);
		free(odd);
		free(lock);
	}
}
END_TEST

START_TEST(what_is_locked_stands_there_twice)
{
	char dir[] = "/tmp/check-php-XXXXXX", *words[] = {TEXT("php-cgi")};
	struct pair value[] = {{TEXT("a"), TEXT("c d")}}, flag[] = {{TEXT("e"), TEXT("off")}};
	struct conf_pool pool = {
		.command = {words, 1}, .php_admin_value = {value, 1}, .php_admin_flag = {flag, 1}};
	char *srv, *odd, *file;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	srv = mem_printf("%s/srv", dir);
	odd = mem_printf("%s/a]b", dir);
	file = mem_printf("%s/file", dir);
	ck_assert_int_eq(mkdir(srv, 0700), 0);
	ck_assert_int_eq(mkdir(odd, 0700), 0);
	ck_assert_int_eq(mknod(file, S_IFREG | 0600, 0), 0);
	are(php_settings_argv(&pool, dir),
		(const char *[]){"php-cgi", "-d", "a='c d'", "-d", "e=0", "-d",
			"hearth.locked=1\n[PATH=/srv]\na='c d'\ne=0", NULL});
	rmdir(srv);
	rmdir(odd);
	unlink(file);
	rmdir(dir);
	are(php_settings_argv(&pool, dir), (const char *[]){"php-cgi", "-d", "a='c d'", "-d", "e=0",
						   "-d", "hearth.locked=1", NULL});
	free(srv);
	free(odd);
	free(file);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("php_settings");
	TCase *t = tcase_create("php_settings");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, values_are_said_so_that_php_reads_them);
	tcase_add_test(t, flags_are_numbers);
	tcase_add_test(t, settings_stand_behind_the_program);
	tcase_add_test(t, locks_stand_behind_all_options);
	tcase_add_test(t, directories_of_odd_names_are_locked);
	tcase_add_test(t, what_is_locked_stands_there_twice);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
