/* SPDX-License-Identifier: MIT
 *
 * check_script_name: which names are leftovers and which are interpreters'; input ends at an
 * unmapped page.
 */
#include "common/script_name.h"

#include "tests/unit/feed.h"

/* NULL: it is no copy of anything. */
static const struct {
	const char *name, *original;
} leftovers[] = {
	{"x.cgi~", "x.cgi"},
	{"x.cgi.~3~", "x.cgi.~3"},
	{"#x.cgi#", "x.cgi"},
	{"x.bak", "x"},
	{"x.BAK", "x"},
	{"x.py.Old", "x.py"},
	{"x.orig", "x"},
	{"x.rej", "x"},
	{"x.save", "x"},
	{"x.swp", "x"},
	{"x.swo", "x"},
	{"x.tmp", "x"},
	{"x.dpkg-old", "x"},
	{"x.dpkg-new", "x"},
	{"x.DPKG-dist", "x"},
	{"x.cgi.ucf-dist", "x.cgi"},
	{"x.rpmnew", "x"},
	{"x.rpmsave", "x"},
	{"x.rpmorig", "x"},
	{"x.pacnew", "x"},
	{"x.bak.orig", "x.bak"},
	{"~", ""},
	{".bak", ""},

	{"", NULL},
	{"x", NULL},
	{"x.cgi", NULL},
	{"bak", NULL},
	{"old", NULL},
	{"x.old.cgi", NULL},
	{"x.bak.", NULL},
	{"x~y", NULL},
	{"xold", NULL},
	{"#", NULL},
	{"##", NULL},
	{"#x", NULL},
	{"x#", NULL},
	{"x.dpkg-", NULL},
	{"x.dpkg", NULL},
	{"x.dpkg-1", NULL},
	{"x-dpkg-old", NULL},
	{"dpkg-old", NULL},
	{"x.ucf-", NULL},
	{"threshold", NULL},
	{"x.save.cgi", NULL},
};

static struct span at_the_wall(const char *name)
{
	size_t n = strlen(name);

	return (struct span){feed_put(feed_wall(n), name, n), n};
}

START_TEST(leftover)
{
	const char *name = leftovers[_i].name, *original = leftovers[_i].original;
	struct span s = at_the_wall(name);

	ck_assert_int_eq(script_name_is_leftover(s), original != NULL);
	ck_span_is(script_name_original(s), original ? original : name);
}
END_TEST

static const struct {
	const char *name;
	bool is;
} interpreters[] = {
	{"sh", true},
	{"SH", true},
	{"bash", true},
	{"ksh93", true},
	{"php", true},
	{"php8.2", true},
	{"php-cgi", true},
	{"PHP-CGI", true},
	{"php-cgi8.2", true},
	{"php8.2-cgi", true},
	{"php5", true},
	{"perl", true},
	{"perl5.36.0", true},
	{"perl5.36-x86_64-linux-gnu", true},
	{"python", true},
	{"python3", true},
	{"python3.11", true},
	{"python3.11-dbg", true},
	{"pypy3", true},
	{"ruby3.1", true},
	{"lua5.4", true},
	{"luajit-2.1.0-beta3", true},
	{"tclsh8.6", true},
	{"node", true},
	{"node18", true},
	{"awk", true},
	{"original-awk", true},
	{"busybox", true},
	{"env", true},

	{"", false},
	{"8", false},
	{"-", false},
	{"sh.cgi", false},
	{"php.cgi", false},
	{"python3.cgi", false},
	{"perl5.pl", false},
	{"s", false},
	{"shell", false},
	{"xsh", false},
	{"hello.sh", false},
	{"phpinfo", false},
	{"php-info", false},
	{"awstats.pl", false},
	{"environment", false},
	{"git-http-backend", false},
	{"mapserv", false},
	{"gitweb.cgi", false},
	{"lua", true},
	{"luna", false},
};

START_TEST(interpreter)
{
	struct span s = at_the_wall(interpreters[_i].name);

	ck_assert_msg(script_name_is_interpreter(s) == interpreters[_i].is, "%.*s", SPAN_FMT(s));
}
END_TEST

START_TEST(parts)
{
	ck_span_is(script_name_of(SPAN_LIT("/a/b.c")), "b.c");
	ck_span_is(script_name_of(SPAN_LIT("/a/")), "");
	ck_span_is(script_name_of(SPAN_LIT("b")), "b");
	ck_span_is(script_name_of(SPAN_NONE), "");
	ck_span_is(script_name_extension(SPAN_LIT("a.b.c")), "c");
	ck_span_is(script_name_extension(SPAN_LIT("a.")), "");
	ck_span_is(script_name_extension(SPAN_LIT("a")), "");
	ck_span_is(script_name_extension(SPAN_NONE), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("script_name");
	SRunner *runner = srunner_create(suite);
	TCase *tc = tcase_create("script_name");
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, leftover, 0, nitems(leftovers));
	tcase_add_loop_test(tc, interpreter, 0, nitems(interpreters));
	tcase_add_test(tc, parts);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
