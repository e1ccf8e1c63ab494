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
	{"0000000000000000000000000000000000", true, 0},
	{"0000000000000000999999999999999999", true, 999999999999999999},
	{"0000000000000001000000000000000000", false, 0},
	{"18446744073709551616", false, 0},
	{"99999999999999999990", false, 0},
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
	{"a-b~c.d.", true},
	{"0.0.0.0=5000", true},
	{"a!b&c(d)e*f+g;h=i", true},
	{"%c3%A9.org", true},
	{"%c3%a9", true},
	{"a:", true},
	{"a:0", true},
	{"a:65535", true},
	{"a:000080", true},
	{"[::ffff:192.0.2.1]:1", true},
	{"", false},
	{".", false},
	{".a", false},
	{":80", false},
	{"a..b", false},
	{"a.b..", false},
	{"a/b", false},
	{"u@a", false},
	{"u:p@a", false},
	{"a,b", false},
	{"a'b", false},
	{"a\"b", false},
	{"a$b", false},
	{"a`b", false},
	{"a<b>", false},
	{"a\\b", false},
	{"a|b", false},
	{"a^b", false},
	{"a{b}", false},
	{"a?b", false},
	{"a#b", false},
	{"a b", false},
	{"a\tb", false},
	{"a\x7f", false},
	{"\xc3\xa9", false},
	{"%", false},
	{"%c", false},
	{"a%c", false},
	{"%cg", false},
	{"%gc", false},
	{"%00", false},
	{"%2e%2e", false},
	{"a%2fb", false},
	{"a%41", false},
	{"%7f", false},
	{"a:65536", false},
	{"a:99999999999999999999", false},
	{"a:80a", false},
	{"a:-1", false},
	{"a:+1", false},
	{"a: 1", false},
	{"a:80:80", false},
	{"[::1", false},
	{"[g::1]", false},
	{"[::1]x", false},
	{"[::1]:x", false},
	{"[::1]:65536", false},
	{"[]", false},
	{"[", false},
	{"]", false},
	{"[[::1]]", false},
	{"[127.0.0.1]", false},
	{"[v1.a]", false},
	{"[::1%25lo]", false},
	{"::1", false},
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
