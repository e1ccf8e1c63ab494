/* SPDX-License-Identifier: MIT
 *
 * check_http_field: lists, lengths and hosts, each at the edge of an unmapped page.
 */
#include "gateway/http_field.h"

#include <stdio.h>

#include "tests/unit/feed.h"

static const struct {
	const char *list, *elements;
} lists[] = {
	{"", "[]"},
	{"a", "[a]"},
	{"a,b", "[a][b]"},
	{" a ,\tb ", "[a][b]"},
	{"a,,b", "[a][][b]"},
	{"keep-alive, Upgrade", "[keep-alive][Upgrade]"},
};

static struct feed_wall wall;

static void setup(void)
{
	wall = feed_wall(256);
}

static void teardown(void)
{
	feed_wall_free(wall);
}

/* The text, with nothing behind it that could be read. */
static struct span at_the_wall(const char *text)
{
	size_t n = strlen(text);

	return (struct span){feed_put(wall, text, n), n};
}

START_TEST(lists_are_taken_apart)
{
	struct span list = at_the_wall(lists[_i].list), element;
	char got[200] = "";

	while (http_next_element(&list, &element))
		snprintf(got + strlen(got), sizeof got - strlen(got), "[%.*s]", SPAN_FMT(element));
	ck_assert_str_eq(got, lists[_i].elements);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
	uint64_t length;
} lengths[] = {
	{"0", true, 0},
	{"007", true, 7},
	{"18446744073", true, 18446744073},
	{"999999999999999999", true, 999999999999999999},
	{"1000000000000000000", false, 0},
	{"", false, 0},
	{"+1", false, 0},
	{"-1", false, 0},
	{"1 ", false, 0},
	{"0x1", false, 0},
	{"1,1", false, 0},
};

START_TEST(lengths_are_digits)
{
	uint64_t length = 4711;
	bool ok = http_length(at_the_wall(lengths[_i].text), &length);

	ck_assert_int_eq(ok, lengths[_i].ok);
	if (ok)
		ck_assert_uint_eq(length, lengths[_i].length);
}
END_TEST

static const struct {
	const char *host;
	bool ok;
} hosts[] = {
	{"a", true},
	{"example.org", true},
	{"example.org:8080", true},
	{"127.0.0.1", true},
	{"[::1]", true},
	{"[::1]:80", true},
	{"under_score.org", true},
	{"", false},
	{":80", false},
	{"a..b", false},
	{"a/b", false},
	{"u@a", false},
	{"a:80a", false},
	{"[::1", false},
	{"[g::1]", false},
	{"[::1]x", false},
};

START_TEST(hosts_are_names_or_addresses)
{
	ck_assert_msg(
		http_host_valid(at_the_wall(hosts[_i].host)) == hosts[_i].ok, "%s", hosts[_i].host);
}
END_TEST

START_TEST(headers_are_found_in_any_case)
{
	static const char text[] = "HostCookie";
	const struct http_header headers[] = {{{0, 4}, {0, 0}}, {{4, 6}, {0, 0}}};

	ck_assert_ptr_eq(http_find(headers, 2, text, "cookie"), &headers[1]);
	ck_assert_ptr_eq(http_find(headers, 2, text, "HOST"), &headers[0]);
	ck_assert_ptr_null(http_find(headers, 2, text, "Cooki"));
	ck_assert_ptr_null(http_find(headers, 0, text, "Host"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("http_field");
	TCase *tc = tcase_create("http_field");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, lists_are_taken_apart, 0, nitems(lists));
	tcase_add_loop_test(tc, lengths_are_digits, 0, nitems(lengths));
	tcase_add_loop_test(tc, hosts_are_names_or_addresses, 0, nitems(hosts));
	tcase_add_test(tc, headers_are_found_in_any_case);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
