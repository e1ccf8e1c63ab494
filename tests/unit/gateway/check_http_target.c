/* SPDX-License-Identifier: MIT
 *
 * check_http_target: request targets and the one normal form of their paths.
 */
#include "gateway/http_target.h"

#include "tests/unit/feed.h"

/* A NULL means the same as in struct http_target: an empty span. */
struct row {
	const char *raw;
	size_t n;
	int status;
	const char *path, *query, *authority;
};

#define PATH(raw, path)                                       \
	{                                                     \
		(raw), sizeof(raw) - 1, 0, (path), NULL, NULL \
	}
#define QUERY(raw, path, query)                                  \
	{                                                        \
		(raw), sizeof(raw) - 1, 0, (path), (query), NULL \
	}
#define ABSOLUTE(raw, path, query, authority)                           \
	{                                                               \
		(raw), sizeof(raw) - 1, 0, (path), (query), (authority) \
	}
#define BAD(status, raw)                                            \
	{                                                           \
		(raw), sizeof(raw) - 1, -(status), NULL, NULL, NULL \
	}

static const struct row rows[] = {
	PATH("/", "/"),
	PATH("/a", "/a"),
	PATH("/a/", "/a/"),
	PATH("/a/b.c/d", "/a/b.c/d"),
	PATH("/~u/-._!$&'()*+,;=:@", "/~u/-._!$&'()*+,;=:@"),
	PATH("/\"<>[]^`{|}", "/\"<>[]^`{|}"),

	/* Slashes. */
	PATH("//", "/"),
	PATH("///", "/"),
	PATH("//a", "/a"),
	PATH("/a//b", "/a/b"),
	PATH("/a///", "/a/"),
	PATH("//example.org/a", "/example.org/a"),
	PATH("/\\a\\..\\b", "/\\a\\..\\b"),
	PATH("/%5c..%5c", "/\\..\\"),

	/* Dot segments, in all costumes. */
	PATH("/.", "/"),
	PATH("/./", "/"),
	PATH("/a/.", "/a/"),
	PATH("/a/./", "/a/"),
	PATH("/a/./b", "/a/b"),
	PATH("/a/..", "/"),
	PATH("/a/../", "/"),
	PATH("/a/b/..", "/a/"),
	PATH("/a/b/../", "/a/"),
	PATH("/a/b/../c", "/a/c"),
	PATH("/a/b/../../c", "/c"),
	PATH("/a//../b", "/b"),
	PATH("/a/.//../b", "/b"),
	PATH("/%2e", "/"),
	PATH("/a/%2e/b", "/a/b"),
	PATH("/a/%2E%2e/b", "/b"),
	PATH("/a/.%2e/b", "/b"),
	PATH("/a/%2e./b", "/b"),
	PATH("/...", "/..."),
	PATH("/a/.../b", "/a/.../b"),
	PATH("/.a/..b/c./d..", "/.a/..b/c./d.."),
	PATH("/..;/a", "/..;/a"),
	PATH("/a/..%20/b", "/a/.. /b"),
	BAD(400, "/.."),
	BAD(400, "/../"),
	BAD(400, "/../a"),
	BAD(400, "/a/../../b"),
	BAD(400, "/a/../.."),
	BAD(400, "/./.."),
	BAD(400, "//.."),
	BAD(400, "/%2e%2e/etc/passwd"),
	BAD(400, "/.%2e/etc/passwd"),
	BAD(400, "/cgi-bin/.%2e/.%2e/etc/passwd"),

	/* Decoded once, and once only. */
	PATH("/%41%62%7e", "/Ab~"),
	PATH("/a%20b", "/a b"),
	PATH("/%c3%A9", "/\xc3\xa9"),
	PATH("/%ff%80", "/\xff\x80"),
	PATH("/%25", "/%"),
	PATH("/%252e%252e/", "/%2e%2e/"),
	PATH("/%252f", "/%2f"),
	PATH("/%3f%23", "/?#"),
	BAD(404, "/a%2fb"),
	BAD(404, "/a%2Fb"),
	BAD(404, "/..%2fa"),
	BAD(404, "/%2f"),
	BAD(400, "/%"),
	BAD(400, "/%4"),
	BAD(400, "/a%"),
	BAD(400, "/%g1"),
	BAD(400, "/%1g"),
	BAD(400, "/%%41"),
	BAD(400, "/%u0041"),
	BAD(400, "/% 1"),
	BAD(400, "/%+1"),
	BAD(400, "/%00"),
	BAD(400, "/a.php%00.html"),
	BAD(400, "/%0a"),
	BAD(400, "/%0D%0A"),
	BAD(400, "/%09"),
	BAD(400, "/%1f"),
	BAD(400, "/%7F"),
	BAD(400, "/.%0d./"),

	/* Bytes that no target has. */
	BAD(400, ""),
	BAD(400, "/a b"),
	BAD(400, "/a\tb"),
	BAD(400, "/a\0b"),
	BAD(400, "/a\rb"),
	BAD(400, "/a\nb"),
	BAD(400, "/a\x7f"),
	BAD(400, "/\xc3\xa9"),
	BAD(400, "/?\xc3\xa9"),
	BAD(400, "/? "),
	BAD(400, "/#a"),
	BAD(400, "/a?b#c"),

	/* Queries are data. */
	QUERY("/?", "/", ""),
	QUERY("/a?b=c&d", "/a", "b=c&d"),
	QUERY("/a?b?c", "/a", "b?c"),
	QUERY("/a?/../..//%2f%00%zz", "/a", "/../..//%2f%00%zz"),
	QUERY("/..a/../?x", "/", "x"),

	/* Absolute form: RFC 9112 3.2.2. */
	ABSOLUTE("http://example.org", "/", NULL, "example.org"),
	ABSOLUTE("http://example.org/", "/", NULL, "example.org"),
	ABSOLUTE("HTTP://example.org:80/a//b/../c?d", "/a/c", "d", "example.org:80"),
	ABSOLUTE("https://[::1]:443?q", "/", "q", "[::1]:443"),
	ABSOLUTE("http://a?b=http://c/", "/", "b=http://c/", "a"),
	BAD(400, "http:/a"),
	BAD(400, "http:a"),
	BAD(400, "http:"),
	BAD(400, "http"),
	BAD(400, "http://"),
	BAD(400, "http:///a"),
	BAD(400, "http://?a"),
	BAD(400, "http://u@a/"),
	BAD(400, "http://u:p@a/"),
	BAD(400, "http://a:b/"),
	BAD(400, "http://a..b/"),
	BAD(400, "http://../"),
	BAD(400, "http://a/../b"),
	BAD(400, "http://a%2fb/"),
	BAD(400, "ftp://a/"),
	BAD(400, "file:///etc/passwd"),
	BAD(400, "httpss://a/"),
	BAD(400, "://a/"),
	BAD(400, "a/b"),
	BAD(400, "?a"),
	BAD(400, "../a"),
	BAD(400, "example.org:443"),
	BAD(400, "*"),
	BAD(400, "*/a"),
	BAD(400, "**"),
};

static void check_span(struct span got, const char *wanted)
{
	if (wanted)
		ck_span_is(got, wanted);
	else
		ck_assert_uint_eq(got.n, 0);
}

START_TEST(target)
{
	const struct row *row = &rows[_i];
	struct feed_wall in = feed_wall(row->n), out = feed_wall(row->n + 2);
	struct span raw = {feed_put(in, row->raw, row->n), row->n};
	char *buffer = out.end - (row->n + 2);
	struct http_target t;
	int status = http_target_parse(raw, false, false, buffer, row->n + 2, &t);

	ck_assert_msg(status == row->status, "%d, not %d: %s", status, row->status, row->raw);
	if (status == 0) {
		check_span(t.path, row->path);
		ck_assert_str_eq(buffer, row->path);
		check_span(t.query, row->query);
		ck_assert_int_eq(t.has_query, row->query != NULL);
		check_span(t.authority, row->authority);
		ck_assert(!t.asterisk);
		ck_assert_int_eq(
			http_path_has_slash(t.path), row->path[strlen(row->path) - 1] == '/');
	}
	feed_wall_free(in);
	feed_wall_free(out);
}
END_TEST

/* Whatever the buffer's size: all of the path, or 414, and not a byte beyond. */
START_TEST(buffers_of_every_size)
{
	static const char raw[] = "/./d%20e//f";
	static const char path[] = "/d e/f";
	struct feed_wall wall = feed_wall(sizeof raw + 2);
	struct http_target t;

	for (size_t size = 0; size < sizeof raw + 2; size++) {
		char *buffer = wall.end - size;
		int status = http_target_parse(
			SPAN_LIT(raw), false, false, size ? buffer : NULL, size, &t);

		ck_assert_int_eq(status, size < sizeof path ? -414 : 0);
		if (status == 0)
			ck_assert_str_eq(buffer, path);
	}
	feed_wall_free(wall);
}
END_TEST

static const struct {
	const char *raw;
	bool asterisk;
	int status;
} options[] = {
	{"*", true, 0},
	{"http://a", true, 0},
	{"https://a:8443", true, 0},
	{"http://a/", false, 0},
	{"http://a?", false, 0},
	{"/", false, 0},
	{"/*", false, 0},
	{"**", false, -400},
	{"*?", false, -400},
	{"ftp://a", false, -400},
};

START_TEST(options_may_ask_for_the_server_itself)
{
	char buffer[64];
	struct http_target t;
	int status = http_target_parse(
		span_of(options[_i].raw), true, false, buffer, sizeof buffer, &t);

	ck_assert_int_eq(status, options[_i].status);
	if (status == 0) {
		ck_assert_int_eq(t.asterisk, options[_i].asterisk);
		ck_assert_str_eq(buffer, strcmp(options[_i].raw, "/*") == 0 ? "/*" : "/");
	}
}
END_TEST

START_TEST(connect_is_not_implemented)
{
	char buffer[64];
	struct http_target t;

	ck_assert_int_eq(http_target_parse(SPAN_LIT("example.org:443"), false, true, buffer,
				 sizeof buffer, &t),
		-501);
	ck_assert_int_eq(
		http_target_parse(SPAN_LIT("/"), false, true, buffer, sizeof buffer, &t), -501);
}
END_TEST

START_TEST(raw_pieces_are_kept_as_sent)
{
	char buffer[64];
	struct http_target t;

	ck_assert_int_eq(http_target_parse(SPAN_LIT("HttpS://A:1//%41/../b?%zz"), false, false,
				 buffer, sizeof buffer, &t),
		0);
	ck_span_is(t.scheme, "HttpS");
	ck_span_is(t.authority, "A:1");
	ck_span_is(t.raw_path, "//%41/../b");
	ck_span_is(t.query, "%zz");
	ck_span_is(t.path, "/b");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_target");
	TCase *tc = tcase_create("target");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, target, 0, nitems(rows));
	tcase_add_test(tc, buffers_of_every_size);
	tcase_add_loop_test(tc, options_may_ask_for_the_server_itself, 0, nitems(options));
	tcase_add_test(tc, connect_is_not_implemented);
	tcase_add_test(tc, raw_pieces_are_kept_as_sent);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
