/* SPDX-License-Identifier: MIT
 *
 * check_route: which route a host and a path belong to, and where the script's name ends.
 */
#include "gateway/route.h"

#include <stdlib.h>

#include "tests/unit/feed.h"

#define LIT(s)                     \
	{                          \
		(s), sizeof(s) - 1 \
	}
#define EXACT(pool, path, host)                           \
	{                                                 \
		ROUTE_EXACT, LIT(path), LIT(host), (pool) \
	}
#define PREFIX(pool, path, host)                           \
	{                                                  \
		ROUTE_PREFIX, LIT(path), LIT(host), (pool) \
	}
#define SUFFIX(pool, suffix, host)                           \
	{                                                    \
		ROUTE_SUFFIX, LIT(suffix), LIT(host), (pool) \
	}

/* In no order at all; the pool's number says which one matched. */
static const struct route routes[] = {
	SUFFIX(30, ".php", ""),
	PREFIX(21, "/app/deep/", ""),
	PREFIX(20, "/app/", ""),
	EXACT(10, "/app/ping", ""),
	EXACT(11, "/", ""),
	PREFIX(22, "/bare", ""),
	SUFFIX(31, ".tar.php", ""),
	SUFFIX(32, ".cgi", ""),
	PREFIX(23, "/app/", "a.example.org"),
	PREFIX(24, "/app/", "*.example.org"),
	PREFIX(25, "/app/", "*.b.example.org"),
	PREFIX(26, "/", "all.example.net"),
	EXACT(12, "/host", "only.example.net"),
	SUFFIX(33, ".php", "php.example.net"),
	SUFFIX(34, ".cgi", "*.example.org"),
};

/* pool 0: no route. */
static const struct {
	const char *host, *path;
	uint32_t pool;
	const char *script_name, *path_info;
} cases[] = {
	/* Exact. */
	{"x", "/", 11, "/", ""},
	{"x", "/app/ping", 10, "/app/ping", ""},
	{"x", "/app/ping/", 20, "/app", "/ping/"},
	{"x", "/app/ping/x", 20, "/app", "/ping/x"},
	{"x", "/app/pingx", 20, "/app", "/pingx"},
	{"only.example.net", "/host", 12, "/host", ""},
	{"other.example.net", "/host", 0, NULL, NULL},
	{"a.example.org", "/app/ping", 10, "/app/ping", ""},

	/* Prefixes match whole segments. */
	{"x", "/app", 20, "/app", ""},
	{"x", "/app/", 20, "/app", "/"},
	{"x", "/app/x", 20, "/app", "/x"},
	{"x", "/app/x/y/", 20, "/app", "/x/y/"},
	{"x", "/apple", 0, NULL, NULL},
	{"x", "/ap", 0, NULL, NULL},
	{"x", "/x/app/", 0, NULL, NULL},
	{"x", "/App/", 0, NULL, NULL},
	{"x", "/app/deep", 21, "/app/deep", ""},
	{"x", "/app/deep/x", 21, "/app/deep", "/x"},
	{"x", "/app/deeper", 20, "/app", "/deeper"},
	{"x", "/bare", 22, "/bare", ""},
	{"x", "/bare/x", 22, "/bare", "/x"},
	{"x", "/barefoot", 0, NULL, NULL},
	{"all.example.net", "/x", 26, "", "/x"},
	{"all.example.net", "/", 11, "/", ""},
	{"all.example.net", "/app/x", 26, "", "/app/x"},
	{"all.example.net", "/x.php", 26, "", "/x.php"},

	/* Prefix before suffix. */
	{"x", "/app/x.php", 20, "/app", "/x.php"},

	/* Suffixes, leftmost first. */
	{"x", "/x.php", 30, "/x.php", ""},
	{"x", "/x.php/", 30, "/x.php", "/"},
	{"x", "/x.php/a/b", 30, "/x.php", "/a/b"},
	{"x", "/d.php/x.php/y", 30, "/d.php", "/x.php/y"},
	{"x", "/.php", 30, "/.php", ""},
	{"x", "/x.phpx", 0, NULL, NULL},
	{"x", "/x.php.txt", 0, NULL, NULL},
	{"x", "/x.PHP", 0, NULL, NULL},
	{"x", "/xphp", 0, NULL, NULL},
	{"x", "/php", 0, NULL, NULL},
	{"x", "/a/b.cgi", 32, "/a/b.cgi", ""},
	{"x", "/a.cgi/b.php", 32, "/a.cgi", "/b.php"},
	{"x", "/a.php/b.cgi", 30, "/a.php", "/b.cgi"},
	{"x", "/a.tar.php", 31, "/a.tar.php", ""},
	{"x", "/a.php/b.tar.php", 30, "/a.php", "/b.tar.php"},

	/* Hosts: named, then wildcard, then any. */
	{"a.example.org", "/app/x", 23, "/app", "/x"},
	{"a.example.org", "/app/deep/x", 23, "/app", "/deep/x"},
	{"A.Example.ORG", "/app/x", 23, "/app", "/x"},
	{"a.example.org:8080", "/app/x", 23, "/app", "/x"},
	{"a.example.org.", "/app/x", 23, "/app", "/x"},
	{"a.example.org.:80", "/app/x", 23, "/app", "/x"},
	{"c.example.org", "/app/x", 24, "/app", "/x"},
	{"a.a.example.org", "/app/x", 24, "/app", "/x"},
	{"c.b.example.org", "/app/x", 25, "/app", "/x"},
	{"b.example.org", "/app/x", 24, "/app", "/x"},
	{"example.org", "/app/x", 20, "/app", "/x"},
	{".example.org", "/app/x", 20, "/app", "/x"},
	{"aexample.org", "/app/x", 20, "/app", "/x"},
	{"a.example.org.evil", "/app/x", 20, "/app", "/x"},
	{"", "/app/x", 20, "/app", "/x"},
	{".", "/app/x", 20, "/app", "/x"},
	{"[::1]:80", "/app/x", 20, "/app", "/x"},
	{"[::1]", "/app/x", 20, "/app", "/x"},
	{"php.example.net", "/x.php", 33, "/x.php", ""},
	{"php.example.net", "/x.tar.php", 33, "/x.tar.php", ""},
	{"php.example.net", "/a.cgi/x.php", 33, "/a.cgi/x.php", ""},
	{"c.example.org", "/x.cgi", 34, "/x.cgi", ""},
	{"c.example.org", "/x.php/y.cgi", 34, "/x.php/y.cgi", ""},
};

static void sorted(struct route to[nitems(routes)])
{
	memcpy(to, routes, sizeof routes);
	qsort(to, nitems(routes), sizeof *to, route_compare);
}

START_TEST(route)
{
	struct route table[nitems(routes)];
	const size_t host_n = strlen(cases[_i].host), path_n = strlen(cases[_i].path);
	struct feed_wall host = feed_wall(host_n), path = feed_wall(path_n);
	struct route_match m = {0};
	bool found;

	sorted(table);
	found = route_find(table, nitems(table),
		(struct span){feed_put(host, cases[_i].host, host_n), host_n},
		(struct span){feed_put(path, cases[_i].path, path_n), path_n}, &m);
	ck_assert_int_eq(found, cases[_i].pool != 0);
	if (found) {
		ck_assert_uint_eq(m.route->pool, cases[_i].pool);
		ck_span_is(m.script_name, cases[_i].script_name);
		ck_span_is(m.path_info, cases[_i].path_info);
	} else {
		ck_assert_ptr_null(m.route);
	}
	feed_wall_free(host);
	feed_wall_free(path);
}
END_TEST

START_TEST(no_routes_match_nothing)
{
	struct route_match m;

	ck_assert(!route_find(NULL, 0, SPAN_LIT("x"), SPAN_LIT("/"), &m));
	ck_assert(!route_find(NULL, 0, SPAN_NONE, SPAN_LIT("/"), &m));
}
END_TEST

START_TEST(hosts_with_brackets_match_with_and_without_port)
{
	const struct route table[] = {PREFIX(1, "/", "[::1]")};
	struct route_match m;

	ck_assert(route_find(table, 1, SPAN_LIT("[::1]"), SPAN_LIT("/x"), &m));
	ck_assert(route_find(table, 1, SPAN_LIT("[::1]:8080"), SPAN_LIT("/x"), &m));
	ck_assert(!route_find(table, 1, SPAN_LIT("[::2]:8080"), SPAN_LIT("/x"), &m));
	ck_assert(!route_find(table, 1, SPAN_LIT("["), SPAN_LIT("/x"), &m));
}
END_TEST

START_TEST(the_next_script_is_further_to_the_right)
{
	const struct route table[] = {SUFFIX(1, ".php", "")};
	struct route_match m;

	ck_assert(route_find(table, 1, SPAN_NONE, SPAN_LIT("/a.php/b/c.php/d.php/e"), &m));
	ck_span_is(m.script_name, "/a.php");
	ck_assert(route_next_script(&m));
	ck_span_is(m.script_name, "/a.php/b/c.php");
	ck_span_is(m.path_info, "/d.php/e");
	ck_assert(route_next_script(&m));
	ck_span_is(m.script_name, "/a.php/b/c.php/d.php");
	ck_span_is(m.path_info, "/e");
	ck_assert(!route_next_script(&m));
	ck_span_is(m.script_name, "/a.php/b/c.php/d.php");
	ck_span_is(m.path_info, "/e");
}
END_TEST

START_TEST(only_suffixes_have_a_next_script)
{
	const struct route table[] = {PREFIX(1, "/a/", "")};
	struct route_match m;

	ck_assert(route_find(table, 1, SPAN_NONE, SPAN_LIT("/a/b/a/b"), &m));
	ck_assert(!route_next_script(&m));
	ck_span_is(m.script_name, "/a");
}
END_TEST

/* qsort() wants an order: the same whichever way one asks, zero only for the same. */
START_TEST(order_is_total)
{
	for (size_t i = 0; i < nitems(routes); i++)
		for (size_t k = 0; k < nitems(routes); k++) {
			int there = route_compare(&routes[i], &routes[k]);
			int back = route_compare(&routes[k], &routes[i]);

			ck_assert_int_eq((there > 0) - (there < 0), (back < 0) - (back > 0));
			ck_assert_int_eq(there == 0, i == k);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route");
	TCase *tc = tcase_create("route");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, route, 0, nitems(cases));
	tcase_add_test(tc, no_routes_match_nothing);
	tcase_add_test(tc, hosts_with_brackets_match_with_and_without_port);
	tcase_add_test(tc, the_next_script_is_further_to_the_right);
	tcase_add_test(tc, only_suffixes_have_a_next_script);
	tcase_add_test(tc, order_is_total);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
