/* SPDX-License-Identifier: MIT
 *
 * Tests of value: the small languages inside values, as tables.
 */
#include "manager/value.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct unit units[] = {{"k", 1024}, {"", 1}, {NULL, 0}};

static void reads_number(const char *text, bool good, uint64_t expected)
{
	uint64_t number = 0;

	ck_assert_msg(value_number(text, units, &number) == good, "%s", text);
	if (good)
		ck_assert_msg(
			number == expected, "%s gives %llu", text, (unsigned long long)number);
}

START_TEST(numbers_are_digits_and_a_unit)
{
	static const char *const bad[] = {
		"", "k", "-1", "+1", " 1", "1 ", "1.5", "0x10", "1kk", "1K"};

	reads_number("0", true, 0);
	reads_number("007", true, 7);
	reads_number("12k", true, 12288);
	reads_number("18446744073709551615", true, UINT64_MAX);
	for (size_t i = 0; i < nitems(bad); i++)
		reads_number(bad[i], false, 0);
}
END_TEST

START_TEST(numbers_too_large_stay_large)
{
	reads_number("18446744073709551616", true, UINT64_MAX);
	reads_number("99999999999999999999999999999999999999990", true, UINT64_MAX);
	reads_number("18446744073709551615k", true, UINT64_MAX);
}
END_TEST

START_TEST(numbers_are_written_with_the_largest_unit)
{
	struct buf out = BUF_INIT;

	value_put_number(0, units, &out);
	buf_puts(&out, " ");
	value_put_number(2048, units, &out);
	buf_puts(&out, " ");
	value_put_number(2049, units, &out);
	ck_assert(span_is(buf_span(&out), "0 2k 2049"));
	buf_free(&out);
}
END_TEST

START_TEST(modes_are_octal)
{
	static const char *const bad[] = {
		"", "8", "0o22", "-1", " 22", "22 ", "u=rwx", "00022", "1000", "4022", "0x1"};
	unsigned mode = 1;

	ck_assert(value_mode("0022", &mode) && mode == 022);
	ck_assert(value_mode("77", &mode) && mode == 077);
	ck_assert(value_mode("0", &mode) && mode == 0);
	ck_assert(value_mode("0777", &mode) && mode == 0777);
	for (size_t i = 0; i < nitems(bad); i++)
		ck_assert_msg(!value_mode(bad[i], &mode), "'%s'", bad[i]);
}
END_TEST

static const struct {
	const char *name, *text;
	rlim_t soft, hard;
	const char *wrong;
} limits[] = {
	{"as", "64m", 64 << 20, 64 << 20, NULL},
	{"as", "1k:1g", 1024, 1 << 30, NULL},
	{"core", "0", 0, 0, NULL},
	{"core", "unlimited", RLIM_INFINITY, RLIM_INFINITY, NULL},
	{"nofile", "1024:unlimited", 1024, RLIM_INFINITY, NULL},
	{"nproc", "7", 7, 7, NULL},
	{"cpu", "10", 10, 11, NULL}, /* so that SIGXCPU is seen */
	{"cpu", "2m:2m", 120, 120, NULL},
	{"cpu", "1s:5000ms", 1, 5, NULL},
	{"cpu", "unlimited", RLIM_INFINITY, RLIM_INFINITY, NULL},
	{"as", "", 0, 0, "is not a size"},
	{"as", "10s", 0, 0, "is not a size"},
	{"as", "-1", 0, 0, "is not a size"},
	{"as", "1m:", 0, 0, "is not a size"},
	{"as", ":1m", 0, 0, "is not a size"},
	{"as", "1:2:3", 0, 0, "is not a size"},
	{"as", "1 : 2", 0, 0, "is not a size"},
	{"as", "infinity", 0, 0, "is not a size"},
	{"as", "18446744073709551615", 0, 0, "is out of range"},
	{"as", "00000000000000000000000000000000000000000000000000000000000000000000000x", 0, 0,
		"is out of range"},
	{"nofile", "1k", 0, 0, "is not a whole number"},
	{"nproc", "1.5", 0, 0, "is not a whole number"},
	{"cpu", "500ms", 0, 0, "is not a whole number of seconds"},
	{"cpu", "0", 0, 0, "is not a whole number of seconds"},
	{"cpu", "1:1500ms", 0, 0, "is not a whole number of seconds"},
	{"fsize", "2:1", 0, 0, "has a soft limit above its hard one"},
	{"stack", "unlimited:1g", 0, 0, "has a soft limit above its hard one"},
};

START_TEST(limits_have_one_number_or_two)
{
	struct rlimit is;
	const char *why = value_limit(limits[_i].text, limit_find(span_of(limits[_i].name)), &is);

	if (limits[_i].wrong) {
		ck_assert_msg(why != NULL, "%s", limits[_i].text);
		ck_assert_str_eq(why, limits[_i].wrong);
		return;
	}
	ck_assert_ptr_null(why);
	ck_assert_uint_eq(is.rlim_cur, limits[_i].soft);
	ck_assert_uint_eq(is.rlim_max, limits[_i].hard);
}
END_TEST

/* Words are joined by | for the comparison. */
static void splits(const char *text, const char *expected)
{
	char word[64], joined[64] = "";

	for (const char *p = text; *p;) {
		if (value_word(&p, word)) {
			strcat(joined, "ERROR");
			break;
		}
		strcat(strcat(joined, word), "|");
	}
	ck_assert_str_eq(joined, expected);
}

START_TEST(words_may_be_quoted_in_any_part)
{
	splits("one two\tthree", "one|two|three|");
	splits("a  b ", "a|b|");
	splits("\"a b\" c", "a b|c|");
	splits("--name=\"a b\"c", "--name=a bc|");
	splits("\"\" x", "|x|");
	splits("\"q\\\"q\\\\\" b\\n \"b\\n\"", "q\"q\\|b\\n|b\\n|");
	splits("it's", "it's|");
	splits("\"open", "ERROR");
	splits("\"open\\\"", "ERROR");
}
END_TEST

static void survives(const char *word, bool whole)
{
	struct buf out = BUF_INIT;
	char back[64];
	const char *p;

	(whole ? value_put_text : value_put_word)(word, &out);
	buf_put(&out, "", 1);
	p = buf_head(&out);
	if (whole && *p != '"') {
		ck_assert_str_eq(p, word);
	} else {
		ck_assert_ptr_null(value_word(&p, back));
		ck_assert_str_eq(back, word);
		ck_assert_str_eq(p, "");
	}
	buf_free(&out);
}

START_TEST(what_is_written_is_read_again)
{
	static const char *const words[] = {"plain", "two words", "", "\"", "\\", "a\\\"b", ";x",
		"#", " lead", "trail ", "a ;b", "a;b", "tab\there", "\\\\", "${x}", "a\\${", "$x"};

	for (size_t i = 0; i < nitems(words); i++) {
		survives(words[i], false);
		survives(words[i], true);
	}
}
END_TEST

START_TEST(text_is_quoted_only_if_it_must_be)
{
	struct buf out = BUF_INIT;

	value_put_text("a b;c#d\\", &out);
	ck_assert(span_is(buf_span(&out), "a b;c#d\\"));
	buf_clear(&out);
	value_put_text("a #d", &out);
	ck_assert(span_is(buf_span(&out), "\"a #d\""));
	buf_free(&out);
}
END_TEST

START_TEST(addresses_have_one_spelling)
{
	static const char *const same[][2] = {{"80", "0.0.0.0 80"}, {"*:80", "0.0.0.0 80"},
		{"0.0.0.0:080", "0.0.0.0 80"}, {"localhost:1", "127.0.0.1 1"},
		{"[0::1]:1", "::1 1"}, {"[::]:65535", ":: 65535"}, {"unix:/a", "unix:/a"},
		{"127.0.0.1:0", ""}, {"80,proxy", "0.0.0.0 80"}, {"[::1]:1,proxy", "::1 1"},
		{"unix:/a,proxy", "unix:/a"}, {"unix:/a,b", "unix:/a,b"},
		{"systemd:web", "systemd:web"}, {"systemd:web,proxy", "systemd:web"},
		{"unix:/a,proxy,proxy", "unix:/a,proxy"}, {"unix:/a,PROXY", "unix:/a,PROXY"}};
	char name[VALUE_LISTEN_MAX];

	for (size_t i = 0; i < nitems(same); i++) {
		ck_assert_msg(value_listen(same[i][0], name) == NULL, "%s", same[i][0]);
		ck_assert_str_eq(name, same[i][1]);
	}
}
END_TEST

START_TEST(what_is_at_all_addresses_leaves_none_over)
{
	static const struct {
		struct value_door a, b;
		bool clash;
	} pairs[] = {
		{{"127.0.0.1 80", false}, {"127.0.0.1 80", false}, true},
		{{"127.0.0.1 80", false}, {"127.0.0.1 81", false}, false},
		{{"127.0.0.1 80", false}, {"127.0.0.2 80", false}, false},
		{{"127.0.0.1 80", false}, {"::1 80", false}, false},
		{{"0.0.0.0 80", false}, {"127.0.0.2 80", false}, true},
		{{"0.0.0.0 80", false}, {"127.0.0.2 8080", false}, false},
		{{"0.0.0.0 80", false}, {"::1 80", false}, false},
		{{"0.0.0.0 80", false}, {":: 80", false}, false},
		{{"0.0.0.0 80", true}, {":: 80", false}, true},
		{{"0.0.0.0 80", true}, {"::1 80", false}, true},
		{{"0.0.0.0 80", true}, {"127.0.0.1 80", false}, true},
		{{"0.0.0.0 80", true}, {"0.0.0.0 80", false}, true},
		{{"0.0.0.0 80", true}, {"0.0.0.0 81", true}, false},
		{{":: 80", false}, {"::1 80", false}, true},
		{{":: 80", false}, {"127.0.0.1 80", false}, false},
		{{"unix:/a b", false}, {"unix:/a b", false}, true},
		{{"unix:/a b", false}, {"unix:/c b", false}, false},
		{{"unix:/a 80", false}, {"0.0.0.0 80", true}, false},
		{{"systemd:web", false}, {"systemd:web", false}, true},
		{{"", false}, {"", true}, false},
		{{"", false}, {"0.0.0.0 80", true}, false},
	};

	for (size_t i = 0; i < nitems(pairs); i++) {
		ck_assert_msg(value_listens_clash(pairs[i].a, pairs[i].b) == pairs[i].clash,
			"%s, %s", pairs[i].a.name, pairs[i].b.name);
		ck_assert_msg(value_listens_clash(pairs[i].b, pairs[i].a) == pairs[i].clash,
			"%s, %s", pairs[i].b.name, pairs[i].a.name);
	}
}
END_TEST

START_TEST(a_backend_has_one_name)
{
	static const char *const same[][2] = {{"127.0.0.1:9000", "127.0.0.1 9000"},
		{"[0::1]:09000", "::1 9000"}, {"PHP.Example.org:1", "php.example.org 1"},
		{"localhost:65535", "localhost 65535"}, {"unix:/run/a:9", "unix:/run/a:9"},
		{"9.example:9000", "9.example 9000"}};
	char name[VALUE_BACKEND_MAX];

	for (size_t i = 0; i < nitems(same); i++) {
		ck_assert_msg(value_backend(same[i][0], name) == NULL, "%s", same[i][0]);
		ck_assert_str_eq(name, same[i][1]);
	}
}
END_TEST

START_TEST(what_cannot_be_connected_to_is_told)
{
	static const char *const bad[][2] = {{"", "has no port from 1 to 65535 at its end"},
		{"9000", "has no port"}, {"a", "has no port"}, {"a:", "has no port"},
		{"a:0", "has no port"}, {"a:65536", "has no port"}, {"a:x", "has no port"},
		{"a:-1", "has no port"}, {":9000", "does not begin with"},
		{"*:9000", "does not begin with"}, {"1.2.3:9000", "does not begin with"},
		{"a..b:9000", "does not begin with"}, {"a b:9000", "does not begin with"},
		{"http://a:9000", "needs [ ]"}, {"::1:9000", "needs [ ]"},
		{"[::1:9000", "has no IPv6 address"}, {"[]:9000", "has no IPv6 address"},
		{"unix:", "needs a path"}, {"unix:a", "needs a path"},
		{"unix:/123456789/123456789/123456789/123456789/123456789/123456789/"
		 "123456789/123456789/123456789/123456789/12345678",
			"is too long for a socket"}};
	char name[VALUE_BACKEND_MAX];

	for (size_t i = 0; i < nitems(bad); i++) {
		const char *why = value_backend(bad[i][0], name);
		ck_assert_msg(
			why && strstr(why, bad[i][1]), "%s: %s", bad[i][0], why ? why : "fine");
	}
}
END_TEST

START_TEST(an_address_ends_before_its_word)
{
	bool proxy;

	ck_assert_uint_eq(value_listen_address("*:80,proxy", &proxy), 4);
	ck_assert(proxy);
	ck_assert_uint_eq(value_listen_address("*:80", &proxy), 4);
	ck_assert(!proxy);
}
END_TEST

START_TEST(malformed_addresses_are_told)
{
	static const char *const bad[] = {"systemd:", "systemd:a:b", "systemd:a/b", "", ":", ":80",
		"a", "a:80", "1.2.3:80", "::1:80", "[::1]", "[::1:80", "[]:80", "1.2.3.4:65536",
		"1.2.3.4:-1", "1.2.3.4:", "unix:", "unix:a", ",proxy", "80,", "80,Proxy",
		"80,proxy ", "80,proxy,proxy", "80, proxy", "80,proxy:1", "unix:,proxy",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:2222:3333]:80"};
	char name[VALUE_LISTEN_MAX];

	for (size_t i = 0; i < nitems(bad); i++)
		ck_assert_msg(value_listen(bad[i], name) != NULL, "%s", bad[i]);
}
END_TEST

START_TEST(a_socket_path_has_107_bytes)
{
	char path[109];

	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[107] = '\0';
	ck_assert(value_fits_socket(path));
	path[107] = 'a';
	path[108] = '\0';
	ck_assert(!value_fits_socket(path));
}
END_TEST

START_TEST(routes_are_exact_prefix_or_extension)
{
	static const char *const good[] = {"/", "=/", "/a/", "/a/b/", "=/a/b", "*.php", "*.tar.gz",
		"/.well-known/", "=/a..b", "/.../"};
	static const char *const bad[] = {"", "a", "/a", "=", "=a", "*", "*.", "*a", "*.a/b", "//",
		"/a//", "/../", "/a/./", "=/..", "=/a?b", "/*/", "/a#/"};

	for (size_t i = 0; i < nitems(good); i++)
		ck_assert_msg(value_route(good[i]) == NULL, "%s", good[i]);
	for (size_t i = 0; i < nitems(bad); i++)
		ck_assert_msg(value_route(bad[i]) != NULL, "%s", bad[i]);
}
END_TEST

START_TEST(hosts_are_names_or_addresses)
{
	static const char *const good[] = {
		"a", "example.org", "*.example.org", "127.0.0.1", "[::1]"};
	static const char *const bad[] = {"", "*", ".", "a.", ".a", "a..b", "A", "a:80", "*.*.a",
		"[::1", "[]", "::1", "a/b",
		"a123456789b123456789c123456789d123456789e123456789f123456789g123.org"};

	for (size_t i = 0; i < nitems(good); i++)
		ck_assert_msg(value_host(good[i]) == NULL, "%s", good[i]);
	for (size_t i = 0; i < nitems(bad); i++)
		ck_assert_msg(value_host(bad[i]) != NULL, "%s", bad[i]);
}
END_TEST

START_TEST(charsets_are_names)
{
	ck_assert(value_charset("utf-8"));
	ck_assert(value_charset("ISO-8859-1"));
	ck_assert(value_charset("none"));
	ck_assert(!value_charset(""));
	ck_assert(!value_charset("utf 8"));
	ck_assert(!value_charset("utf-8; x=y"));
	ck_assert(!value_charset("\"utf-8\""));
}
END_TEST

static const char sixty_four[] = "X-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

START_TEST(own_headers_are_nobody_else_s)
{
	static const char *const good[] = {"X-Request-Id", "x-request-id", "Request_Id", "none",
		"X-Amzn-Trace-Id", "Dated", "Contents", sixty_four};
	static const char *const bad[] = {"", "X-Request-Id:", "X Request-Id", "X-Request-Id\r\nX",
		"\xc3\xa4", "Content-Length", "content-type", "CONTENT-ID", "Connection", "Date",
		"Transfer-Encoding", "Set-Cookie", "Server", "Status", "Location", "Retry-After",
		"Allow", "ETag", "X-Accel-Redirect", "X-Sendfile", "Proxy-Connection",
		"Access-Control-Allow-Origin", "Variable-USER", "Sec-GPC"};
	char longer[70];

	for (size_t i = 0; i < nitems(good); i++)
		ck_assert_msg(!value_own_header(good[i]), "%s", good[i]);
	for (size_t i = 0; i < nitems(bad); i++)
		ck_assert_msg(value_own_header(bad[i]) != NULL, "%s", bad[i]);
	snprintf(longer, sizeof longer, "%sa", sixty_four);
	ck_assert_str_eq(value_own_header(longer), "is longer than 64 bytes: shorten it");
}
END_TEST

START_TEST(nice_values_are_few)
{
	static const char *const bad[] = {"", "-", "+", "-21", "20", "100", "99999999999", "5.0",
		"5 ", " 5", "--5", "+-5", "x", "5x", "0x5"};
	int nice = 99;

	for (int n = -20; n < 20; n++) {
		char text[8];
		snprintf(text, sizeof text, "%d", n);
		ck_assert(value_nice(text, &nice));
		ck_assert_int_eq(nice, n);
	}
	ck_assert(value_nice("+7", &nice) && nice == 7);
	ck_assert(value_nice("-0", &nice) && nice == 0);
	for (size_t i = 0; i < nitems(bad); i++)
		ck_assert_msg(!value_nice(bad[i], &nice), "%s", bad[i]);
}
END_TEST

START_TEST(distance_counts_slips)
{
	ck_assert_uint_eq(value_distance("route", "route"), 0);
	ck_assert_uint_eq(value_distance("route", "rote"), 1);
	ck_assert_uint_eq(value_distance("route", "rotue"), 1);
	ck_assert_uint_eq(value_distance("route", "rooute"), 1);
	ck_assert_uint_eq(value_distance("", "abc"), 3);
	ck_assert_uint_eq(value_distance("kitten", "sitting"), 3);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("value");
	TCase *t = tcase_create("value");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, numbers_are_digits_and_a_unit);
	tcase_add_test(t, numbers_too_large_stay_large);
	tcase_add_test(t, numbers_are_written_with_the_largest_unit);
	tcase_add_test(t, modes_are_octal);
	tcase_add_loop_test(t, limits_have_one_number_or_two, 0, nitems(limits));
	tcase_add_test(t, words_may_be_quoted_in_any_part);
	tcase_add_test(t, what_is_written_is_read_again);
	tcase_add_test(t, text_is_quoted_only_if_it_must_be);
	tcase_add_test(t, addresses_have_one_spelling);
	tcase_add_test(t, what_is_at_all_addresses_leaves_none_over);
	tcase_add_test(t, a_backend_has_one_name);
	tcase_add_test(t, what_cannot_be_connected_to_is_told);
	tcase_add_test(t, an_address_ends_before_its_word);
	tcase_add_test(t, malformed_addresses_are_told);
	tcase_add_test(t, a_socket_path_has_107_bytes);
	tcase_add_test(t, routes_are_exact_prefix_or_extension);
	tcase_add_test(t, hosts_are_names_or_addresses);
	tcase_add_test(t, charsets_are_names);
	tcase_add_test(t, own_headers_are_nobody_else_s);
	tcase_add_test(t, nice_values_are_few);
	tcase_add_test(t, distance_counts_slips);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
