/* SPDX-License-Identifier: MIT
 *
 * check_php_path: what Apache puts before the path of a script, encoded names, and extensions that
 * may run.
 */
#include "gateway/php_path.h"

#include "tests/unit/feed.h"

static struct feed_wall wall;

static void setup(void)
{
	wall = feed_wall(8192);
}

static void teardown(void)
{
	feed_wall_free(wall);
}

/* Flush against the wall. */
static struct span laid(const char *text)
{
	return (struct span){feed_put(wall, text, strlen(text)), strlen(text)};
}

static const struct {
	const char *name, *path; /* NULL: it is a plain name */
} proxied[] = {
	{"proxy:fcgi://localhost:9000/srv/a.php", "/srv/a.php"},
	{"proxy:fcgi://localhost/srv/a.php/info?x=/y?z", "/srv/a.php/info"},
	{"proxy:fcgi://[::1]:9000/a.php", "/a.php"},
	{"proxy:fcgi:///a.php", "/a.php"},
	{"PROXY:FCGI://host/a.php", "/a.php"},
	{"proxy:balancer://pool/a.php?q", "/a.php"},
	{"proxy:unix:/run/php.sock|fcgi://localhost/a.php", "/a.php"},
	{"proxy:unix:/run/php.sock|balancer://x/", "/"},
	{"proxy:fcgi://host//a.php", "//a.php"},
	{"proxy:fcgi://host/a%20b.php", "/a%20b.php"},

	{"", NULL},
	{"/srv/a.php?x", NULL},
	{"/srv/proxy:fcgi://host/a.php", NULL},
	{"proxy:", NULL},
	{"proxy:fcgi:/", NULL},
	{"proxy:fcgi:/srv/a.php", NULL},
	{"proxy:fcgi://", NULL},
	{"proxy:fcgi://host", NULL},
	{"proxy:http://host/a.php", NULL},
	{"fcgi://host/a.php", NULL},
	{"proxy:unix:/run/php.sock/a.php", NULL},
	{"proxy:unix:|/a.php", NULL},
};

START_TEST(what_apache_puts_before)
{
	struct span path = SPAN_NONE;
	bool is = php_path_of_proxy(laid(proxied[_i].name), &path);

	ck_assert_int_eq(is, proxied[_i].path != NULL);
	if (is)
		ck_span_is(path, proxied[_i].path);
}
END_TEST

static const struct {
	const char *name, *plain;
} encoded[] = {
	{"", ""},
	{"/a.php", "/a.php"},
	{"/a%20b", "/a b"},
	{"%41%5a%7A", "AZz"},
	{"%2541", "%41"},
	{"%", "%"},
	{"%4", "%4"},
	{"%4g%g4", "%4g%g4"},
	{"a+b", "a+b"},
	{"/a.jpg%00.php", ""},
};

START_TEST(decoded)
{
	char to[64];
	size_t n = php_path_decode(laid(encoded[_i].name), to);

	ck_span_is(((struct span){to, n}), encoded[_i].plain);
}
END_TEST

static const struct {
	const char *extensions, *file;
	bool may;
} files[] = {
	{NULL, "/srv/up.jpg", true},
	{NULL, "", true},
	{".php/.phar", "/srv/a.php", true},
	{".php/.phar", "/srv/a.phar", true},
	{".php/.phar", "/srv/a.b.php", true},
	{".php/.phar", "/srv/.php", true},
	{".php/.phar", "a.php", true},
	{".php", "/srv/a.PHP", false},
	{".php", "/srv/a.php5", false},
	{".php", "/srv/a.phar", false},
	{".php", "/srv/up.jpg", false},
	{".php", "/srv/aphp", false},
	{".php", ".php", false},
	{".php", "php", false},
	{".php", "", false},
	{".php", "/srv/a.php/", false},
	{".php", "/srv/a.php ", false},
	{".phar/.php", "/srv/a.php", true},
	{".phar//.php", "/srv/a.php", true},
	{"/", "/srv/a.php", false},
	{"", "/srv/a.php", false},
};

START_TEST(extensions)
{
	ck_assert_int_eq(
		php_path_may_run(files[_i].extensions, laid(files[_i].file)), files[_i].may);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("php_path");
	TCase *tc = tcase_create("php_path");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_apache_puts_before, 0, nitems(proxied));
	tcase_add_loop_test(tc, decoded, 0, nitems(encoded));
	tcase_add_loop_test(tc, extensions, 0, nitems(files));
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
