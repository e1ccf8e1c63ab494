/* SPDX-License-Identifier: MIT
 *
 * check_sendfile_path: what scripts may name, and what leads nowhere.
 */
#include "gateway/sendfile_path.h"

#include <check.h>
#include <stdlib.h>

#include "common/span.h"

#define PATH CGI_FILE_PATH
#define URL  CGI_FILE_URL

/* path NULL: it is refused, with this status. */
static const struct {
	enum cgi_file kind;
	const char *value, *root, *path;
	int status;
} rows[] = {
	/* Literally, in any spelling of the root. */
	{PATH, "/srv/d/a", "/srv/d", "/a", 0},
	{PATH, "/srv/d/a", "/srv/d/", "/a", 0},
	{PATH, "//srv//d/.//a", "/srv/d", "/a", 0},
	{PATH, "/srv/d/a b/%41?c#d", "/srv/d", "/a b/%41?c#d", 0},
	{PATH, "/srv/d/\xc3\xa9", "/srv/d", "/\xc3\xa9", 0},
	{PATH, "/srv/d/a/", "/srv/d", "/a/", 0},
	{PATH, "/a/b", "/", "/a/b", 0},
	{PATH, "a", "/srv/d", "/a", 0},
	{PATH, "./a/./b", "/srv/d", "/a/b", 0},
	{PATH, "a//b", "/srv/d", "/a/b", 0},
	{PATH, "srv/d/a", "/srv/d", "/srv/d/a", 0},
	{PATH, "a..b/..c.", "/srv/d", "/a..b/..c.", 403},
	{PATH, "a..b/c..", "/srv/d", "/a..b/c..", 0},
	{PATH, ".", "/srv/d", "/", 0},

	/* Not below it. */
	{PATH, "/srv/e/a", "/srv/d", NULL, 403},
	{PATH, "/srv/dd/a", "/srv/d", NULL, 403},
	{PATH, "/srv/d", "/srv/d", NULL, 403},
	{PATH, "/srv", "/srv/d", NULL, 403},
	{PATH, "/a", "/srv/d", NULL, 403},
	{PATH, "/", "/srv/d", NULL, 403},
	{PATH, "/srv/d/..", "/srv/d", NULL, 403},
	{PATH, "/srv/d/../d/a", "/srv/d", NULL, 403},
	{PATH, "/srv/d/a/../b", "/srv/d", NULL, 403},
	{PATH, "../a", "/srv/d", NULL, 403},
	{PATH, "..", "/srv/d", NULL, 403},
	{PATH, "a/..", "/srv/d", NULL, 403},

	/* Dot-files. */
	{PATH, "/srv/d/.a", "/srv/d", NULL, 403},
	{PATH, ".git/config", "/srv/d", NULL, 403},
	{PATH, "a/.b", "/srv/d", NULL, 403},
	{PATH, "/srv/.d/a", "/srv/.d", "/a", 0},
	{PATH, ".well-known/a", "/srv/d", "/.well-known/a", 0},
	{PATH, "", "/srv/d", NULL, 502},

	/* Of a URL: decoded once. */
	{URL, "/a", "/srv/d", "/a", 0},
	{URL, "/srv/d/a", "/srv/d", "/srv/d/a", 0},
	{URL, "/a%20b/%2541", "/srv/d", "/a b/%41", 0},
	{URL, "/a b/\xc3\xa9", "/srv/d", "/a b/\xc3\xa9", 0},
	{URL, "/%c3%a9", "/srv/d", "/\xc3\xa9", 0},
	{URL, "/a?b=/../c", "/srv/d", "/a", 0},
	{URL, "/a%3fb", "/srv/d", "/a?b", 0},
	{URL, "//a//./b", "/srv/d", "/a/b", 0},
	{URL, "/", "/srv/d", "/", 0},
	{URL, "/a%2fb", "/srv/d", NULL, 404},
	{URL, "/..", "/srv/d", NULL, 403},
	{URL, "/a/../b", "/srv/d", NULL, 403},
	{URL, "/%2e%2e/a", "/srv/d", NULL, 403},
	{URL, "/.%2e", "/srv/d", NULL, 403},
	{URL, "/%2egit", "/srv/d", NULL, 403},
	{URL, "/a%00b", "/srv/d", NULL, 502},
	{URL, "/a%0ab", "/srv/d", NULL, 502},
	{URL, "/a%7f", "/srv/d", NULL, 502},
	{URL, "/a%", "/srv/d", NULL, 502},
	{URL, "/a%4", "/srv/d", NULL, 502},
	{URL, "/a%4g", "/srv/d", NULL, 502},
	{URL, "a", "/srv/d", NULL, 502},
	{URL, "http://x/a", "/srv/d", NULL, 502},
	{URL, "?a", "/srv/d", NULL, 502},
	{URL, "", "/srv/d", NULL, 502},
};

/* In a buffer of just the size that is always enough. */
START_TEST(where_it_leads)
{
	struct span value = span_of(rows[_i].value), path = SPAN_NONE;
	char *copy = malloc(value.n ? value.n : 1), *buffer = malloc(value.n + 2);
	const char *why = NULL;
	int status;

	memcpy(copy, value.p, value.n);
	status = sendfile_path(rows[_i].kind, (struct span){copy, value.n}, span_of(rows[_i].root),
		buffer, value.n + 2, &path, &why);
	ck_assert_msg(status == rows[_i].status, "%s: %d (%s)", rows[_i].value, status, why);
	if (status) {
		ck_assert_ptr_nonnull(why);
	} else {
		ck_assert_msg(
			span_is(path, rows[_i].path), "%s: %.*s", rows[_i].value, SPAN_FMT(path));
		ck_assert_int_eq(path.p[path.n], '\0');
	}
	free(copy);
	free(buffer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sendfile_path");
	TCase *tc = tcase_create("sendfile_path");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, where_it_leads, 0, nitems(rows));
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
